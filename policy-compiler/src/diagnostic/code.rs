//! The stable names of everything the compiler can say.

use super::Lint;

macro_rules! codes {
    ($($code:ident $name:literal $summary:literal)*) => {
        /// What kind of problem a diagnostic is. The name is stable; `docs/policy.md` has them
        /// all, those of the lints `docs/lints.md`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $summary] $code,)*
            /// Something is allowed, but hardly meant.
            Lint(Lint),
        }

        impl Code {
            /// Every code but those of the lints, by name.
            pub const ALL: &'static [Self] = &[$(Self::$code),*];

            /// The name in reports, for instance `unknown-field`; `L003` for a lint.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$code => $name,)*
                    Self::Lint(lint) => lint.code(),
                }
            }

            /// What it means, as `docs/policy.md` and `docs/lints.md` say it.
            pub fn summary(self) -> &'static str {
                match self {
                    $(Self::$code => $summary,)*
                    Self::Lint(lint) => lint.summary(),
                }
            }
        }
    };
}

codes! {
    AmbiguousPath "ambiguous-path"
        "a pattern holds something that two servers could read in two ways"
    ClearTextKey "clear-text-key"
        "a key stands in the document in clear text"
    CsvRow "csv-row"
        "a row of a key file is broken CSV, or does not have the columns of its header"
    DocumentLimit "document-limit"
        "the document is beyond a limit of the compiler or of the table"
    DuplicateCredential "duplicate-credential"
        "one credential source is given twice"
    DuplicateDigest "duplicate-digest"
        "two keys have the same digest, or its first 128 bits in common, which is what a table keeps"
    DuplicateName "duplicate-name"
        "a name, field, host, method, collection of a client or key, or column is given twice"
    EmptyList "empty-list"
        "a list is empty that would then match nothing, or let in everybody"
    EmptyWindow "empty-window"
        "a key expires before it becomes valid"
    FileUnreadable "file-unreadable"
        "a file cannot be read"
    FrozenProfile "frozen-profile"
        "an access profile was created after access profiles were frozen"
    InvalidAddress "invalid-address"
        "an IP entry is no address, prefix or range"
    InvalidDigest "invalid-digest"
        "a digest is not 64 hexadecimal characters"
    InvalidDuration "invalid-duration"
        "a period is not a number and a unit"
    InvalidHeader "invalid-header"
        "a header name is no token"
    InvalidHost "invalid-host"
        "a host is no name, address or wildcard"
    InvalidMethod "invalid-method"
        "a method is no token, or a standard one not in upper case"
    InvalidName "invalid-name"
        "a name has characters it must not have"
    InvalidNumber "invalid-number"
        "a number is out of range"
    InvalidPath "invalid-path"
        "a path pattern is none"
    InvalidTime "invalid-time"
        "a time is neither RFC 3339 nor a date"
    InvalidValue "invalid-value"
        "a value is none of those that are known"
    ListCycle "list-cycle"
        "IP lists contain each other"
    MissingField "missing-field"
        "a field or column is missing"
    OverlappingEndpoints "overlapping-endpoints"
        "no request could tell two endpoints apart"
    ReservedHeader "reserved-header"
        "a header has a meaning of its own, or is used twice"
    Syntax "syntax"
        "the document is no YAML; this may be the only message"
    TooMany "too-many"
        "there are more of something than allowed"
    UnknownField "unknown-field"
        "a field or column is not known"
    UnknownReference "unknown-reference"
        "a name refers to nothing"
    Unsupported "unsupported"
        "something that the format has and this version does not"
    WrongType "wrong-type"
        "a value is of another type than expected"
}

impl Code {
    /// The name as people are shown it: with the words of a lint.
    pub fn title(self) -> String {
        match self {
            Self::Lint(lint) => format!("{} {}", lint.code(), lint.name()),
            _ => self.name().to_owned(),
        }
    }
}
