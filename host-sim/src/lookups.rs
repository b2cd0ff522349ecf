//! Names that a module wants resolved (`envoy_resolve_dns`, an import that only Envoy has). This
//! host knows no names: each look-up ends without any address.

use std::collections::VecDeque;

use crate::holdings::ENTRY;

/// Look-ups that the module was not told the end of.
#[derive(Debug, Default)]
pub(crate) struct Lookups {
    last: u32,
    waiting: VecDeque<(u32, u32)>,
}

impl Lookups {
    /// A look-up for a root context begins; its token.
    pub(crate) fn begin(&mut self, root: u32) -> u32 {
        self.last = self.last.wrapping_add(1);
        self.waiting.push_back((root, self.last));
        self.last
    }

    /// The one that ends next: the root context, and the token.
    pub(crate) fn take(&mut self) -> Option<(u32, u32)> {
        self.waiting.pop_front()
    }

    /// Bytes that are kept.
    pub(crate) fn held(&self) -> usize {
        self.waiting.len() * ENTRY
    }
}
