//! The decision alone, as a WebAssembly module and natively: what is timed, and nothing around it.
//!
//! ```text
//! table bytes ──► Subject::load ──┐
//! block ──► Prepared (untimed) ───┴─► decide │ decide_remembering │ digest │ nothing   (timed, one call each)
//! ```
//!
//! A request is handed over and taken apart before the clock starts; then one call decides it.
//! [`Subject::nothing`] is the same call without the decision: what it takes is the clock, the
//! way in and the way out, and is subtracted from the others.

mod prepared;
mod subject;

#[cfg(target_arch = "wasm32")]
mod exports;

pub use prepared::{Block, Prepared};
pub use subject::{Subject, sha256};
