//! The filters that are built.

/// Which hosts a filter is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// Envoy, and others with vector instructions that run one plugin in a module or evaluate
    /// expressions as Envoy does: entered once for a request.
    Lean,
    /// Any host of the ABI: without vector instructions, entered once more for each request.
    Portable,
}

impl Flavour {
    /// All of them.
    pub(crate) const ALL: [Self; 2] = [Self::Lean, Self::Portable];
}
