//! Literal segments of a node, found by their hash.

use super::Routes;
use super::hosts::slice;
use crate::path::Segment;
use crate::wire::{Records, index, length, words};

impl Routes<'_> {
    /// The position of `segment` among a node's literals, which are sorted by hash and bytes.
    pub(super) fn literal(&self, (from, to): (u32, u32), segment: Segment<'_>) -> Option<u32> {
        let literals = self.literals.get(index(from)..index(to))?;
        let first = literals.partition_point(|record| words(record)[0] < segment.hash);
        let [hash, start, size] = words(literals.get(first)?);
        if hash != segment.hash {
            return None;
        }
        let found = slice(self.text, start, size).is_some_and(|literal| segment.is(literal));
        let found = if found { first } else { self.one_of_many(literals, segment)? };
        Some(length(found))
    }

    /// The same where the first literal with the hash is another: one text has the hash of another
    /// by chance, or by intent, and there may be many of those.
    #[cold]
    #[inline(never)]
    fn one_of_many(&self, literals: Records<'_, 3>, segment: Segment<'_>) -> Option<usize> {
        let compare = |record: &[[u8; 4]; 3]| {
            let [hash, start, size] = words(record);
            hash.cmp(&segment.hash)
                .then_with(|| segment.order_of(slice(self.text, start, size).unwrap_or_default()))
        };
        literals.binary_search_by(compare).ok()
    }
}
