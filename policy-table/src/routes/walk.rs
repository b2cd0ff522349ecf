//! The route trees, node by node.

use arrayvec::ArrayVec;

use super::hosts::{ANY, EXACT};
use super::texts::slice;
use super::{MethodSet, Routes};
use crate::host::{AddressText, Host};
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

    /// The host patterns, and the roots of their trees.
    pub(crate) fn trees(&self) -> impl Iterator<Item = (HostPattern<'a>, RouteNode)> {
        (0..length(self.hosts.count())).filter_map(|position| self.tree(position))
    }

    /// Those of all patterns that match a host, the most specific first; none for a host that can be
    /// read in two ways.
    pub(crate) fn roots(&self, host: &[u8]) -> impl Iterator<Item = (HostPattern<'a>, RouteNode)> {
        let mut room = AddressText::new();
        let mut roots: ArrayVec<u32, 3> = ArrayVec::new();
        if let Some(host) = Host::read(host, &mut room) {
            // None is the one: all are wanted.
            self.hosts.find(host, |root| -> Option<()> { roots.try_push(root).err().map(drop) });
        }
        roots.into_iter().filter_map(|position| self.tree(position))
    }

    fn tree(&self, position: u32) -> Option<(HostPattern<'a>, RouteNode)> {
        let pattern = match self.hosts.pattern(index(position))? {
            (ANY, _) => HostPattern::Any,
            (EXACT, name) => HostPattern::Exact(name),
            (_, name) => HostPattern::Wildcard(name),
        };
        Some((pattern, RouteNode(position)))
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

    /// The methods of the endpoints that end at a node, and of those that take any rest after it.
    pub(crate) fn methods_at(&self, node: RouteNode) -> [MethodSet; 2] {
        let ends = self.node(node.0).map_or([(0, 0); 2], |node| [node.at_end, node.with_rest]);
        ends.map(|(from, to)| {
            let bindings = self.bindings.get(index(from)..index(to)).unwrap_or_default();
            let endpoints = bindings.iter().filter_map(|binding| self.endpoint(binding));
            endpoints.fold(MethodSet::default(), |all, endpoint| all.join(endpoint.methods))
        })
    }
}
