//! The lints and what is told about them.

/// Something that is allowed, but hardly meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lint {
    /// A prefix had host bits, which were cleared.
    HostBitsSet,
    /// An IP entry is given twice.
    DuplicateEntry,
    /// An IP entry lies within another one.
    ShadowedEntry,
    /// Two IP entries have some addresses in common.
    OverlappingEntries,
    /// An allowed IP entry is blocked as a whole.
    BlockedEntry,
    /// No address is let in.
    AlwaysBlocked,
    /// Nothing refers to an IP list.
    UnusedList,
    /// Nobody is granted a collection.
    UnusedCollection,
    /// A client has no key that is switched on.
    ClientWithoutKeys,
    /// A client, or a key, is granted nothing.
    ClientWithoutCollections,
    /// A key has expired.
    KeyExpired,
    /// A key expires soon.
    KeyExpiresSoon,
    /// A key names a collection that its client is not granted.
    NeverGranted,
    /// A legacy access profile ends with all of them.
    ProfileEnds,
    /// No request can reach an endpoint.
    UnreachableEndpoint,
    /// An endpoint takes requests from another collection.
    CollectionsOverlap,
    /// Part of a protected collection is public.
    PublicInsideProtected,
    /// Part of a public collection is protected.
    ProtectedInsidePublic,
    /// `X-Forwarded-For` is believed although no proxy of ours wrote it: an error.
    ZeroHops,
    /// Usage policies are understood, but not enforced.
    NotEnforced,
    /// A collection asks for a credential on its hosts only, and `unmatched: allow` lets others pass.
    OtherHostsPass,
    /// A segment that other routers would take for a parameter.
    LiteralParameter,
}

/// `docs/lints.md`: a section a lint.
const REFERENCE: &str = include_str!("../../../docs/lints.md");

impl Lint {
    /// Every lint, by code.
    pub const ALL: [Self; 22] = [
        Self::HostBitsSet,
        Self::DuplicateEntry,
        Self::ShadowedEntry,
        Self::OverlappingEntries,
        Self::BlockedEntry,
        Self::AlwaysBlocked,
        Self::UnusedList,
        Self::UnusedCollection,
        Self::ClientWithoutKeys,
        Self::ClientWithoutCollections,
        Self::KeyExpired,
        Self::KeyExpiresSoon,
        Self::NeverGranted,
        Self::ProfileEnds,
        Self::UnreachableEndpoint,
        Self::CollectionsOverlap,
        Self::PublicInsideProtected,
        Self::ProtectedInsidePublic,
        Self::ZeroHops,
        Self::NotEnforced,
        Self::OtherHostsPass,
        Self::LiteralParameter,
    ];

    /// Its stable code, for instance `L003`.
    pub fn code(self) -> &'static str {
        self.names().0
    }

    /// Its name in words, for instance `shadowed-entry`.
    pub fn name(self) -> &'static str {
        self.names().1
    }

    /// The lint with a code or name, in any case.
    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lint| {
            text.eq_ignore_ascii_case(lint.code()) || text.eq_ignore_ascii_case(lint.name())
        })
    }

    /// Whether it stops the compiler, which all others do not.
    pub fn is_error(self) -> bool {
        self == Self::ZeroHops
    }

    /// What it means, why it matters, an example and the remedy, in Markdown.
    pub fn text(self) -> &'static str {
        let heading = |section: &&str| section.starts_with(self.code());
        REFERENCE.split("\n## ").find(heading).unwrap_or_default().trim_end()
    }

    /// What it means, in one sentence without a full stop.
    pub fn summary(self) -> &'static str {
        let paragraph = self.text().split("\n\n").nth(1).unwrap_or_default();
        paragraph.trim_end_matches('.')
    }

    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::HostBitsSet => ("L001", "host-bits-set"),
            Self::DuplicateEntry => ("L002", "duplicate-entry"),
            Self::ShadowedEntry => ("L003", "shadowed-entry"),
            Self::OverlappingEntries => ("L004", "overlapping-entries"),
            Self::BlockedEntry => ("L005", "blocked-entry"),
            Self::AlwaysBlocked => ("L006", "always-blocked"),
            Self::UnusedList => ("L007", "unused-list"),
            Self::UnusedCollection => ("L008", "unused-collection"),
            Self::ClientWithoutKeys => ("L009", "client-without-keys"),
            Self::ClientWithoutCollections => ("L010", "client-without-collections"),
            Self::KeyExpired => ("L011", "key-expired"),
            Self::KeyExpiresSoon => ("L012", "key-expires-soon"),
            Self::NeverGranted => ("L013", "never-granted"),
            Self::ProfileEnds => ("L014", "profile-ends"),
            Self::UnreachableEndpoint => ("L015", "unreachable-endpoint"),
            Self::CollectionsOverlap => ("L016", "collections-overlap"),
            Self::PublicInsideProtected => ("L017", "public-inside-protected"),
            Self::ProtectedInsidePublic => ("L018", "protected-inside-public"),
            Self::ZeroHops => ("L019", "zero-hops"),
            Self::NotEnforced => ("L020", "not-enforced"),
            Self::OtherHostsPass => ("L021", "other-hosts-pass"),
            Self::LiteralParameter => ("L022", "literal-parameter"),
        }
    }
}
