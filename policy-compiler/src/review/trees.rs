//! The route trees of a table: the path patterns in them, and which of another's could match one path
//! together with a given one.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use foldhash::HashMap;
use policy_table::walk::{HostPattern, RouteNode, route};
use policy_table::{MethodSet, PlainRequest, Table};

use crate::escape::percent;

/// The trees of a table.
pub(super) struct Trees<'t> {
    nodes: HashMap<RouteNode, Node<'t>>,
}

/// A path pattern, or what two of them have in common: paths that both match.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Pattern<'t> {
    pub(super) segments: Vec<Segment<'t>>,
    /// Whether any rest may follow.
    pub(super) rest: bool,
}

/// One segment of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Segment<'t> {
    /// These bytes.
    Literal(&'t [u8]),
    /// Any one that is not empty.
    Parameter,
}

/// The methods of the endpoints of a pattern; `None` for all.
type Methods<'t> = Option<Vec<&'t str>>;

/// What a table has for a pattern.
#[derive(Debug, Clone, Copy)]
pub(super) struct End<'a, 't> {
    methods: &'a Methods<'t>,
    /// Whether the other table has not the same.
    changed: bool,
}

struct Node<'t> {
    literals: BTreeMap<&'t [u8], RouteNode>,
    parameter: Option<RouteNode>,
    /// Of the pattern that ends here, and of that which any rest may follow; none where there is none.
    ends: [Option<Methods<'t>>; 2],
    /// Whether the other table has not the same methods for the same pattern.
    changed: [bool; 2],
    /// Whether that is so anywhere from here on.
    has_changes: bool,
}

