//! The policy compiler: one reviewed document in, one compact, reproducible table out.
//!
//! The way of the data is the list of modules:
//!
//! ```text
//! policy.yaml -> source -> model -> lint -> compile -> table bytes -> inspect, explain, emit
//!                   \________\________\________\____ diagnostic: everything that is wrong
//! ```
//!
//! * [`source`]: texts, places in them, and the document as a tree that keeps them;
//! * [`model`]: the policy, typed, without invalid states;
//! * [`lint`]: what is allowed, but hardly meant;
//! * [`compile`]: the model's table;
//! * [`explain`], [`inspect`] and [`resolve`]: what a table says;
//! * [`edit`]: changes of a policy's text, each proved to change nothing else;
//! * [`emit`]: configurations of proxies that load it;
//! * [`init`]: a first policy;
//! * [`schema`]: the JSON Schema of the document, for editors;
//! * [`key`]: the life of a key: made, rotated, judged;
//! * [`progress`]: how far it is, for whoever watches;
//! * [`command`]: the commands of `portcullis`, thin.

#![forbid(unsafe_code)]

pub mod command;
pub mod compile;
pub mod diagnostic;
pub mod edit;
pub mod emit;
mod escape;
pub mod explain;
pub mod init;
pub mod inspect;
mod intervals;
pub mod key;
pub mod lint;
mod load;
pub mod model;
pub mod progress;
pub mod resolve;
pub mod review;
pub mod schema;
mod shell;
pub mod source;
mod threads;

pub use compile::{CompileOptions, Compiled, Names, compile_file, compile_text};
pub use diagnostic::Report;
pub use load::{LoadOptions, Loaded, load_file, load_text};
