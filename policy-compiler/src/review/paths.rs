//! The paths of requests, as far as two tables tell them apart: a walk through the route trees of
//! both at once.
//!
//! A state is what is alive in each table after some segments: the nodes that were reached, and
//! those that were passed and take any rest, in the order in which the search looks at them. From a
//! state a path may go on with a literal of any of its nodes, with one other segment (which stands
//! for all others), with a slash at its end, or not at all. What follows depends on the state alone,
//! so each is left once.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashSet};
use policy_table::walk::{RouteNode, route};
use policy_table::{PlainRequest, Table};

use super::fresh::fresh;
use crate::escape::percent;

/// A walk through two tables.
pub(super) struct Walk<'t> {
    trees: [Tree<'t>; 2],
    /// A segment that is no literal of either table.
    other: Vec<u8>,
    /// States in which a path that ends was told.
    ended: HashSet<State>,
    /// States from which the walk went on.
    left: HashSet<State>,
}

/// What is alive in each table, the first to be looked at first.
type State = [Vec<Alive>; 2];

/// A node, or what is left of one that was passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Alive {
    node: RouteNode,
    /// Whether it was passed, so that only its endpoints for any rest are left.
    passed: bool,
}

impl<'t> Walk<'t> {
    /// A walk that has not begun.
    pub(super) fn new(tables: [&'t Table<'t>; 2]) -> Self {
        let trees = tables.map(Tree::new);
        let names: HashSet<&[u8]> = trees
            .iter()
            .flat_map(|tree| tree.literals.values().flat_map(HashMap::keys))
            .copied()
            .collect();
        let other = fresh("any", |word| names.contains(word.as_bytes())).into_bytes();
        Self { trees, other, ended: HashSet::default(), left: HashSet::default() }
    }

    /// Tells paths on a host: one at least for each state that was not told before.
    pub(super) fn below(&mut self, host: &str, tell: &mut impl FnMut(&str)) {
        let state = self.trees.each_ref().map(|tree| tree.roots(host));
        self.go_on(&state, &mut String::new(), tell);
    }

    /// Goes on from a state. As deep as a tree, whose depth a table bounds.
    fn go_on(&mut self, [old, new]: &State, path: &mut String, tell: &mut impl FnMut(&str)) {
        let [old_tree, new_tree] = &self.trees;
        let state = [old_tree.continuing(old), new_tree.continuing(new)];
        if !self.left.insert(state.clone()) {
            return;
        }
        let [old, new] = &state;
        let mut segments: BTreeSet<&[u8]> =
            old_tree.words(old).chain(new_tree.words(new)).collect();
        // A path may end with a slash, whether or not a tree says so.
        segments.insert(b"");
        let segments: Vec<Vec<u8>> = segments.into_iter().map(<[u8]>::to_vec).collect();
        for segment in segments.iter().chain([&self.other.clone()]) {
            let [old_tree, new_tree] = &self.trees;
            let next = [old_tree.step(old, segment), new_tree.step(new, segment)];
            let length = path.len();
            path.push('/');
            percent(segment, path);
            if self.ended.insert(next.clone()) {
                tell(path);
            }
            // Nothing follows an empty segment.
            if !segment.is_empty() {
                self.go_on(&next, path, tell);
            }
            path.truncate(length);
        }
    }
}

/// The route trees of a table, with literals that are found at once.
struct Tree<'t> {
    table: &'t Table<'t>,
    literals: HashMap<RouteNode, HashMap<&'t [u8], RouteNode>>,
}

impl<'t> Tree<'t> {
    fn new(table: &'t Table<'t>) -> Self {
        let nodes = table.route_nodes().map(|node| {
            let literals = table.literals(node).filter(|(segment, _)| can_be_sent(table, segment));
            (node, literals.collect())
        });
        Self { table, literals: nodes.collect() }
    }

    fn roots(&self, host: &str) -> Vec<Alive> {
        let roots = self.table.roots(host.as_bytes());
        roots.map(|node| Alive { node, passed: false }).collect()
    }

    /// What is left of a state once a path does not end there: of a node that leads nowhere, its
    /// endpoints for any rest.
    fn continuing(&self, state: &[Alive]) -> Vec<Alive> {
        let left = state.iter().filter_map(|alive| {
            let leads_on = !alive.passed
                && (self.table.parameter(alive.node).is_some()
                    || self.literals.get(&alive.node).is_some_and(|of| !of.is_empty()));
            let rest = || self.table.takes_any_rest(alive.node).then_some(alive.rest());
            if leads_on { Some(*alive) } else { rest() }
        });
        left.collect()
    }

    /// The literals with which a path may go on.
    fn words(&self, state: &[Alive]) -> impl Iterator<Item = &'t [u8]> {
        let nodes = state.iter().filter(|alive| !alive.passed);
        nodes.filter_map(|alive| self.literals.get(&alive.node)).flat_map(HashMap::keys).copied()
    }

    /// Where a segment leads, in the order of the search: literal, parameter, any rest.
    fn step(&self, state: &[Alive], segment: &[u8]) -> Vec<Alive> {
        let mut next = Vec::new();
        for alive in state {
            if !alive.passed {
                let literals = self.literals.get(&alive.node);
                let literal = literals.and_then(|of| of.get(segment)).copied();
                let parameter = self.table.parameter(alive.node).filter(|_| !segment.is_empty());
                let nodes = literal.into_iter().chain(parameter);
                next.extend(nodes.map(|node| Alive { node, passed: false }));
            }
            next.extend(self.table.takes_any_rest(alive.node).then_some(alive.rest()));
        }
        next
    }
}

impl Alive {
    /// What is left of it behind one more segment.
    fn rest(self) -> Self {
        Self { passed: true, ..self }
    }
}

/// Whether a request can have this segment: some bytes are refused in every form.
fn can_be_sent(table: &Table<'_>, segment: &[u8]) -> bool {
    let mut path = "/".to_owned();
    percent(segment, &mut path);
    let path = path.as_bytes();
    let request =
        PlainRequest { method: b"GET", host: b"", path, headers: &[], address: None, now: 0 };
    route(table, &request).is_ok()
}
