//! The lints and what is told about them.

macro_rules! lints {
    ($($lint:ident $code:literal $name:literal $summary:literal)*) => {
        /// Something that is allowed, but hardly meant.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Lint {
            $(#[doc = $summary] $lint,)*
        }

        impl Lint {
            /// Every lint, by code.
            pub const ALL: [Self; [$($code),*].len()] = [$(Self::$lint),*];

            /// Its stable code, for instance `L003`.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$lint => $code,)*
                }
            }

            /// Its name in words, for instance `shadowed-entry`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$lint => $name,)*
                }
            }
        }
    };
}

lints! {
    HostBitsSet "L001" "host-bits-set" "A prefix had host bits, which were cleared."
    DuplicateEntry "L002" "duplicate-entry" "An IP entry is given twice."
    ShadowedEntry "L003" "shadowed-entry" "An IP entry lies within another one."
    OverlappingEntries "L004" "overlapping-entries" "Two IP entries have some addresses in common."
    BlockedEntry "L005" "blocked-entry" "An allowed IP entry is blocked as a whole."
    AlwaysBlocked "L006" "always-blocked" "No address is let in."
    UnusedList "L007" "unused-list" "Nothing refers to an IP list."
    UnusedCollection "L008" "unused-collection" "Nobody is granted a collection."
    ClientWithoutKeys "L009" "client-without-keys" "A client has no key that is switched on."
    ClientWithoutCollections "L010" "client-without-collections" "A client, or a key, is granted nothing."
    KeyExpired "L011" "key-expired" "A key has expired."
    KeyExpiresSoon "L012" "key-expires-soon" "A key expires soon."
    NeverGranted "L013" "never-granted" "A key names a collection that its client is not granted."
    ProfileEnds "L014" "profile-ends" "A legacy access profile ends with all of them."
    UnreachableEndpoint "L015" "unreachable-endpoint" "No request can reach an endpoint."
    CollectionsOverlap "L016" "collections-overlap" "An endpoint takes requests from another collection."
    PublicInsideProtected "L017" "public-inside-protected" "Part of a protected collection is public."
    ProtectedInsidePublic "L018" "protected-inside-public" "Part of a public collection is protected."
    ZeroHops "L019" "zero-hops" "`X-Forwarded-For` is believed although no proxy of ours wrote it: an error."
    NotEnforced "L020" "not-enforced" "Usage policies are understood, but not enforced."
    OtherHostsPass "L021" "other-hosts-pass" "A collection asks for a credential on its hosts only, and `unmatched: allow` lets others pass."
    LiteralParameter "L022" "literal-parameter" "A segment that other routers would take for a parameter."
}

/// `docs/lints.md`: a section a lint.
const REFERENCE: &str = include_str!("../../../docs/lints.md");

impl Lint {
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
}