impl<'t> Trees<'t> {
    /// The trees of two tables, with what is changed between them.
    pub(super) fn of(tables: [&'t Table<'t>; 2]) -> [Self; 2] {
        let [mut old, mut new] = tables.map(Self::read);
        let [old_roots, new_roots] =
            tables.map(|table| table.trees().collect::<HashMap<HostPattern<'_>, RouteNode>>());
        for (host, root) in &old_roots {
            old.compare(*root, new_roots.get(host).copied(), &new);
        }
        for (host, root) in &new_roots {
            new.compare(*root, old_roots.get(host).copied(), &old);
        }
        [old, new]
    }

    fn read(table: &'t Table<'t>) -> Self {
        let methods = |set: MethodSet| {
            let names = || (!set.has_others()).then(|| table.method_names(set).collect());
            (!set.is_empty()).then(names)
        };
        let nodes = table.route_nodes().map(|node| {
            let literals = table.literals(node).filter(|(segment, _)| can_be_sent(table, segment));
            let read = Node {
                literals: literals.collect(),
                parameter: table.parameter(node),
                ends: table.methods_at(node).map(methods),
                changed: [false; 2],
                has_changes: false,
            };
            (node, read)
        });
        Self { nodes: nodes.collect() }
    }

    /// Notes what another tree has otherwise, from a node on; as deep as a tree, which a table bounds.
    fn compare(&mut self, node: RouteNode, counterpart: Option<RouteNode>, other: &Self) -> bool {
        let Some(own) = self.nodes.get(&node) else { return false };
        let there = counterpart.and_then(|node| other.nodes.get(&node));
        let none = [None, None];
        let ends = there.map_or(&none, |there| &there.ends);
        let mut changed = [false; 2];
        for ((changed, own), other) in changed.iter_mut().zip(&own.ends).zip(ends) {
            *changed = own.is_some() && own != other;
        }
        let literals = own.literals.iter().map(|(segment, node)| {
            (*node, there.and_then(|there| there.literals.get(segment).copied()))
        });
        let parameter = own.parameter.map(|node| (node, there.and_then(|there| there.parameter)));
        let children: Vec<(RouteNode, Option<RouteNode>)> = literals.chain(parameter).collect();
        let mut has_changes = changed.contains(&true);
        for (node, counterpart) in children {
            has_changes |= self.compare(node, counterpart, other);
        }
        if let Some(own) = self.nodes.get_mut(&node) {
            (own.changed, own.has_changes) = (changed, has_changes);
        }
        has_changes
    }

    /// Tells every pattern of a tree, and what there is for it.
    pub(super) fn patterns(
        &self,
        root: RouteNode,
        tell: &mut impl FnMut(&Pattern<'t>, End<'_, 't>),
    ) {
        self.patterns_below(root, &mut Pattern { segments: Vec::new(), rest: false }, tell);
    }

    fn patterns_below(
        &self,
        node: RouteNode,
        pattern: &mut Pattern<'t>,
        tell: &mut impl FnMut(&Pattern<'t>, End<'_, 't>),
    ) {
        let Some(node) = self.nodes.get(&node) else { return };
        for rest in [false, true] {
            pattern.rest = rest;
            if let Some(end) = node.end(rest) {
                tell(pattern, end);
            }
        }
        for (segment, child) in node.children() {
            pattern.segments.push(segment);
            self.patterns_below(child, pattern, tell);
            pattern.segments.pop();
        }
    }

    /// Tells what a pattern of the other table has in common with each of a tree that could match the same
    /// path, where the two may decide otherwise together. `by_host` is the order of their hosts.
    pub(super) fn common(
        &self,
        root: RouteNode,
        (pattern, end): (&Pattern<'t>, End<'_, 't>),
        by_host: Ordering,
        tell: &mut impl FnMut(&Pattern<'t>),
    ) {
        let mut common = Pattern { segments: Vec::new(), rest: false };
        let left = Left { segments: &pattern.segments, rest: pattern.rest, end };
        self.common_below(root, left, by_host, &mut common, tell);
    }

    /// `order` is that of the pattern and of those in this tree, so far: the lesser is more specific.
    fn common_below(
        &self,
        node: RouteNode,
        left: Left<'_, 't>,
        order: Ordering,
        common: &mut Pattern<'t>,
        tell: &mut impl FnMut(&Pattern<'t>),
    ) {
        let all = left.end.changed;
        let Some(node) = self.nodes.get(&node).filter(|node| node.has_changes || all) else {
            return;
        };
        let length = common.segments.len();
        // What ends later, or without any rest, is more specific.
        let is_more = !left.segments.is_empty() || !left.rest;
        let with_rest = order.then(if is_more { Ordering::Less } else { Ordering::Equal });
        if node.end(true).is_some_and(|end| left.end.may_differ(with_rest, end)) {
            common.segments.extend_from_slice(left.segments);
            common.rest = left.rest;
            tell(common);
            common.segments.truncate(length);
        }
        let mut go_on = |left, order, segment, child| {
            common.segments.push(segment);
            self.common_below(child, left, order, common, tell);
            common.segments.pop();
        };
        let Some((wanted, segments)) = left.segments.split_first() else {
            if left.rest {
                let order = order.then(Ordering::Greater);
                node.children().for_each(|(segment, child)| go_on(left, order, segment, child));
            }
            let order = order.then(if left.rest { Ordering::Greater } else { Ordering::Equal });
            if node.end(false).is_some_and(|end| left.end.may_differ(order, end)) {
                common.rest = false;
                tell(common);
            }
            return;
        };
        let left = Left { segments, ..left };
        match *wanted {
            Segment::Parameter => {
                for (segment, child) in node.children() {
                    let by_segment = match segment {
                        Segment::Literal(b"") => continue,
                        Segment::Literal(_) => Ordering::Greater,
                        Segment::Parameter => Ordering::Equal,
                    };
                    go_on(left, order.then(by_segment), segment, child);
                }
            }
            Segment::Literal(text) => {
                for (by_segment, child) in node.next(text) {
                    go_on(left, order.then(by_segment), Segment::Literal(text), child);
                }
            }
        }
    }

    /// The nodes to which a segment leads from some.
    pub(super) fn step(&self, from: &[RouteNode], segment: &[u8]) -> Vec<RouteNode> {
        from.iter()
            .filter_map(|node| self.nodes.get(node))
            .flat_map(|node| node.next(segment).map(|(_, child)| child))
            .collect()
    }

    /// Every literal segment.
    pub(super) fn literals(&self) -> impl Iterator<Item = &'t [u8]> {
        self.nodes.values().flat_map(|node| node.literals.keys().copied())
    }
}

impl<'t> Node<'t> {
    fn children(&self) -> impl Iterator<Item = (Segment<'t>, RouteNode)> {
        let literals = self.literals.iter();
        let parameter = self.parameter.map(|node| (Segment::Parameter, node));
        literals.map(|(text, node)| (Segment::Literal(text), *node)).chain(parameter)
    }

    /// Where one segment leads, and how it compares with what leads there. A parameter is a segment that is
    /// not empty.
    fn next(&self, segment: &[u8]) -> impl Iterator<Item = (Ordering, RouteNode)> {
        let literal = self.literals.get(segment).map(|child| (Ordering::Equal, *child));
        let parameter = self.parameter.filter(|_| !segment.is_empty());
        literal.into_iter().chain(parameter.map(|child| (Ordering::Less, child)))
    }

    /// What there is for the pattern that ends here, or for that which any rest may follow.
    fn end(&self, rest: bool) -> Option<End<'_, 't>> {
        let at = usize::from(rest);
        let methods = self.ends.get(at)?.as_ref()?;
        Some(End { methods, changed: self.changed.get(at) == Some(&true) })
    }
}

/// What is left of a pattern of the other table.
#[derive(Clone, Copy)]
struct Left<'a, 't> {
    segments: &'a [Segment<'t>],
    rest: bool,
    end: End<'a, 't>,
}

impl End<'_, '_> {
    /// Whether two patterns, one of either table and in this order, may lead a path that both match to two places.
    fn may_differ(self, order: Ordering, other: End<'_, '_>) -> bool {
        (self.changed || other.changed)
            && match order {
                Ordering::Less => self.changed || !self.has_all_of(other),
                Ordering::Greater => other.changed || !other.has_all_of(self),
                Ordering::Equal => true,
            }
    }

    /// Whether it has every method of another one.
    fn has_all_of(self, other: End<'_, '_>) -> bool {
        match (self.methods, other.methods) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(others)) => others.iter().all(|method| own.contains(method)),
        }
    }
}

/// Whether a request can have this segment: some bytes are refused in every form.
fn can_be_sent(table: &Table<'_>, segment: &[u8]) -> bool {
    let mut path = "/".to_owned();
    percent(segment, &mut path);
    let path = path.as_bytes();
    let request =
        PlainRequest { method: b"GET", host: b"host", path, headers: &[], address: None, now: 0 };
    route(table, &request).is_ok()
}
