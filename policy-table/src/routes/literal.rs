//! Literal segments of a node, found by binary search.

use core::cmp::Ordering;

use super::Routes;
use super::hosts::slice;
use crate::bytes;
use crate::path::decoded;
use crate::wire::{index, length, words};

impl Routes<'_> {
    /// The position of `segment` among a node's literals, which are sorted.
    ///
    /// `escaped` says whether the path has escapes at all; those are decoded while comparing,
    /// so nothing is copied.
    pub(super) fn literal(
        &self,
        (from, to): (u32, u32),
        segment: &[u8],
        escaped: bool,
    ) -> Option<u32> {
        let literals = self.literals.get(index(from)..index(to))?;
        let compare = |record: &[[u8; 4]; 2]| {
            let [start, size] = words(record);
            let literal = slice(self.text, start, size).unwrap_or_default();
            compare(literal, segment, escaped)
        };
        literals.binary_search_by(compare).ok().map(length)
    }
}

fn compare(literal: &[u8], segment: &[u8], escaped: bool) -> Ordering {
    if escaped {
        literal.iter().copied().cmp(decoded(segment))
    } else {
        bytes::order(literal, segment)
    }
}
