//! The policy compiler: one reviewed document in, one compact, reproducible table out.
//!
//! The way of the data is the list of modules:
//!
//! ```text
//! policy.yaml -> text -> source -> model -> lint -> compile -> table bytes -> inspect, explain, review, emit
//!                           \________\________\________\____ diagnostic: everything that is wrong
//! ```
//!
//! * [`text`]: the document, the files that it names, and places in them;
//! * `source`: the document as a tree that knows its places;
//! * [`model`]: the policy, typed, without invalid states;
//! * [`lint`]: what is allowed, but hardly meant;
//! * [`compile`]: the model's table;
//! * [`diagnostic`]: what is wrong, as data, and every way to show it;
//! * `load`: source, model and lint in one call: [`load_file`] and [`load_text`];
//! * [`explain`], [`inspect`] and [`resolve`]: what a table says;
//! * [`review`]: what a change does, and what a table opens to whom;
//! * [`edit`]: changes of a policy's text, each proved to change nothing else;
//! * [`emit`]: configurations of proxies that load it;
//! * [`init`]: a first policy;
//! * [`schema`]: the JSON Schema of the document, for editors;
//! * [`key`]: the life of a key: made, rotated, judged;
//! * [`progress`]: how far it is, for whoever watches;
//! * [`command`]: the commands of `portcullis`, thin.
//!
//! Used by several of them: `escape` and `shell`, texts for other formats; `counted`, numbers for people;
//! `files`, what is written as a whole or not at all; `intervals`, sets of addresses; `threads`, work on all
//! processors.

#![forbid(unsafe_code)]

pub mod command;
pub mod compile;
mod counted;
pub mod diagnostic;
pub mod edit;
pub mod emit;
mod escape;
pub mod explain;
pub mod files;
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
mod source;
pub mod text;
mod threads;

pub use compile::{CompileOptions, Compiled, Names, compile_file, compile_text};
pub use diagnostic::Report;
pub use load::{LoadOptions, Loaded, load_file, load_text};

#[cfg(test)]
mod tests {
    #[test]
    fn the_list_of_modules_has_all_of_them() {
        let source = include_str!("lib.rs");
        let about: String = source.lines().take_while(|line| line.starts_with("//!")).collect();
        let modules = source.lines().filter_map(|line| {
            line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';')
        });
        let missing: Vec<&str> =
            modules.filter(|module| !about.contains(&format!("`{module}`"))).collect();
        assert!(missing.is_empty(), "the documentation of the crate lacks {missing:?}");
    }
}
