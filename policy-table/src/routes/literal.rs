//! Literal segments of a node, found by their hash.

use super::Routes;
use super::hosts::slice;
use crate::path::Segment;
use crate::wire::{index, length, words};

impl Routes<'_> {
    /// The position of `segment` among a node's literals, which are sorted by hash and bytes.
    pub(super) fn literal(&self, (from, to): (u32, u32), segment: Segment<'_>) -> Option<u32> {
        let literals = self.literals.get(index(from)..index(to))?;
        let compare = |record: &[[u8; 4]; 3]| {
            let [hash, start, size] = words(record);
            hash.cmp(&segment.hash)
                .then_with(|| segment.order_of(slice(self.text, start, size).unwrap_or_default()))
        };
        literals.binary_search_by(compare).ok().map(length)
    }
}
