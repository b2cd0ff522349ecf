//! Collections whose endpoints lie in each other's way.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::neighbours::{Neighbour, Neighbours};
use super::paths::{Common, compare_endpoints, compare_paths, lies_below, may_lie_below};
use super::{Lint, warning};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Collection, Endpoint, Policy};
use crate::source::quote;

/// As many findings as anybody reads: a thousand collections could meet in half a million pairs.
const MOST_FOUND: usize = 1_000;

/// Looks at each two collections that meet, until very many are found.
pub(super) fn check(policy: &Policy, diagnostics: &mut Diagnostics) {
    let neighbours = Neighbours::of(policy);
    let mut found = 0;
    for (position, ours) in policy.collections.iter().enumerate() {
        let mut meeting = overlaps(policy, &neighbours, position, ours);
        for other in neighbours.by_base(position, ours) {
            meeting.entry(other).or_default();
        }
        for (other, overlaps) in meeting {
            let Some(theirs) = policy.collections.get(other) else { continue };
            if found >= MOST_FOUND {
                let message =
                    format!("collections meet {MOST_FOUND} times: no more are looked for");
                let help =
                    "mend these first, or give each collection a base path or hosts of its own";
                let place = ours.place.0;
                diagnostics.push(warning(lint(ours, theirs), place, message).help(help));
                return;
            }
            if overlaps.is_empty()
                && let Some(below) = by_base(ours, theirs)
            {
                diagnostics.push(below);
                found += 1;
            }
            for (winner, loser, count) in overlaps.into_values() {
                diagnostics.push(overlap(winner, loser, count));
                found += 1;
            }
        }
    }
}

/// An endpoint and its collection.
type Member<'p> = (&'p Collection, &'p Endpoint);

/// Who takes requests from whom: the first of each direction, and how many there are.
type Overlaps<'p> = BTreeMap<Ordering, (Member<'p>, Member<'p>, usize)>;

/// The overlaps with each later collection, by its position.
fn overlaps<'p>(
    policy: &'p Policy,
    neighbours: &Neighbours<'p>,
    position: usize,
    ours: &'p Collection,
) -> BTreeMap<usize, Overlaps<'p>> {
    let mut meeting: BTreeMap<usize, Overlaps<'p>> = BTreeMap::new();
    for our in &ours.endpoints {
        let found = neighbours.of_endpoint(position, ours, our);
        let same = |one: &Neighbour, next: &Neighbour| {
            (one.collection, one.endpoint) == (next.collection, next.endpoint)
        };
        for by_host in found.chunk_by(same) {
            let Some((theirs, their, other)) = by_host.first().and_then(|found| {
                let theirs = policy.collections.get(found.collection)?;
                Some((theirs, theirs.endpoints.get(found.endpoint)?, found.collection))
            }) else {
                continue;
            };
            let Some(by_path) = compare_endpoints(our, their) else {
                continue;
            };
            let pair = [(ours, our), (theirs, their)];
            let has = |direction: &Ordering| {
                by_host.iter().any(|found| {
                    found.by_host.then(by_path) == *direction
                        && !taken_by_another(policy, neighbours, pair, found.by_host)
                })
            };
            let directions = [Ordering::Less, Ordering::Equal, Ordering::Greater];
            for direction in directions.into_iter().filter(has) {
                let (winner, loser) = match direction {
                    Ordering::Greater => ((theirs, their), (ours, our)),
                    _ => ((ours, our), (theirs, their)),
                };
                let overlaps = meeting.entry(other).or_default();
                let (.., count) = overlaps.entry(direction).or_insert((winner, loser, 0));
                *count = count.saturating_add(1);
            }
        }
    }
    meeting
}

/// Whether some third endpoint takes all requests that two could match, so that neither takes any from the
/// other; only where its collection has the hosts at which they meet.
fn taken_by_another(
    policy: &Policy,
    neighbours: &Neighbours<'_>,
    [(ours, our), (theirs, their)]: [Member<'_>; 2],
    by_host: Ordering,
) -> bool {
    // They meet at the hosts of the one that has the more specific ones, and there the other is no rival.
    let (hosts, rivals) = match by_host {
        Ordering::Less => (&ours.hosts, &[our][..]),
        Ordering::Equal => (&ours.hosts, &[our, their][..]),
        Ordering::Greater => (&theirs.hosts, &[their][..]),
    };
    let is_taker = |collection: usize, endpoint: usize| {
        policy.collections.get(collection).is_some_and(|third| {
            let endpoint = third.endpoints.get(endpoint);
            endpoint.is_some_and(|endpoint| {
                let wins = |rival: &&Endpoint| compare_paths(&endpoint.path, &rival.path).is_lt();
                endpoint.methods.has_common(&our.methods, &their.methods)
                    && rivals.iter().all(wins)
                    && third.hosts == *hosts
            })
        })
    };
    let paths = Common::of(&our.path, &their.path);
    hosts.first().is_some_and(|host| neighbours.covers(host, &paths, is_taker))
}

/// No request could mean both, but a base path promises one thing about what lies below it.
fn by_base(ours: &Collection, theirs: &Collection) -> Option<Diagnostic> {
    let (public, protected) = match (ours.public, theirs.public) {
        (true, false) => (ours, theirs),
        (false, true) => (theirs, ours),
        _ => return None,
    };
    for (inner, outer) in [(public, protected), (protected, public)] {
        let base = &outer.base_path;
        let mut below =
            inner.endpoints.iter().filter(|endpoint| may_lie_below(&endpoint.path, base));
        if let Some(endpoint) = below.next() {
            let place = endpoint.place.0;
            let lies = if lies_below(&endpoint.path, base) { "lies" } else { "can lie" };
            let message = format!(
                "{} of {} {lies} below base path {} of {}{}",
                quote(&endpoint.name()),
                described(inner),
                quote(&base.to_string()),
                described(outer),
                others(below.count())
            );
            return Some(
                warning(lint(inner, outer), place, message)
                    .help(help(inner, outer))
                    .related(outer.place.0, "the other collection is here"),
            );
        }
    }
    None
}

fn overlap((winning, winner): Member<'_>, (losing, loser): Member<'_>, count: usize) -> Diagnostic {
    let message = format!(
        "{} of {} takes requests from {} of {}{}",
        quote(&winner.name()),
        described(winning),
        quote(&loser.name()),
        described(losing),
        others(count.saturating_sub(1))
    );
    warning(lint(winning, losing), winner.place.0, message)
        .help(help(winning, losing))
        .related(loser.place.0, "the endpoint that it takes them from is here")
}

fn lint(inner: &Collection, outer: &Collection) -> Lint {
    match (inner.public, outer.public) {
        (true, _) => Lint::PublicInsideProtected,
        (false, true) => Lint::ProtectedInsidePublic,
        (false, false) => Lint::CollectionsOverlap,
    }
}

fn help(inner: &Collection, outer: &Collection) -> &'static str {
    match lint(inner, outer) {
        Lint::PublicInsideProtected => {
            "anybody may use it without a credential while its collection is on: if that is meant, give it a base path of its own"
        }
        Lint::ProtectedInsidePublic => {
            "what lies below it looks public and is not: give the protected endpoints a base path of their own"
        }
        _ => {
            "the most specific endpoint decides, so a client needs its collection, too: put both into one collection, or give them different paths"
        }
    }
}

fn described(collection: &Collection) -> String {
    let kind = if collection.public { "public" } else { "protected" };
    format!("{kind} collection {}", quote(collection.name.as_str()))
}

fn others(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "; so does 1 other".to_owned(),
        _ => format!("; so do {count} others"),
    }
}
