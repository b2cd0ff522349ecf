//! Literal segments of a node, found by their hash.

use core::cmp::Ordering;

use super::Routes;
use super::texts::{self, Wanted};
use crate::path::Segment;
use crate::wire::{index, length};

impl Routes<'_> {
    /// The position of `segment` among a node's literals, which are sorted by hash and bytes.
    pub(super) fn literal(&self, (from, to): (u32, u32), segment: Segment<'_>) -> Option<u32> {
        let literals = self.literals.get(index(from)..index(to))?;
        texts::position(literals, self.text, &segment).map(length)
    }
}

impl Wanted for Segment<'_> {
    fn hash(&self) -> u32 {
        self.hash
    }

    fn is(&self, literal: &[u8]) -> bool {
        self.is(literal)
    }

    fn order_of(&self, literal: &[u8]) -> Ordering {
        self.order_of(literal)
    }
}
