//! The route trees, node by node.

use super::Routes;
use super::hosts::{ANY, EXACT};
use super::texts::slice;
use crate::host::Host;
use crate::index::EndpointIndex;
use crate::walk::{EndpointFacts, HostPattern, RouteNode};
use crate::wire::{index, length, words};

impl<'a> Routes<'a> {
    /// What an endpoint asks of a request.
    pub(crate) fn endpoint_facts(&self, endpoint: EndpointIndex) -> Option<EndpointFacts> {
        let endpoint = self.endpoint(&[endpoint.0.to_le_bytes()])?;
        Some(EndpointFacts {
            collection: endpoint.collection,
            collection_active: endpoint.collection_active,
            active: endpoint.active && endpoint.collection_active,
            public: endpoint.public,
        })
    }

    /// The host patterns.
    pub(crate) fn host_patterns(&self) -> impl Iterator<Item = HostPattern<'a>> {
        let patterns = (0..self.hosts.count()).filter_map(|position| self.hosts.pattern(position));
        patterns.map(|(kind, name)| match kind {
            ANY => HostPattern::Any,
            EXACT => HostPattern::Exact(name),
            _ => HostPattern::Wildcard(name),
        })
    }

    /// The roots of all patterns that match a host, the most specific first; none for a host that
    /// can be read in two ways.
    pub(crate) fn roots(&self, host: &[u8]) -> impl Iterator<Item = RouteNode> {
        let host = Host::read(host).into_iter();
        host.flat_map(|host| self.hosts.matching(host)).map(RouteNode)
    }

    /// How many nodes there are.
    pub(crate) fn node_count(&self) -> usize {
        self.nodes.len().saturating_sub(1)
    }

    /// The literal segments that lead on from a node, and where each leads.
    pub(crate) fn literals(&self, from: RouteNode) -> impl Iterator<Item = (&'a [u8], RouteNode)> {
        let node = self.node(from.0);
        let ((first, end), (child, _)) =
            node.map_or(((0, 0), (0, 0)), |node| (node.literals, node.children));
        let literals = self.literals.get(index(first)..index(end)).unwrap_or_default();
        literals.iter().enumerate().filter_map(move |(position, record)| {
            let [_, start, size] = words(record);
            let child = child.checked_add(length(position))?;
            Some((slice(self.text, start, size)?, RouteNode(child)))
        })
    }

    /// Where any one segment leads from a node.
    pub(crate) fn parameter(&self, from: RouteNode) -> Option<RouteNode> {
        self.node(from.0)?.parameter().map(RouteNode)
    }

    /// Whether an endpoint takes any rest after a node.
    pub(crate) fn takes_any_rest(&self, node: RouteNode) -> bool {
        self.node(node.0).is_some_and(|node| node.with_rest.0 < node.with_rest.1)
    }
}
