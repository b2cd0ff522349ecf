//! The document as a tree that knows where everything stands, and typed values out of it.

mod fields;
mod glance;
mod meant;
mod node;
mod plain;
mod read;
mod reader;

pub(crate) use fields::{Fields, named, unknown_field};
pub(crate) use glance::{client_names, key_files};
pub(crate) use meant::synonym;
pub(crate) use node::{Node, Scalar, ScalarKind, Value};
pub(crate) use read::read_document;
pub(crate) use reader::{Reader, Replaced, quote};
