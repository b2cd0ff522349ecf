//! Route trees in the making.

use alloc::borrow::Cow;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::hosts::{ANY, EXACT, WILDCARD};
use crate::bytes;
use crate::format::Section;
use crate::wire::length;
use crate::write::sections::Sections;
use crate::write::{Endpoint, HostPattern, Segment};

/// The trees of all host patterns. Very many nodes have one child and no endpoint, so all are held
/// together: a node is a number, and has nothing that is its own alone.
#[derive(Default)]
pub(crate) struct RouteWriter<'a> {
    /// By kind, hash and name.
    roots: BTreeMap<(u32, u32, Cow<'a, str>), u32>,
    /// From a node to the next.
    steps: BTreeMap<(u32, Step<'a>), u32>,
    /// Node, whether any rest follows, and endpoint.
    bindings: BTreeSet<(u32, bool, u32)>,
}

/// What leads from a node to one of its children, in the order of these.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Step<'a> {
    /// Hash and bytes.
    Literal(u32, Cow<'a, [u8]>),
    Parameter,
}

impl<'a> RouteWriter<'a> {
    /// Binds the endpoint with this number to its place in the tree of each of its hosts.
    pub(crate) fn bind(&mut self, endpoint: &Endpoint<'a>, number: u32) {
        for host in &endpoint.hosts {
            let (kind, name) = match host {
                HostPattern::Exact(name) => (EXACT, name.clone()),
                HostPattern::Wildcard(domain) => (WILDCARD, domain.clone()),
                HostPattern::Any => (ANY, Cow::Borrowed("")),
            };
            let hash = bytes::hash(name.as_bytes());
            let next = self.nodes();
            let mut node = *self.roots.entry((kind, hash, name)).or_insert(next);
            for segment in &endpoint.path {
                let step = match segment {
                    Segment::Literal(text) => Step::Literal(bytes::hash(text), text.clone()),
                    Segment::Parameter => Step::Parameter,
                };
                let next = self.nodes();
                node = *self.steps.entry((node, step)).or_insert(next);
            }
            self.bindings.insert((node, endpoint.rest, number));
        }
    }

    /// How many nodes there are.
    fn nodes(&self) -> u32 {
        length(self.roots.len() + self.steps.len())
    }

    /// The children of a node, literals first.
    fn children(&self, node: u32) -> impl Iterator<Item = (&Step<'a>, u32)> {
        let first = |node| (node, Step::Literal(0, Cow::Borrowed([].as_slice())));
        let steps = self.steps.range(first(node)..first(node + 1));
        steps.map(|((_, step), child)| (step, *child))
    }

    /// The endpoints of a node.
    fn bound(&self, node: u32, rest: bool) -> Vec<u32> {
        let bindings = self.bindings.range((node, rest, 0)..=(node, rest, u32::MAX));
        bindings.map(|(.., endpoint)| *endpoint).collect()
    }

    /// Writes the trees in breadth-first order.
    pub(crate) fn write(&self, sections: &mut Sections) {
        let mut texts = Texts::default();
        for (kind, hash, name) in self.roots.keys() {
            let start = texts.place(name.as_bytes());
            sections.words(Section::Hosts, &[*kind, *hash, start, length(name.len())]);
        }
        let mut level: Vec<u32> = self.roots.values().copied().collect();
        let (mut literal, mut child, mut binding) = (0, length(level.len()), 0);
        while !level.is_empty() {
            let mut next = Vec::new();
            for node in level {
                let (at_end, with_rest) = (self.bound(node, false), self.bound(node, true));
                let rest = binding + length(at_end.len());
                sections.words(Section::Nodes, &[literal, child, binding, rest]);
                for (step, below) in self.children(node) {
                    if let Step::Literal(hash, text) = step {
                        let place = texts.place(text);
                        sections.words(Section::Literals, &[*hash, place, length(text.len())]);
                        literal += 1;
                    }
                    child += 1;
                    next.push(below);
                }
                sections.words(Section::Bindings, &at_end);
                sections.words(Section::Bindings, &with_rest);
                binding = rest + length(with_rest.len());
            }
            level = next;
        }
        sections.words(Section::Nodes, &[literal, child, binding, binding]);
        *sections.of(Section::Text) = texts.bytes;
    }
}

/// All texts in a row, each once.
#[derive(Default)]
struct Texts {
    bytes: Vec<u8>,
    places: BTreeMap<Vec<u8>, u32>,
}

impl Texts {
    fn place(&mut self, text: &[u8]) -> u32 {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let place = length(self.bytes.len());
        self.bytes.extend(text);
        self.places.insert(text.to_vec(), place);
        place
    }
}
