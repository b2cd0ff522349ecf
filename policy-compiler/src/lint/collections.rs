//! Collections whose endpoints lie in each other's way.

use std::cmp::Ordering;

use super::paths::{bases_meet, compare_endpoints, compare_hosts, lies_below};
use super::{Lint, warning};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Collection, Endpoint, Policy};
use crate::source::quote;

/// Looks at each two collections.
pub(super) fn check(policy: &Policy, diagnostics: &mut Diagnostics) {
    for (position, ours) in policy.collections.iter().enumerate() {
        for theirs in policy.collections.iter().skip(position.saturating_add(1)) {
            // Anybody may use both, whichever decides.
            if ours.public && theirs.public || !bases_meet(&ours.base_path, &theirs.base_path) {
                continue;
            }
            if let Some(by_host) = compare_hosts(ours, theirs) {
                check_pair(ours, theirs, by_host, diagnostics);
            }
        }
    }
}

/// An endpoint and its collection.
type Member<'p> = (&'p Collection, &'p Endpoint);

fn check_pair(
    ours: &Collection,
    theirs: &Collection,
    by_host: Ordering,
    diagnostics: &mut Diagnostics,
) {
    // Of each direction the first is told, with the number of the others.
    let mut first: [Option<(Member<'_>, Member<'_>)>; 2] = [None, None];
    let mut counts = [0_usize; 2];
    for our in &ours.endpoints {
        for their in &theirs.endpoints {
            let Some(order) = compare_endpoints(our, their) else {
                continue;
            };
            let (ours, theirs) = ((ours, our), (theirs, their));
            let [we, they] = &mut first;
            let [we_count, they_count] = &mut counts;
            let (slot, count, pair) = match by_host.then(order) {
                Ordering::Greater => (they, they_count, (theirs, ours)),
                _ => (we, we_count, (ours, theirs)),
            };
            slot.get_or_insert(pair);
            *count = count.saturating_add(1);
        }
    }
    if first.iter().all(Option::is_none) {
        check_bases(ours, theirs, diagnostics);
    }
    for (pair, count) in first.into_iter().zip(counts) {
        if let Some((winner, loser)) = pair {
            diagnostics.push(overlap(winner, loser, count));
        }
    }
}

/// No request could mean both, but a base path promises one thing about what lies below it.
fn check_bases(ours: &Collection, theirs: &Collection, diagnostics: &mut Diagnostics) {
    let (public, protected) = match (ours.public, theirs.public) {
        (true, false) => (ours, theirs),
        (false, true) => (theirs, ours),
        _ => return,
    };
    for (inner, outer) in [(public, protected), (protected, public)] {
        let mut below =
            inner.endpoints.iter().filter(|endpoint| lies_below(&endpoint.path, &outer.base_path));
        if let Some(endpoint) = below.next() {
            let place = endpoint.place.0;
            let message = format!(
                "{} of {} lies below base path {} of {}{}",
                quote(&endpoint.name()),
                described(inner),
                quote(&outer.base_path.to_string()),
                described(outer),
                others(below.count())
            );
            diagnostics.push(
                warning(lint(inner, outer), place, message)
                    .help(help(inner, outer))
                    .related(outer.place.0, "the other collection is here"),
            );
            return;
        }
    }
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
            "anybody may use it without a credential: if that is meant, give it a base path of its own"
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
