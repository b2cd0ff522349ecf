//! How path patterns and hosts relate to each other.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::model::{Collection, Endpoint, HostPattern, PathPattern, Segment};

/// How the hosts compare at which a request could reach both collections: the more specific,
/// which is the lesser one, decides. None where no host is one of both.
pub(super) fn compare_hosts(ours: &Collection, theirs: &Collection) -> BTreeSet<Ordering> {
    let pairs =
        ours.hosts.iter().flat_map(|our| theirs.hosts.iter().map(move |their| (our, their)));
    pairs
        .filter(|(our, their)| hosts_meet(our, their))
        .map(|(our, their)| rank(our).cmp(&rank(their)))
        .collect()
}

/// Whether a request could match both endpoints, hosts aside; if so, which is more specific:
/// the lesser one decides.
pub(super) fn compare_endpoints(ours: &Endpoint, theirs: &Endpoint) -> Option<Ordering> {
    if !ours.methods.intersects(&theirs.methods) || !paths_meet(&ours.path, &theirs.path) {
        return None;
    }
    let (our, their) = (ours.path.segments(), theirs.path.segments());
    let differing = our.iter().zip(their).map(|pair| match pair {
        (Segment::Literal(_), Segment::Parameter) => Ordering::Less,
        (Segment::Parameter, Segment::Literal(_)) => Ordering::Greater,
        _ => Ordering::Equal,
    });
    // What ends later, or without any rest, says more.
    Some(
        differing
            .fold(Ordering::Equal, Ordering::then)
            .then(their.len().cmp(&our.len()))
            .then(ours.path.rest().cmp(&theirs.path.rest())),
    )
}

/// Whether every path of an endpoint begins as a base path says. The root says nothing.
pub(super) fn lies_below(path: &PathPattern, base: &PathPattern) -> bool {
    let (segments, base) = (path.segments(), base.segments());
    !base.is_empty()
        && segments.len() >= base.len()
        && segments.iter().zip(base).all(|(segment, base)| segments_meet(segment, base))
}

/// Whether paths below one base path could be below the other.
pub(super) fn bases_meet(ours: &PathPattern, theirs: &PathPattern) -> bool {
    ours.segments().iter().zip(theirs.segments()).all(|(our, their)| segments_meet(our, their))
}

fn paths_meet(ours: &PathPattern, theirs: &PathPattern) -> bool {
    let shorter_goes_on = match ours.segments().len().cmp(&theirs.segments().len()) {
        Ordering::Less => ours.rest(),
        Ordering::Equal => true,
        Ordering::Greater => theirs.rest(),
    };
    shorter_goes_on && bases_meet(ours, theirs)
}

fn segments_meet(our: &Segment, their: &Segment) -> bool {
    match (our, their) {
        (Segment::Literal(our), Segment::Literal(their)) => our == their,
        // A parameter is a segment that is not empty.
        (Segment::Literal(literal), Segment::Parameter)
        | (Segment::Parameter, Segment::Literal(literal)) => !literal.is_empty(),
        (Segment::Parameter, Segment::Parameter) => true,
    }
}

fn hosts_meet(our: &HostPattern, their: &HostPattern) -> bool {
    match (our, their) {
        (HostPattern::Any, _) | (_, HostPattern::Any) => true,
        (HostPattern::Exact(name), HostPattern::Wildcard(domain))
        | (HostPattern::Wildcard(domain), HostPattern::Exact(name)) => {
            name.as_str().split_once('.').is_some_and(|(_, rest)| rest == domain.as_str())
        }
        _ => our == their,
    }
}

fn rank(host: &HostPattern) -> u8 {
    match host {
        HostPattern::Exact(_) => 0,
        HostPattern::Wildcard(_) => 1,
        HostPattern::Any => 2,
    }
}
