//! Which way the branches of the filter go.
//!
//! An engine that compiles a module puts the code of all branches one after the other, as it stands in the module. Most
//! of the filter's branches nearly always go one way, and what stands between is read into the processor's caches for
//! nothing. WebAssembly lets a module say so
//! ([branch hinting](https://github.com/WebAssembly/branch-hinting)); V8, which Envoy runs, then puts the other way out
//! of the way. Hints change no decision: an engine may ignore them.
//!
//! ```text
//! requests in host-sim ─► counts of each branch ─► Profile (profile.csv) ─► with_hints ─► the finished filter
//! ```
//!
//! `cargo xtask learn` counts and writes the profile, `cargo xtask build` puts it into the filter. A function is known by
//! what it does, not by where it stands: one that has changed since it was counted has no hints until it is counted
//! again.
#![forbid(unsafe_code)]

mod apply;
mod function;
mod profile;

pub use apply::{Hinted, with_hints};
pub use function::{Function, functions, is_branch};
pub use profile::{Profile, Way};
