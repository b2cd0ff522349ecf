//! Which endpoints take every path that two patterns have in common.

use super::{Forest, Member, Neighbours, Tree};
use crate::lint::paths::Common;
use crate::model::{HostPattern, Segment};

impl Neighbours<'_> {
    /// Whether there is an endpoint on a host that every one of these paths matches, and that is `sought`, by
    /// the positions of its collection and of itself.
    pub(in crate::lint) fn covers(
        &self,
        host: &HostPattern,
        paths: &Common<'_>,
        sought: impl Fn(usize, usize) -> bool,
    ) -> bool {
        let sought = |member: &Member<'_>| sought(member.collection, member.endpoint);
        self.endpoints
            .of(host)
            .is_some_and(|tree| tree.covers(&paths.segments, paths.rest, &sought))
    }
}

impl<'p> Forest<'p> {
    /// The tree of exactly this host.
    fn of(&self, host: &HostPattern) -> Option<&Tree<'p>> {
        match host {
            HostPattern::Any => Some(&self.any),
            HostPattern::Exact(name) => self.exact.get(name.as_str()),
            HostPattern::Wildcard(domain) => self.wildcard.get(domain.as_str()),
        }
    }
}

impl<'p> Tree<'p> {
    fn covers(
        &self,
        segments: &[&Segment],
        rest: bool,
        sought: &impl Fn(&Member<'p>) -> bool,
    ) -> bool {
        if self.rest.iter().any(sought) {
            return true;
        }
        let Some((segment, segments)) = segments.split_first() else {
            return !rest && self.here.iter().any(sought);
        };
        let (literal, parameter) = match segment {
            // A parameter is a segment that is not empty.
            Segment::Literal(text) => {
                (self.literals.get(&**text), self.parameter.as_deref().filter(|_| !text.is_empty()))
            }
            Segment::Parameter => (None, self.parameter.as_deref()),
        };
        let literal = literal.map(Box::as_ref);
        literal.into_iter().chain(parameter).any(|tree| tree.covers(segments, rest, sought))
    }
}
