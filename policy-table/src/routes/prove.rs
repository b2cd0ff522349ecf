//! The proof that the routes are trees of bounded depth, and that everything in them exists.

use super::hosts::Hosts;
use super::texts::prove_text;
use super::{MethodSet, Routes};
use crate::bytes;
use crate::clients::prove_flags;
use crate::error::{Part, TableError, Value, found};
use crate::format::{ACTIVE, MAX_SEGMENTS, PUBLIC, Section};
use crate::wire::{Records, index, length, records, words};

impl<'a> Routes<'a> {
    /// Proves the routes; `methods` is how many methods the table names.
    pub(crate) fn read(
        section: impl Fn(Section) -> &'a [u8],
        methods: usize,
    ) -> Result<Self, TableError> {
        let text = section(Section::Text);
        let routes = Self {
            hosts: Hosts::read(records(section(Section::Hosts)), text)?,
            nodes: records(section(Section::Nodes)),
            literals: records(section(Section::Literals)),
            text,
            bindings: records(section(Section::Bindings)),
            endpoints: records(section(Section::Endpoints)),
            collections: records(section(Section::Collections)),
        };
        routes.prove_endpoints(methods)?;
        routes.prove_sums()?;
        routes.prove_depth()?;
        routes.prove_literals()?;
        Ok(routes)
    }

    fn prove_endpoints(&self, methods: usize) -> Result<(), TableError> {
        for (at, [flags]) in self.collections.iter().enumerate() {
            prove_flags(Part("collections"), at, u32::from_le_bytes(*flags), ACTIVE | PUBLIC)?;
        }
        let named = (0..methods).map(MethodSet::one).fold(MethodSet::default(), MethodSet::join);
        let part = Part("endpoints");
        for (at, endpoint) in self.endpoints.iter().enumerate() {
            let [collection, methods, flags] = words(endpoint);
            part.below("collection", at, collection, self.collections.len())?;
            prove_flags(part, at, flags, ACTIVE)?;
            let holds = methods != 0 && (methods == MethodSet::ALL.0 || methods & !named.0 == 0);
            let expected = Value::Words("some of the methods that the table names, or all");
            part.ensure(holds, "methods", at, expected, Value::Number(methods.into()))?;
        }
        for (at, [endpoint]) in self.bindings.iter().enumerate() {
            Part("bindings").below(
                "endpoint",
                at,
                u32::from_le_bytes(*endpoint),
                self.endpoints.len(),
            )?;
        }
        Ok(())
    }

    /// Every field of the nodes is a running sum: it starts right, never falls, ends right. A
    /// node has a child for each literal and at most one more.
    fn prove_sums(&self) -> Result<(), TableError> {
        let part = Part("nodes");
        let roots = self.hosts.count();
        let count = self.nodes.len().saturating_sub(1);
        let field = |record: Option<&[[u8; 4]; 4]>, field: usize| {
            record.and_then(|record| record.get(field)).map(|word| u32::from_le_bytes(*word))
        };
        // Literal, child and binding; what its rest is, the next node says.
        for (position, expected) in [0, length(roots), 0].into_iter().enumerate() {
            let start = field(self.nodes.first(), position);
            let wanted = Value::Number(expected.into());
            part.ensure(start == Some(expected), "first node", 0, wanted, found(start))?;
        }
        let [literals, bindings] = [self.literals.len(), self.bindings.len()].map(length);
        let all = [literals, length(count), bindings, bindings];
        for (position, expected) in all.into_iter().enumerate() {
            let end = field(self.nodes.last(), position);
            let wanted = Value::Number(expected.into());
            part.ensure(end == Some(expected), "end of the nodes", count, wanted, found(end))?;
        }
        for (at, pair) in self.nodes.windows(2).enumerate() {
            let [here, next] = pair else { continue };
            let ([literal, child, binding, rest], [next_literal, next_child, next_binding, _]) =
                (words(here), words(next));
            let children = next_child.checked_sub(child);
            let literals = next_literal.checked_sub(literal);
            let a_child_each = match (children, literals) {
                (Some(children), Some(literals)) => {
                    matches!(children.checked_sub(literals), Some(0 | 1))
                }
                _ => false,
            };
            let holds =
                a_child_each && binding <= rest && rest <= next_binding && index(child) > at;
            let expected =
                Value::Words("a child for each literal and at most one more, bindings in order");
            part.ensure(holds, "node", at, expected, Value::Words("another shape"))?;
        }
        Ok(())
    }

    /// Walks the tree level by level: as nodes stand in breadth-first order, the children of one
    /// level are exactly the next. Bounds the recursion of a search.
    fn prove_depth(&self) -> Result<(), TableError> {
        let part = Part("nodes");
        let count = length(self.nodes.len().saturating_sub(1));
        let (mut from, mut to) = (0, length(self.hosts.count()));
        for _ in 0..=MAX_SEGMENTS {
            if from == to {
                return part.ensure(
                    to == count,
                    "nodes that a root leads to",
                    0,
                    Value::Number(count.into()),
                    Value::Number(to.into()),
                );
            }
            let next = self.nodes.get(index(to)).map_or(to, |record| {
                let [_, child, ..] = words(record);
                child
            });
            (from, to) = (to, next);
        }
        let expected = Value::AtMost(MAX_SEGMENTS as u64);
        let found = Value::AtLeast(MAX_SEGMENTS as u64 + 1);
        part.ensure(from == to, "depth of the tree", 0, expected, found)
    }

    /// Literals of a node rise, so that a binary search finds what is there.
    fn prove_literals(&self) -> Result<(), TableError> {
        let part = Part("literals");
        for pair in self.nodes.windows(2) {
            let [here, next] = pair else { continue };
            let ([from, ..], [to, ..]) = (words(here), words(next));
            let literals: Records<'_, 3> =
                self.literals.get(index(from)..index(to)).unwrap_or_default();
            let mut previous: Option<(u32, &[u8])> = None;
            for (at, literal) in literals.iter().enumerate() {
                let [hash, start, size] = words(literal);
                let at = index(from) + at;
                let text = prove_text(part, "text of a literal", at, self.text, [start, size])?;
                let own = bytes::hash(text);
                part.ensure(
                    hash == own,
                    "hash of a literal",
                    at,
                    Value::Number(own.into()),
                    Value::Number(hash.into()),
                )?;
                let holds = previous.is_none_or(|before| before < (hash, text));
                let expected = Value::Words("literals that rise by hash and bytes");
                part.ensure(
                    holds,
                    "order of literals",
                    at,
                    expected,
                    Value::Words("one not above the one before"),
                )?;
                previous = Some((hash, text));
            }
        }
        Ok(())
    }
}
