//! Everything that a table says, to be read as a whole: what two policies differ in, or what a key
//! opens, is found by going through keys, rules, grants and routes, not by asking about requests.
//!
//! The filter needs none of this, so it stands behind the feature `walk`. What a request leads to
//! is still said by the one decision function: [`route`] and [`decide_as`] are parts of it.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::addresses::{Outcome, Stretches};
use crate::credential::Presented;
use crate::decide::{decide, decide_presenting, find_address, find_route};
use crate::decision::{Decision, Reason};
use crate::format::{DIGEST_BYTES, NONE};
use crate::host::{AddressText, Host};
use crate::index::{ClientIndex, CollectionIndex, EndpointIndex, KeyIndex};
pub use crate::index::{GrantIndex, RuleIndex};
use crate::path::Path;
use crate::request::PlainRequest;
use crate::routes::{MethodSet, Route};
use crate::settings::CredentialSource;
use crate::table::Table;
use crate::wire::index;

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

/// What host, path and method of a request lead to, in check 4 of the decision.
///
/// # Errors
/// The reason of check 3, when path or host can be read in two ways.
pub fn route(table: &Table<'_>, request: &PlainRequest<'_>) -> Result<Routed, Reason> {
    let path = Path::read(request.path).map_err(|_| Reason::PathAmbiguous)?;
    let mut room = AddressText::new();
    let host = Host::read(request.host, &mut room).ok_or(Reason::HostAmbiguous)?;
    Ok(match find_route(table, request, host, &path) {
        Route::Endpoint(endpoint) => Routed::Endpoint(endpoint.index),
        Route::MethodNotAllowed(_) => Routed::MethodNotAllowed,
        Route::Unknown => Routed::Unknown,
    })
}

/// The address by which address rules judge a request; `None` where there is none.
#[must_use]
pub fn client_address(table: &Table<'_>, request: &PlainRequest<'_>) -> Option<IpAddr> {
    find_address(table, request)
}

