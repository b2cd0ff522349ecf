//! Who does work that can be shared out.

use alloc::vec::Vec;

/// Who does the same work on many things. A program with several processors gives some to each: what
/// comes out is the same.
pub trait Workers {
    /// The results, in the order of the items.
    fn each<T: Send, R: Send>(&self, items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R>;
}

/// Does everything itself, one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Alone;

impl Workers for Alone {
    fn each<T: Send, R: Send>(&self, items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
        items.into_iter().map(work).collect()
    }
}
