//! The Portcullis table and the one function that decides from it.
//!
//! ```text
//! table bytes ──► Table::from_bytes (proves everything) ──► decide(&Table, &Request) ──► Decision
//! ```
//!
//! A [`Table`] is a borrowed view of compiled bytes. [`Table::from_bytes`] proves every
//! invariant of the format once; after that look-ups cannot fail and allocate nothing, and
//! [`decide`] is a pure function of the table and one [`Request`]. The same function decides
//! in the filter, in `portcullis explain` and in the tests. The bytes are described in
//! `docs/format.md`; the rules in the order they apply are in [`decide`].
//!
//! With the feature `write` the crate also makes tables: [`write::TableWriter`]. With the feature
//! `walk` a table tells everything that it says: [`walk`]. With the feature `recent` a [`Decider`]
//! decides the same sooner, as it remembers which keys it has found.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(any(test, feature = "write", feature = "recent"))]
extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod key_format;
pub mod settings;
#[cfg(feature = "walk")]
pub mod walk;
#[cfg(feature = "write")]
pub mod write;

mod addresses;
mod attributes;
mod bytes;
mod client_address;
mod clients;
mod cold;
mod credential;
mod decide;
mod decision;
mod envelope;
mod error;
mod format;
mod grants;
mod host;
mod index;
mod keys;
mod label;
mod names;
mod overrides;
mod path;
#[cfg(feature = "recent")]
mod recent;
mod request;
mod routes;
mod table;
mod wire;

pub use client_address::parse_address;
pub use credential::{
    MAX_CREDENTIAL_BYTES, cookie_name, is_query_credential, is_whole_field_credential,
    query_parameters,
};
pub use decide::decide;
pub use decision::{Decision, Reason, Verdict};
pub use envelope::{SectionSize, TableId};
pub use error::{TableError, Value};
pub use format::{MAX_METHODS, MAX_SEGMENTS, MAX_TEXT_BYTES, VERSION};
pub use index::{ClientIndex, CollectionIndex, EndpointIndex, KeyIndex};
pub use label::Label;
pub use overrides::{OTHER_TARGETS, OVERRIDES};
pub use path::{AmbiguousPath, is_direction_mark, split_query};
#[cfg(feature = "recent")]
pub use recent::{Decider, Secret};
pub use request::{NameLengths, PlainRequest, Request, is_lookalike};
pub use routes::MethodSet;
pub use table::{Counts, Table};
