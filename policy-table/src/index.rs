//! Typed positions in a table, so that a client's number is never taken for a key's.

macro_rules! index {
    ($(#[$doc:meta] $name:ident)*) => {$(
        #[$doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub(crate) u32);

        impl $name {
            /// The position as a number, stable within one table.
            #[must_use]
            pub fn number(self) -> u32 {
                self.0
            }
        }
    )*};
}

index! {
    /// A client. The compiler writes clients in the order of names; readers do not ask for one.
    ClientIndex
    /// A key, in the order of digests.
    KeyIndex
    /// A collection; their order is as of clients.
    CollectionIndex
    /// An endpoint. The compiler writes them in the order of collections and names; readers do not ask for one.
    EndpointIndex
}

#[cfg(feature = "walk")]
index! {
    /// An address rule; equal rules of one table are one.
    RuleIndex
    /// A set of collections; equal sets of one table are one.
    GrantIndex
}