/// Decides a request as if it carried the key of this digest in one place and nothing in any other;
/// without a key, as it stands.
///
/// The text of the key is not known, so it is taken to have the right form: check 7 does not
/// give `credential_malformed`.
#[must_use]
pub fn decide_as(
    table: &Table<'_>,
    request: &PlainRequest<'_>,
    key: Option<(KeptDigest, CredentialSource<'_>)>,
) -> Decision {
    let Some((digest, place)) = key else {
        return decide(table, request);
    };
    decide_presenting(table, request, |_| {
        if table.settings.credentials.contains(&place) {
            table.keys.find(&whole(digest)).map_or(Presented::Unknown, Presented::Key)
        } else {
            Presented::Missing
        }
    })
}

/// A digest that begins with the bytes that a table keeps; no table looks at the others.
fn whole(kept: KeptDigest) -> [u8; 32] {
    let mut digest = [0; 32];
    if let Some(first) = digest.first_chunk_mut() {
        *first = kept;
    }
    digest
}

impl<'a> Table<'a> {
    /// Every key, in the order of digests.
    pub fn keys(&self) -> impl Iterator<Item = KeyFacts> {
        (0..self.keys.count()).filter_map(|position| self.key_facts(self.key(position)?))
    }

    /// What a key says for itself.
    #[must_use]
    pub fn key_facts(&self, key: KeyIndex) -> Option<KeyFacts> {
        let record = self.keys.record(key)?;
        let attributes = self.attributes.get(record.attributes)?;
        let (not_before, expires) = self.windows.get(record.window)?.bounds();
        Some(KeyFacts {
            key,
            digest: self.keys.digest(key)?,
            client: record.client,
            active: attributes.active,
            rule: rule(attributes.rule),
            grant: (attributes.grant != NONE).then_some(GrantIndex(attributes.grant)),
            not_before,
            expires,
        })
    }

    /// The key whose digest begins so.
    #[must_use]
    pub fn find_key(&self, digest: KeptDigest) -> Option<KeyIndex> {
        self.keys.find(&whole(digest)).map(|record| record.key)
    }

    /// What the keys of a client have in common.
    #[must_use]
    pub fn client_facts(&self, client: ClientIndex) -> Option<ClientFacts> {
        let class = self.clients.class(client)?;
        let grant = GrantIndex(class.grant);
        Some(ClientFacts { active: class.active, rule: rule(class.rule), grant })
    }

    /// The address rule of the gateway.
    #[must_use]
    pub fn gateway_rule(&self) -> Option<RuleIndex> {
        rule(self.gateway_rule)
    }

    /// Every address rule.
    pub fn address_rules(&self) -> impl Iterator<Item = RuleIndex> + use<> {
        (0..crate::wire::length(self.rules.count())).map(RuleIndex)
    }

    /// All addresses, as a rule divides them: IPv4, then IPv6, each rising and without a gap.
    pub fn address_stretches(&self, rule: RuleIndex) -> impl Iterator<Item = AddressStretch> {
        let (v4, v6) = self.rules.of(rule.0).unwrap_or_default();
        let v4 = stretches(v4, u32::from_le_bytes, u32::MAX, |next| next.saturating_sub(1));
        let v6 = stretches(v6, u128::from_le_bytes, u128::MAX, |next| next.saturating_sub(1));
        let v4 = v4.map(|(first, last, allowed)| AddressStretch {
            first: Ipv4Addr::from_bits(first).into(),
            last: Ipv4Addr::from_bits(last).into(),
            allowed,
        });
        v4.chain(v6.map(|(first, last, allowed)| AddressStretch {
            first: Ipv6Addr::from_bits(first).into(),
            last: Ipv6Addr::from_bits(last).into(),
            allowed,
        }))
    }

    /// Every grant.
    pub fn grants(&self) -> impl Iterator<Item = GrantIndex> + use<> {
        (0..crate::wire::length(self.grants.count())).map(GrantIndex)
    }

    /// The collections of a grant, rising.
    pub fn granted(&self, grant: GrantIndex) -> impl Iterator<Item = CollectionIndex> {
        let members = self.grants.members(index(grant.0)).unwrap_or_default();
        members.iter().map(|[member]| CollectionIndex(u32::from_le_bytes(*member)))
    }

    /// Every collection, in the order of names.
    pub fn collections(&self) -> impl Iterator<Item = CollectionIndex> + use<> {
        (0..crate::wire::length(self.routes.collection_count())).map(CollectionIndex)
    }

    /// What an endpoint asks of a request.
    #[must_use]
    pub fn endpoint_facts(&self, endpoint: EndpointIndex) -> Option<EndpointFacts> {
        self.routes.endpoint_facts(endpoint)
    }

    /// The methods that endpoints name.
    pub fn methods(&self) -> impl Iterator<Item = &'a str> {
        self.method_names(MethodSet::ALL)
    }

    /// The host patterns of all trees of routes.
    pub fn host_patterns(&self) -> impl Iterator<Item = HostPattern<'a>> {
        self.trees().map(|(host, _)| host)
    }

    /// The trees in which the routes of a host are looked for, the first to be looked at first.
    pub fn roots(&self, host: &[u8]) -> impl Iterator<Item = (HostPattern<'a>, RouteNode)> {
        self.routes.roots(host)
    }

    /// Every tree.
    pub fn trees(&self) -> impl Iterator<Item = (HostPattern<'a>, RouteNode)> {
        self.routes.trees()
    }

    /// Every node of every tree.
    pub fn route_nodes(&self) -> impl Iterator<Item = RouteNode> + use<> {
        (0..crate::wire::length(self.routes.node_count())).map(RouteNode)
    }

    /// The literal segments that lead on from a node, escapes decoded, and where each leads.
    pub fn literals(&self, from: RouteNode) -> impl Iterator<Item = (&'a [u8], RouteNode)> {
        self.routes.literals(from)
    }

    /// Where any one segment that is not empty leads from a node, which is asked for after its literals.
    #[must_use]
    pub fn parameter(&self, from: RouteNode) -> Option<RouteNode> {
        self.routes.parameter(from)
    }

    /// The methods of all endpoints that take a path which ends at a node, and of those that take any
    /// rest after it, which are asked for after all that lead on.
    #[must_use]
    pub fn methods_at(&self, node: RouteNode) -> [MethodSet; 2] {
        self.routes.methods_at(node)
    }
}

fn rule(number: u32) -> Option<RuleIndex> {
    (number != NONE).then_some(RuleIndex(number))
}

/// First and last address of each interval, and whether it is allowed.
fn stretches<'a, const BYTES: usize, Address: Copy>(
    (starts, outcomes): Stretches<'a, BYTES>,
    read: fn([u8; BYTES]) -> Address,
    last_of_all: Address,
    before: fn(Address) -> Address,
) -> impl Iterator<Item = (Address, Address, bool)> + use<'a, BYTES, Address> {
    let ends = starts.iter().skip(1).map(move |next| before(read(*next)));
    let ends = ends.chain(core::iter::once(last_of_all));
    starts.iter().zip(ends).zip(outcomes).map(move |((first, last), outcome)| {
        (read(*first), last, Outcome::read(*outcome) == Some(Outcome::Allowed))
    })
}
