//! All parts of a table.

use core::net::{Ipv4Addr, Ipv6Addr};

use super::facts::{
    AddressStretch, ClientFacts, EndpointFacts, HostPattern, KeptDigest, KeyFacts, RouteNode,
};
use super::whole;
use crate::addresses::{Outcome, Stretches};
use crate::format::NONE;
use crate::index::{ClientIndex, CollectionIndex, EndpointIndex, GrantIndex, KeyIndex, RuleIndex};
use crate::routes::MethodSet;
use crate::table::Table;
use crate::wire::{index, length};

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
        (0..length(self.rules.count())).map(RuleIndex)
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
        (0..length(self.grants.count())).map(GrantIndex)
    }

    /// The collections of a grant, rising.
    pub fn granted(&self, grant: GrantIndex) -> impl Iterator<Item = CollectionIndex> {
        let members = self.grants.members(index(grant.0)).unwrap_or_default();
        members.iter().map(|[member]| CollectionIndex(u32::from_le_bytes(*member)))
    }

    /// Every collection, in the order of names.
    pub fn collections(&self) -> impl Iterator<Item = CollectionIndex> + use<> {
        (0..length(self.routes.collection_count())).map(CollectionIndex)
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
        (0..length(self.routes.node_count())).map(RouteNode)
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
