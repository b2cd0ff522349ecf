//! The stable names of everything the compiler can say.

use crate::lint::Lint;

/// What kind of problem a diagnostic is. The name is stable; `docs/policy.md` has them all,
/// those of the lints `docs/lints.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// A pattern holds something that two servers could read in two ways.
    AmbiguousPath,
    /// A key in clear text stands in the document.
    ClearTextKey,
    /// A row of a key file does not have the columns of its header.
    CsvRow,
    /// The document is beyond a limit of the compiler.
    DocumentLimit,
    /// Two places name the same credential source.
    DuplicateCredential,
    /// Two keys have the same digest.
    DuplicateDigest,
    /// Two entries have the same name.
    DuplicateName,
    /// A list that must not be empty is.
    EmptyList,
    /// No moment lies in a validity window.
    EmptyWindow,
    /// A file cannot be read.
    FileUnreadable,
    /// An access profile was created after they were frozen.
    FrozenProfile,
    /// An IP entry is no address, prefix, range or list.
    InvalidAddress,
    /// A digest is not 64 hexadecimal characters.
    InvalidDigest,
    /// A period is not a number and a unit.
    InvalidDuration,
    /// A header name is no token.
    InvalidHeader,
    /// A host is no name, address or wildcard.
    InvalidHost,
    /// A method is no token, or a standard one in lower case.
    InvalidMethod,
    /// A name has characters it must not have.
    InvalidName,
    /// A number is out of range.
    InvalidNumber,
    /// A path pattern is none.
    InvalidPath,
    /// A time is not RFC 3339.
    InvalidTime,
    /// A value is none of those that are known.
    InvalidValue,
    /// IP lists contain each other.
    ListCycle,
    /// Something is allowed, but hardly meant.
    Lint(Lint),
    /// A field is missing.
    MissingField,
    /// No request could tell two endpoints apart.
    OverlappingEndpoints,
    /// A header has a meaning of its own and cannot be used.
    ReservedHeader,
    /// The document is no YAML.
    Syntax,
    /// There are more of something than allowed.
    TooMany,
    /// A field is not known.
    UnknownField,
    /// A name refers to nothing.
    UnknownReference,
    /// A feature that this version does not have.
    Unsupported,
    /// A value is of another type.
    WrongType,
}

impl Code {
    /// Every code but those of the lints, by name.
    pub const ALL: [Self; 32] = [
        Self::AmbiguousPath,
        Self::ClearTextKey,
        Self::CsvRow,
        Self::DocumentLimit,
        Self::DuplicateCredential,
        Self::DuplicateDigest,
        Self::DuplicateName,
        Self::EmptyList,
        Self::EmptyWindow,
        Self::FileUnreadable,
        Self::FrozenProfile,
        Self::InvalidAddress,
        Self::InvalidDigest,
        Self::InvalidDuration,
        Self::InvalidHeader,
        Self::InvalidHost,
        Self::InvalidMethod,
        Self::InvalidName,
        Self::InvalidNumber,
        Self::InvalidPath,
        Self::InvalidTime,
        Self::InvalidValue,
        Self::ListCycle,
        Self::MissingField,
        Self::OverlappingEndpoints,
        Self::ReservedHeader,
        Self::Syntax,
        Self::TooMany,
        Self::UnknownField,
        Self::UnknownReference,
        Self::Unsupported,
        Self::WrongType,
    ];

    /// The name in reports, for instance `unknown-field`; `L003` for a lint.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lint(lint) => lint.code(),
            _ => self.words().0,
        }
    }

    /// The name as people are shown it: with the words of a lint.
    pub fn title(self) -> String {
        match self {
            Self::Lint(lint) => format!("{} {}", lint.code(), lint.name()),
            _ => self.name().to_owned(),
        }
    }

    /// What it means, as `docs/policy.md` and `docs/lints.md` say it.
    pub fn summary(self) -> &'static str {
        self.words().1
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::AmbiguousPath => (
                "ambiguous-path",
                "a pattern holds something that two servers could read in two ways",
            ),
            Self::ClearTextKey => ("clear-text-key", "a key stands in the document in clear text"),
            Self::CsvRow => {
                ("csv-row", "a row of a key file does not have the columns of its header")
            }
            Self::DocumentLimit => {
                ("document-limit", "the document is beyond a limit of the compiler or of the table")
            }
            Self::DuplicateCredential => {
                ("duplicate-credential", "one credential source is given twice")
            }
            Self::DuplicateDigest => ("duplicate-digest", "two keys have the same digest"),
            Self::DuplicateName => {
                ("duplicate-name", "a name, field, host, method or column is given twice")
            }
            Self::EmptyList => {
                ("empty-list", "a list is empty that would then match nothing, or let in everybody")
            }
            Self::EmptyWindow => ("empty-window", "a key expires before it becomes valid"),
            Self::FileUnreadable => ("file-unreadable", "a file cannot be read"),
            Self::FrozenProfile => (
                "frozen-profile",
                "an access profile was created after access profiles were frozen",
            ),
            Self::InvalidAddress => {
                ("invalid-address", "an IP entry is no address, prefix or range")
            }
            Self::InvalidDigest => ("invalid-digest", "a digest is not 64 hexadecimal characters"),
            Self::InvalidDuration => ("invalid-duration", "a period is not a number and a unit"),
            Self::InvalidHeader => ("invalid-header", "a header name is no token"),
            Self::InvalidHost => ("invalid-host", "a host is no name, address or wildcard"),
            Self::InvalidMethod => {
                ("invalid-method", "a method is no token, or a standard one not in upper case")
            }
            Self::InvalidName => ("invalid-name", "a name has characters it must not have"),
            Self::InvalidNumber => ("invalid-number", "a number is out of range"),
            Self::InvalidPath => ("invalid-path", "a path pattern is none"),
            Self::InvalidTime => ("invalid-time", "a time is neither RFC 3339 nor a date"),
            Self::InvalidValue => ("invalid-value", "a value is none of those that are known"),
            Self::Lint(lint) => (lint.code(), lint.summary()),
            Self::ListCycle => ("list-cycle", "IP lists contain each other"),
            Self::MissingField => ("missing-field", "a field or column is missing"),
            Self::OverlappingEndpoints => {
                ("overlapping-endpoints", "no request could tell two endpoints apart")
            }
            Self::ReservedHeader => {
                ("reserved-header", "a header has a meaning of its own, or is used twice")
            }
            Self::Syntax => ("syntax", "the document is no YAML; this may be the only message"),
            Self::TooMany => ("too-many", "there are more of something than allowed"),
            Self::UnknownField => ("unknown-field", "a field or column is not known"),
            Self::UnknownReference => ("unknown-reference", "a name refers to nothing"),
            Self::Unsupported => {
                ("unsupported", "something that the format has and this version does not")
            }
            Self::WrongType => ("wrong-type", "a value is of another type than expected"),
        }
    }
}
