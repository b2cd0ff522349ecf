//! Route trees in the making.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::hosts::{ANY, EXACT, WILDCARD};
use crate::bytes;
use crate::format::Section;
use crate::wire::length;
use crate::write::sections::Sections;
use crate::write::{Endpoint, HostPattern, Segment};

/// The trees of all host patterns.
#[derive(Default)]
pub(crate) struct RouteWriter<'a> {
    /// By kind, hash and name.
    roots: BTreeMap<(u32, u32, Cow<'a, str>), Node<'a>>,
}

#[derive(Default)]
struct Node<'a> {
    /// By hash and bytes.
    literals: BTreeMap<(u32, Cow<'a, [u8]>), Node<'a>>,
    parameter: Option<alloc::boxed::Box<Node<'a>>>,
    at_end: Vec<u32>,
    with_rest: Vec<u32>,
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
            let mut node = self.roots.entry((kind, hash, name)).or_default();
            for segment in &endpoint.path {
                node = match segment {
                    Segment::Literal(literal) => {
                        let entry = (bytes::hash(literal), literal.clone());
                        node.literals.entry(entry).or_default()
                    }
                    Segment::Parameter => node.parameter.get_or_insert_default(),
                };
            }
            let bindings = if endpoint.rest { &mut node.with_rest } else { &mut node.at_end };
            if bindings.last() != Some(&number) {
                bindings.push(number);
            }
        }
    }

    /// Writes the trees in breadth-first order.
    pub(crate) fn write(&self, sections: &mut Sections) {
        let mut texts = Texts::default();
        for (kind, hash, name) in self.roots.keys() {
            let start = texts.place(name.as_bytes());
            sections.words(Section::Hosts, &[*kind, *hash, start, length(name.len())]);
        }
        let mut level: Vec<&Node<'_>> = self.roots.values().collect();
        let (mut literal, mut child, mut binding) = (0, length(level.len()), 0);
        while !level.is_empty() {
            let mut next = Vec::new();
            for node in level {
                let rest = binding + length(node.at_end.len());
                sections.words(Section::Nodes, &[literal, child, binding, rest]);
                for ((hash, text), below) in &node.literals {
                    let place = texts.place(text);
                    sections.words(Section::Literals, &[*hash, place, length(text.len())]);
                    next.push(below);
                }
                next.extend(node.parameter.as_deref());
                sections.words(Section::Bindings, &node.at_end);
                sections.words(Section::Bindings, &node.with_rest);
                literal += length(node.literals.len());
                child += length(node.literals.len() + usize::from(node.parameter.is_some()));
                binding = rest + length(node.with_rest.len());
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
