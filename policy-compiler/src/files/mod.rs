//! Files that are written, and which file it is that paths and streams lead to.

mod identity;
mod replace;

pub(crate) use identity::{Identity, is_behind_stdin, is_behind_stdout, same_file};
pub use replace::replace_file;
pub(crate) use replace::{Finished, Replacement, is_leftover, parent};
