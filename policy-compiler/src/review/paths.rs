//! The paths of requests, as far as two tables tell them apart.
//!
//! Of the patterns that match a path the most specific decides, by an order that is the same for all paths
//! and in all tables. So if the old table leads some path to one pattern and the new table leads it to
//! another, then both also lead there the path that has what the two patterns ask for, and a word that no
//! table knows wherever they ask for nothing: what matches this path matches all that both match. It is
//! enough to look at the path of each pattern, and at that of each two, one of either table, of which
//! one is changed: two that both tables have stand in the same order in both. Nor does it matter that the less
//! specific one is changed where the other is not and has all of its methods: that one decides in both tables.
//! The same holds of hosts.

use foldhash::{HashSet, HashSetExt};
use policy_table::Table;
use policy_table::walk::{HostPattern, RouteNode};

use super::fresh::fresh;
use super::trees::{Pattern, Segment, Trees};
use crate::escape::percent;

/// The paths of two tables.
pub(super) struct Paths<'t> {
    tables: [&'t Table<'t>; 2],
    trees: [Trees<'t>; 2],
    /// A segment that is no literal of either table.
    other: Vec<u8>,
}

/// So many patterns are not told twice on a host. To tell one again takes time; to remember millions, where
/// all of one table cross all of the other, would take all memory.
const MOST_REMEMBERED: usize = 1 << 17;

/// Trees by host, the first to be looked at first.
type Roots<'t> = Vec<(HostPattern<'t>, RouteNode)>;

impl<'t> Paths<'t> {
    pub(super) fn new(tables: [&'t Table<'t>; 2]) -> Self {
        let trees = Trees::of(tables);
        let names: HashSet<&[u8]> = trees.iter().flat_map(Trees::literals).collect();
        let other = fresh("any", |word| names.contains(word.as_bytes())).into_bytes();
        Self { tables, trees, other }
    }

    /// Tells paths on a host. Together with those on hosts that fewer patterns match there is one at least
    /// for each two places to which the tables lead a request.
    pub(super) fn on(&self, host: &str, tell: &mut impl FnMut(&str)) {
        let roots: [Roots<'_>; 2] = self.tables.map(|table| table.roots(host.as_bytes()).collect());
        let mut found = HashSet::new();
        let mut add = |pattern: &Pattern<'t>| {
            if found.contains(pattern) {
                return;
            }
            if found.len() < MOST_REMEMBERED {
                found.insert(pattern.clone());
            }
            self.tell(&roots, pattern, tell);
        };
        // What no pattern matches.
        add(&Pattern { segments: Vec::new(), rest: true });
        let kind = |(host, _): &(HostPattern<'_>, RouteNode)| rank(host);
        let most_specific = roots.iter().flatten().map(kind).min();
        let [old, new] = &self.trees;
        let [old_roots, new_roots] = &roots;
        let is_first = |root: &&(HostPattern<'_>, RouteNode)| Some(kind(root)) == most_specific;
        let of_new: Vec<_> = new_roots.iter().collect();
        // Two that are both most specific are found from the old one.
        let of_old: Vec<_> = old_roots.iter().filter(|root| !is_first(root)).collect();
        for (own, own_roots, other, other_roots) in
            [(old, old_roots, new, of_new), (new, new_roots, old, of_old)]
        {
            for (host, root) in own_roots.iter().filter(is_first) {
                own.patterns(*root, &mut |pattern, end| {
                    add(pattern);
                    for (other_host, root) in &other_roots {
                        let by_host = rank(host).cmp(&rank(other_host));
                        other.common(*root, (pattern, end), by_host, &mut add);
                    }
                });
            }
        }
    }

    /// Tells the path of a pattern; where any rest may follow, one for each way in which a pattern could end
    /// there.
    fn tell(&self, roots: &[Roots<'_>; 2], pattern: &Pattern<'_>, tell: &mut impl FnMut(&str)) {
        let mut path = String::new();
        let mut alive = roots.each_ref().map(|roots| roots.iter().map(|(_, node)| *node).collect());
        for segment in &pattern.segments {
            let segment = match segment {
                Segment::Literal(text) => text,
                Segment::Parameter => self.other.as_slice(),
            };
            self.go_on(&mut path, &mut alive, segment);
        }
        if !pattern.rest {
            return tell(&path);
        }
        loop {
            // No path has no segment.
            if !path.is_empty() {
                tell(&path);
            }
            let length = path.len();
            path.push('/');
            tell(&path);
            path.truncate(length);
            if alive.iter().all(Vec::is_empty) {
                return;
            }
            self.go_on(&mut path, &mut alive, &self.other);
        }
    }

    fn go_on(&self, path: &mut String, alive: &mut [Vec<RouteNode>; 2], segment: &[u8]) {
        path.push('/');
        percent(segment, path);
        for (alive, trees) in alive.iter_mut().zip(&self.trees) {
            *alive = trees.step(alive, segment);
        }
    }
}

/// The more specific host is the lesser.
fn rank(host: &HostPattern<'_>) -> u8 {
    match host {
        HostPattern::Exact(_) => 0,
        HostPattern::Wildcard(_) => 1,
        HostPattern::Any => 2,
    }
}

#[cfg(test)]
mod tests;
