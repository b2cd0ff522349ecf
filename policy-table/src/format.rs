//! The numbers of format version 1. `docs/format.md` is normative; a test holds the two together.

/// First bytes of every table. As in PNG, the line ends and the high bit show a transfer
/// that treated the file as text.
pub(crate) const MAGIC: [u8; 8] = *b"\x89PCT\r\n\x1a\n";

/// Version of the format that this crate reads and writes.
pub const VERSION: u32 = 1;

/// Magic, version, number of sections, total length, zero.
pub(crate) const HEADER_BYTES: usize = 24;

/// Bytes of one directory entry: section id and length.
pub(crate) const DIRECTORY_ENTRY_BYTES: usize = 8;

/// SHA-256 of everything before it, at the end of the table.
pub(crate) const CHECKSUM_BYTES: usize = 32;

/// An index that points to nothing: no address rule, or the client's own grant.
pub(crate) const NONE: u32 = u32::MAX;

/// Bit 0 of every flags word: switched on.
pub(crate) const ACTIVE: u32 = 1;

/// Bit 1 of a collection's flags word: no credential is asked.
pub(crate) const PUBLIC: u32 = 2;

/// Longest path pattern, in segments; bounds the depth of the route tree and so of the search.
pub const MAX_SEGMENTS: usize = 64;

/// Longest name of a host and longest literal segment. Many may share one text, so that without a
/// bound the proof of their order could take time in the square of a table's length.
pub const MAX_TEXT_BYTES: usize = 255;

/// Most distinct methods a table can name; the last bit of a set stands for every other method.
pub const MAX_METHODS: usize = 31;

/// Leading bytes of a digest that are kept: 128 bits, so that nobody can forge a key from a leaked table.
pub(crate) const DIGEST_BYTES: usize = 16;

/// Leading bytes of the SHA-256 of a client's name that stand for the name where it is left out.
pub(crate) const CLIENT_ID_BYTES: usize = 6;

/// Leading bytes of a key's digest that stand for its name where it is left out.
pub(crate) const KEY_ID_BYTES: usize = 8;

/// Average number of keys in a bucket is at most this.
pub(crate) const KEYS_PER_BUCKET: u32 = 16;

/// The sections of version 1, in their order in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Cold,
    GrantStarts,
    GrantMembers,
    RuleStarts,
    V4Starts,
    V4Outcomes,
    V6Starts,
    V6Outcomes,
    Text,
    Hosts,
    Nodes,
    Literals,
    Bindings,
    Endpoints,
    Collections,
    Classes,
    Clients,
    ClientIds,
    Attributes,
    Windows,
    KeyBuckets,
    KeyRecords,
}

impl Section {
    /// Every section, in order.
    pub(crate) const ALL: [Self; 22] = [
        Self::Cold,
        Self::GrantStarts,
        Self::GrantMembers,
        Self::RuleStarts,
        Self::V4Starts,
        Self::V4Outcomes,
        Self::V6Starts,
        Self::V6Outcomes,
        Self::Text,
        Self::Hosts,
        Self::Nodes,
        Self::Literals,
        Self::Bindings,
        Self::Endpoints,
        Self::Collections,
        Self::Classes,
        Self::Clients,
        Self::ClientIds,
        Self::Attributes,
        Self::Windows,
        Self::KeyBuckets,
        Self::KeyRecords,
    ];

    /// The number that stands in the directory.
    pub(crate) fn id(self) -> u32 {
        self as u32 + 1
    }

    /// The name used in messages, in `inspect` and in `docs/format.md`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::GrantStarts => "grant_starts",
            Self::GrantMembers => "grant_members",
            Self::RuleStarts => "rule_starts",
            Self::V4Starts => "v4_starts",
            Self::V4Outcomes => "v4_outcomes",
            Self::V6Starts => "v6_starts",
            Self::V6Outcomes => "v6_outcomes",
            Self::Text => "text",
            Self::Hosts => "hosts",
            Self::Nodes => "nodes",
            Self::Literals => "literals",
            Self::Bindings => "bindings",
            Self::Endpoints => "endpoints",
            Self::Collections => "collections",
            Self::Classes => "classes",
            Self::Clients => "clients",
            Self::ClientIds => "client_ids",
            Self::Attributes => "attributes",
            Self::Windows => "windows",
            Self::KeyBuckets => "key_buckets",
            Self::KeyRecords => "key_records",
        }
    }

    /// Bytes of one record; 1 for sections whose records have no fixed size.
    pub(crate) fn record_bytes(self) -> usize {
        match self {
            Self::Cold
            | Self::V4Outcomes
            | Self::V6Outcomes
            | Self::Text
            | Self::Clients
            | Self::KeyRecords => 1,
            Self::GrantStarts
            | Self::GrantMembers
            | Self::V4Starts
            | Self::Bindings
            | Self::Collections
            | Self::KeyBuckets => 4,
            Self::ClientIds => CLIENT_ID_BYTES,
            Self::RuleStarts => 8,
            Self::Literals | Self::Endpoints | Self::Classes | Self::Attributes => 12,
            Self::V6Starts | Self::Hosts | Self::Nodes | Self::Windows => 16,
        }
    }
}
