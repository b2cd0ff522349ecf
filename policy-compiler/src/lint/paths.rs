//! How path patterns relate to each other.

use std::cmp::Ordering;

use crate::model::{Endpoint, PathPattern, Segment};

/// Whether a request could match both endpoints, hosts aside; if so, which is more specific:
/// the lesser one decides.
pub(super) fn compare_endpoints(ours: &Endpoint, theirs: &Endpoint) -> Option<Ordering> {
    let meet = ours.methods.intersects(&theirs.methods) && paths_meet(&ours.path, &theirs.path);
    meet.then(|| compare_paths(&ours.path, &theirs.path))
}

/// Which of two patterns that one path could match is more specific: the lesser one.
pub(super) fn compare_paths(ours: &PathPattern, theirs: &PathPattern) -> Ordering {
    let (our, their) = (ours.segments(), theirs.segments());
    let differing = our.iter().zip(their).map(|pair| match pair {
        (Segment::Literal(_), Segment::Parameter) => Ordering::Less,
        (Segment::Parameter, Segment::Literal(_)) => Ordering::Greater,
        _ => Ordering::Equal,
    });
    // What ends later, or without any rest, says more.
    differing
        .fold(Ordering::Equal, Ordering::then)
        .then(their.len().cmp(&our.len()))
        .then(ours.rest().cmp(&theirs.rest()))
}

/// The paths that two patterns both match, as another pattern.
pub(super) struct Common<'p> {
    pub(super) segments: Vec<&'p Segment>,
    /// Whether any further segments match.
    pub(super) rest: bool,
}

impl<'p> Common<'p> {
    /// What two patterns that meet have in common.
    pub(super) fn of(ours: &'p PathPattern, theirs: &'p PathPattern) -> Self {
        let (our, their) = (ours.segments(), theirs.segments());
        let (short, long) = if our.len() < their.len() { (our, their) } else { (their, our) };
        let narrower = short.iter().zip(long).map(|(one, other)| match one {
            Segment::Literal(_) => one,
            Segment::Parameter => other,
        });
        let further = long.iter().skip(short.len());
        Self { segments: narrower.chain(further).collect(), rest: ours.rest() && theirs.rest() }
    }
}

/// Whether every path of an endpoint that [may lie below](may_lie_below) a base path does.
pub(super) fn lies_below(path: &PathPattern, base: &PathPattern) -> bool {
    let mut pairs = path.segments().iter().zip(base.segments());
    pairs.all(|(segment, base)| *base == Segment::Parameter || segment == base)
}

/// Whether a path of an endpoint may begin as a base path says. The root says nothing.
pub(super) fn may_lie_below(path: &PathPattern, base: &PathPattern) -> bool {
    let (segments, base) = (path.segments(), base.segments());
    !base.is_empty()
        && segments.len() >= base.len()
        && segments.iter().zip(base).all(|(segment, base)| segments_meet(segment, base))
}

/// Whether one path could match both patterns.
pub(super) fn paths_meet(ours: &PathPattern, theirs: &PathPattern) -> bool {
    let shorter_goes_on = match ours.segments().len().cmp(&theirs.segments().len()) {
        Ordering::Less => ours.rest(),
        Ordering::Equal => true,
        Ordering::Greater => theirs.rest(),
    };
    shorter_goes_on
        && ours
            .segments()
            .iter()
            .zip(theirs.segments())
            .all(|(our, their)| segments_meet(our, their))
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
