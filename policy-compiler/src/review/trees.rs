//! The route trees of a table: the path patterns in them, and which of another's could match one path
//! together with a given one.

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

    /// Tells every pattern of a tree, and whether it is changed.
    pub(super) fn patterns(&self, root: RouteNode, tell: &mut impl FnMut(&Pattern<'t>, bool)) {
        self.patterns_below(root, &mut Pattern { segments: Vec::new(), rest: false }, tell);
    }

    fn patterns_below(
        &self,
        node: RouteNode,
        pattern: &mut Pattern<'t>,
        tell: &mut impl FnMut(&Pattern<'t>, bool),
    ) {
        let Some(node) = self.nodes.get(&node) else { return };
        for ((rest, end), changed) in [false, true].into_iter().zip(&node.ends).zip(node.changed) {
            pattern.rest = rest;
            if end.is_some() {
                tell(pattern, changed);
            }
        }
        for (segment, child) in node.children() {
            pattern.segments.push(segment);
            self.patterns_below(child, pattern, tell);
            pattern.segments.pop();
        }
    }

    /// Tells what a pattern has in common with each of a tree that could match the same path, or with the
    /// changed ones of these alone.
    pub(super) fn common(
        &self,
        root: RouteNode,
        pattern: &Pattern<'t>,
        only_changed: bool,
        tell: &mut impl FnMut(&Pattern<'t>),
    ) {
        let mut common = Pattern { segments: Vec::new(), rest: false };
        self.common_below(root, &pattern.segments, (pattern.rest, only_changed), &mut common, tell);
    }

    fn common_below(
        &self,
        node: RouteNode,
        left: &[Segment<'t>],
        (rest, only_changed): (bool, bool),
        common: &mut Pattern<'t>,
        tell: &mut impl FnMut(&Pattern<'t>),
    ) {
        let Some(node) = self.nodes.get(&node).filter(|node| node.has_changes || !only_changed)
        else {
            return;
        };
        let [ends, goes_on] = [0, 1].map(|at| node.has_end(at, only_changed));
        let length = common.segments.len();
        if goes_on {
            common.segments.extend_from_slice(left);
            common.rest = rest;
            tell(common);
            common.segments.truncate(length);
        }
        let (wanted, left) = match left.split_first() {
            Some((segment, left)) => (Some(*segment), left),
            None => {
                if ends {
                    common.rest = false;
                    tell(common);
                }
                if !rest {
                    return;
                }
                (None, left)
            }
        };
        let mut go_on = |segment, child| {
            common.segments.push(segment);
            self.common_below(child, left, (rest, only_changed), common, tell);
            common.segments.pop();
        };
        match wanted {
            None => node.children().for_each(|(segment, child)| go_on(segment, child)),
            Some(Segment::Parameter) => node
                .children()
                .filter(|(segment, _)| *segment != Segment::Literal(b""))
                .for_each(|(segment, child)| go_on(segment, child)),
            Some(Segment::Literal(text)) => {
                node.next(text).for_each(|child| go_on(Segment::Literal(text), child))
            }
        }
    }

    /// The nodes to which a segment leads from some.
    pub(super) fn step(&self, from: &[RouteNode], segment: &[u8]) -> Vec<RouteNode> {
        from.iter()
            .filter_map(|node| self.nodes.get(node))
            .flat_map(|node| node.next(segment))
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

    /// Where one segment leads. A parameter is a segment that is not empty.
    fn next(&self, segment: &[u8]) -> impl Iterator<Item = RouteNode> {
        let parameter = self.parameter.filter(|_| !segment.is_empty());
        self.literals.get(segment).copied().into_iter().chain(parameter)
    }

    fn has_end(&self, at: usize, only_changed: bool) -> bool {
        let has = self.ends.get(at).is_some_and(Option::is_some);
        has && (!only_changed || self.changed.get(at) == Some(&true))
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
