//! The stable names of everything the compiler can say.

/// What kind of problem a diagnostic is. The name is stable; `docs/policy.md` has them all.
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
    /// A prefix had host bits, which were cleared.
    HostBitsSet,
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
    /// A field is missing.
    MissingField,
    /// A key names a collection that its client is not granted.
    NeverGranted,
    /// Something is understood but not enforced by this version.
    NotEnforced,
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
    /// Every code, by name.
    pub const ALL: [Self; 35] = [
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
        Self::HostBitsSet,
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
        Self::NeverGranted,
        Self::NotEnforced,
        Self::OverlappingEndpoints,
        Self::ReservedHeader,
        Self::Syntax,
        Self::TooMany,
        Self::UnknownField,
        Self::UnknownReference,
        Self::Unsupported,
        Self::WrongType,
    ];

    /// The name in reports, for instance `unknown-field`.
    pub fn name(self) -> &'static str {
        match self {
            Self::AmbiguousPath => "ambiguous-path",
            Self::ClearTextKey => "clear-text-key",
            Self::CsvRow => "csv-row",
            Self::DocumentLimit => "document-limit",
            Self::DuplicateCredential => "duplicate-credential",
            Self::DuplicateDigest => "duplicate-digest",
            Self::DuplicateName => "duplicate-name",
            Self::EmptyList => "empty-list",
            Self::EmptyWindow => "empty-window",
            Self::FileUnreadable => "file-unreadable",
            Self::FrozenProfile => "frozen-profile",
            Self::HostBitsSet => "host-bits-set",
            Self::InvalidAddress => "invalid-address",
            Self::InvalidDigest => "invalid-digest",
            Self::InvalidDuration => "invalid-duration",
            Self::InvalidHeader => "invalid-header",
            Self::InvalidHost => "invalid-host",
            Self::InvalidMethod => "invalid-method",
            Self::InvalidName => "invalid-name",
            Self::InvalidNumber => "invalid-number",
            Self::InvalidPath => "invalid-path",
            Self::InvalidTime => "invalid-time",
            Self::InvalidValue => "invalid-value",
            Self::ListCycle => "list-cycle",
            Self::MissingField => "missing-field",
            Self::NeverGranted => "never-granted",
            Self::NotEnforced => "not-enforced",
            Self::OverlappingEndpoints => "overlapping-endpoints",
            Self::ReservedHeader => "reserved-header",
            Self::Syntax => "syntax",
            Self::TooMany => "too-many",
            Self::UnknownField => "unknown-field",
            Self::UnknownReference => "unknown-reference",
            Self::Unsupported => "unsupported",
            Self::WrongType => "wrong-type",
        }
    }
}
