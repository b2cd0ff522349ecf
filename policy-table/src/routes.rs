//! Routes: from host, path and method to the most specific endpoint.
//!
//! One tree of path segments for each host pattern, all in flat arrays. Nodes stand in
//! breadth-first order and each node's children are consecutive, so that no child is stored and
//! a proof that the tree is a tree is a proof that running sums rise.

use crate::format::{ACTIVE, PUBLIC};
use crate::host::Host;
use crate::index::{CollectionIndex, EndpointIndex};
use crate::path::{Segments, Walk};
use crate::wire::{Records, index, length, word, words};

mod hosts;
mod literal;
mod prove;
mod texts;
#[cfg(feature = "walk")]
mod walk;
#[cfg(feature = "write")]
pub(crate) mod write;

use hosts::Hosts;

/// The routes of a table.
#[derive(Clone, Copy)]
pub(crate) struct Routes<'a> {
    hosts: Hosts<'a>,
    /// First literal, first child, first binding at the end of a path, first binding for any
    /// rest; one record more for the ends.
    nodes: Records<'a, 4>,
    /// Hash of a literal segment, start and length in `text`.
    literals: Records<'a, 3>,
    text: &'a [u8],
    /// Endpoints that nodes are bound to.
    bindings: Records<'a, 1>,
    /// Collection, methods and flags of an endpoint.
    endpoints: Records<'a, 3>,
    /// Flags of a collection.
    collections: Records<'a, 1>,
}

/// An endpoint that matches a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) index: EndpointIndex,
    pub(crate) collection: CollectionIndex,
    pub(crate) active: bool,
    pub(crate) collection_active: bool,
    pub(crate) public: bool,
    methods: MethodSet,
}

/// What host, path and method lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// The most specific endpoint that matches all three.
    Endpoint(Endpoint),
    /// Endpoints match host and path, but not the method: those that may be used instead.
    MethodNotAllowed(MethodSet),
    /// No endpoint matches host and path.
    Unknown,
}

/// A set of the methods that a table names; the last bit is every other method.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MethodSet(pub(crate) u32);

impl MethodSet {
    /// Any method at all.
    pub(crate) const ALL: Self = Self(u32::MAX);
    /// Methods that the table does not name.
    pub(crate) const OTHER: Self = Self(1 << 31);

    /// The set of the one method with this position.
    pub(crate) fn one(position: usize) -> Self {
        Self(1_u32.checked_shl(length(position)).unwrap_or(0))
    }

    /// Whether the method with this position is in the set.
    #[must_use]
    pub fn contains(self, position: usize) -> bool {
        self.intersects(Self::one(position))
    }

    /// Whether no method is in the set.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether methods that the table does not name are in the set.
    #[must_use]
    pub fn has_others(self) -> bool {
        self.intersects(Self::OTHER)
    }

    fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn join(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl<'a> Routes<'a> {
    /// How many endpoints there are.
    pub(crate) fn endpoint_count(&self) -> usize {
        self.endpoints.len()
    }

    /// How many collections there are.
    pub(crate) fn collection_count(&self) -> usize {
        self.collections.len()
    }

    /// The collection that an endpoint belongs to.
    pub(crate) fn collection_of(&self, endpoint: EndpointIndex) -> Option<CollectionIndex> {
        let [collection, ..] = words(self.endpoints.get(index(endpoint.0))?);
        Some(CollectionIndex(collection))
    }

    /// Finds the most specific endpoint: host exact before wildcard before any, then segment by
    /// segment from the left, literal before `{name}` before `**`.
    pub(crate) fn find(&self, host: Host<'_>, path: Segments<'_>, method: MethodSet) -> Route {
        let none = MethodSet::default();
        let walk = Walk::along(path);
        let mut search = Search { routes: self, method, walk, decided: none, usable: none };
        match self.hosts.find(host, |root| search.descend(root, 0)) {
            Some(endpoint) => Route::Endpoint(endpoint),
            None if search.decided.is_empty() => Route::Unknown,
            None => Route::MethodNotAllowed(search.usable),
        }
    }

    fn node(&self, node: u32) -> Option<Node> {
        let here = words(self.nodes.get(index(node))?);
        let next = words(self.nodes.get(index(node).checked_add(1)?)?);
        let [literal, child, binding, rest] = here;
        let [next_literal, next_child, next_binding, _] = next;
        Some(Node {
            literals: (literal, next_literal),
            children: (child, next_child),
            at_end: (binding, rest),
            with_rest: (rest, next_binding),
        })
    }

    fn endpoint(&self, binding: &[[u8; 4]; 1]) -> Option<Endpoint> {
        let [endpoint] = words(binding);
        let [collection, methods, flags] = words(self.endpoints.get(index(endpoint))?);
        let collection_flags = word(self.collections, index(collection))?;
        Some(Endpoint {
            index: EndpointIndex(endpoint),
            collection: CollectionIndex(collection),
            active: flags & ACTIVE != 0,
            collection_active: collection_flags & ACTIVE != 0,
            public: collection_flags & PUBLIC != 0,
            methods: MethodSet(methods),
        })
    }
}

/// A node: ranges of literals, children and bindings, each from the first to before the second.
struct Node {
    literals: (u32, u32),
    /// One for each literal, then one for a parameter where the node has it.
    children: (u32, u32),
    at_end: (u32, u32),
    with_rest: (u32, u32),
}

impl Node {
    fn parameter(&self) -> Option<u32> {
        let literals = self.literals.1.saturating_sub(self.literals.0);
        let parameter = self.children.0.saturating_add(literals);
        (parameter < self.children.1).then_some(parameter)
    }
}

/// One walk through the trees. Visits each node at most once for a host pattern, as the nodes
/// form a tree, and is at most [`MAX_SEGMENTS`](crate::MAX_SEGMENTS) deep.
struct Search<'r, 'a, 'p> {
    routes: &'r Routes<'a>,
    method: MethodSet,
    walk: Walk<'p>,
    /// The methods of all endpoints that match host and path.
    decided: MethodSet,
    /// Those of them that may be used: the most specific endpoint of each is switched on.
    usable: MethodSet,
}

impl Search<'_, '_, '_> {
    /// The most specific endpoint below `node`, which stands so deep, for the segments from there on.
    fn descend(&mut self, mut node: u32, mut depth: usize) -> Option<Endpoint> {
        loop {
            let here = self.routes.node(node)?;
            let Some(segment) = self.walk.segment(depth) else {
                return self.choose(here.at_end).or_else(|| self.choose(here.with_rest));
            };
            depth += 1;
            let literal = self.routes.literal(here.literals, segment);
            let literal = literal.map(|position| here.children.0.saturating_add(position));
            // A parameter is exactly one segment, and nothing is no segment.
            let parameter = here.parameter().filter(|_| !segment.is_empty());
            let (first, second) = match (literal, parameter) {
                (Some(literal), parameter) => (literal, parameter),
                (None, Some(parameter)) => (parameter, None),
                (None, None) => return self.choose(here.with_rest),
            };
            // Where there is nothing to come back for, the way goes on without leaving a trace.
            if second.is_none() && here.with_rest.0 == here.with_rest.1 {
                node = first;
                continue;
            }
            let mut found = self.descend(first, depth);
            if found.is_none()
                && let Some(second) = second
            {
                found = self.descend(second, depth);
            }
            return found.or_else(|| self.choose(here.with_rest));
        }
    }

    /// The endpoint of a range of bindings that takes the method. The others are remembered: if
    /// none is found anywhere, the caller is told which methods may be used.
    fn choose(&mut self, (from, to): (u32, u32)) -> Option<Endpoint> {
        let bindings = self.routes.bindings.get(index(from)..index(to)).unwrap_or_default();
        for endpoint in bindings.iter().filter_map(|binding| self.routes.endpoint(binding)) {
            if endpoint.methods.intersects(self.method) {
                return Some(endpoint);
            }
            if endpoint.active && endpoint.collection_active {
                self.usable = self.usable.join(endpoint.methods.without(self.decided));
            }
            self.decided = self.decided.join(endpoint.methods);
        }
        None
    }
}
