//! What a table says, by parts.

use core::net::IpAddr;

use crate::format::DIGEST_BYTES;
use crate::index::{ClientIndex, CollectionIndex, EndpointIndex, GrantIndex, KeyIndex, RuleIndex};

/// What a table keeps of a key's SHA-256: its first 128 bits.
pub type KeptDigest = [u8; DIGEST_BYTES];

/// A key, and what it says for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyFacts {
    /// The key.
    pub key: KeyIndex,
    /// What tells it from every other key, in every table.
    pub digest: KeptDigest,
    /// Its client.
    pub client: ClientIndex,
    /// Whether it is switched on.
    pub active: bool,
    /// From where it may be used, beside what its client says; `None` for no rule.
    pub rule: Option<RuleIndex>,
    /// The collections granted to it; `None` for all of its client's.
    pub grant: Option<GrantIndex>,
    /// First second of validity, Unix time.
    pub not_before: Option<i64>,
    /// First second after validity, Unix time.
    pub expires: Option<i64>,
}

/// What a client's keys have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientFacts {
    /// Whether it is switched on.
    pub active: bool,
    /// From where its keys may be used; `None` for no rule.
    pub rule: Option<RuleIndex>,
    /// The collections granted to it.
    pub grant: GrantIndex,
}

/// Addresses in a row of which a rule says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressStretch {
    /// The first address.
    pub first: IpAddr,
    /// The last address, of the same family.
    pub last: IpAddr,
    /// Whether the rule lets them pass.
    pub allowed: bool,
}

/// The hosts of a tree of routes; names are in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HostPattern<'a> {
    /// This host.
    Exact(&'a [u8]),
    /// Exactly one label before this domain.
    Wildcard(&'a [u8]),
    /// Every host.
    Any,
}

/// A node of a tree of routes: what a path up to some segment leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RouteNode(pub(crate) u32);

/// What host, path and method lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Routed {
    /// This endpoint.
    Endpoint(EndpointIndex),
    /// Endpoints match host and path, but not the method.
    MethodNotAllowed,
    /// No endpoint matches host and path.
    Unknown,
}

/// What an endpoint asks of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndpointFacts {
    /// Its collection.
    pub collection: CollectionIndex,
    /// Whether its collection is switched on.
    pub collection_active: bool,
    /// Whether it and its collection are switched on.
    pub active: bool,
    /// Whether it asks for no credential.
    pub public: bool,
}
