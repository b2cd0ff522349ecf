//! Which endpoints could match one request, found without comparing each with each: trees of path patterns,
//! one for each host.

mod covering;
mod hosts;

use std::cmp::Ordering;
use std::collections::BTreeSet;

use foldhash::HashMap;

use crate::model::{Collection, Endpoint, HostPattern, PathPattern, Policy, Segment};
use hosts::{Hosts, domain};

/// The endpoints of a policy, by host and path.
pub(super) struct Neighbours<'p> {
    hosts: Hosts<'p>,
    endpoints: Forest<'p>,
    /// The base paths of collections that say anything, each with all below it.
    bases: Forest<'p>,
}

/// An endpoint of another collection, by their positions, and how the hosts compare at which a request could
/// reach both: the more specific, which is the lesser one, decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Neighbour {
    pub(super) collection: usize,
    pub(super) endpoint: usize,
    pub(super) by_host: Ordering,
}

impl<'p> Neighbours<'p> {
    pub(super) fn of(policy: &'p Policy) -> Self {
        let hosts = Hosts::of(policy);
        let (mut endpoints, mut bases) = (Forest::default(), Forest::default());
        for (position, collection) in policy.collections.iter().enumerate() {
            let public = collection.public;
            for host in &collection.hosts {
                let member = |endpoint| Member { collection: position, endpoint, host, public };
                for (place, endpoint) in collection.endpoints.iter().enumerate() {
                    endpoints.add(&hosts, Way::of(&endpoint.path), member(place));
                }
                if let Some(below) = below(&collection.base_path) {
                    bases.add(&hosts, below, member(0));
                }
            }
        }
        Self { hosts, endpoints, bases }
    }

    /// The endpoints of later collections whose hosts and paths a request to `endpoint` could have; of
    /// public ones only where `collection` is not public, too.
    pub(super) fn of_endpoint(
        &self,
        position: usize,
        collection: &Collection,
        endpoint: &Endpoint,
    ) -> Vec<Neighbour> {
        let sought = Sought { after: position, protected: true, public: !collection.public };
        let mut found = Vec::new();
        self.find(&self.endpoints, collection, Way::of(&endpoint.path), sought, &mut found);
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The later collections of which one is public and the other is not, where an endpoint of one may lie
    /// below the base path of the other.
    pub(super) fn by_base(&self, position: usize, collection: &Collection) -> BTreeSet<usize> {
        let public = !collection.public;
        let sought = Sought { after: position, protected: !public, public };
        let mut found = Vec::new();
        if let Some(below) = below(&collection.base_path) {
            self.find(&self.endpoints, collection, below, sought, &mut found);
        }
        for endpoint in &collection.endpoints {
            self.find(&self.bases, collection, Way::of(&endpoint.path), sought, &mut found);
        }
        found.into_iter().map(|neighbour| neighbour.collection).collect()
    }

    /// What meets a way on the hosts of a collection.
    fn find(
        &self,
        forest: &Forest<'p>,
        collection: &Collection,
        way: Way<'_>,
        sought: Sought,
        found: &mut Vec<Neighbour>,
    ) {
        for our in &collection.hosts {
            for (by_host, tree) in forest.meeting(our) {
                let mut tell = |member: Member<'p>| {
                    let Member { collection, endpoint, host: their, .. } = member;
                    if !self.hosts.is_told_by_another((sought.after, our), (collection, their)) {
                        found.push(Neighbour { collection, endpoint, by_host });
                    }
                };
                tree.find(way, sought, &mut tell);
            }
        }
    }
}

/// Everything below a base path. The root says nothing.
fn below(base: &PathPattern) -> Option<Way<'_>> {
    let segments = base.segments();
    (!segments.is_empty()).then_some(Way { segments, rest: true })
}

/// What is left of a path pattern.
#[derive(Clone, Copy)]
struct Way<'p> {
    segments: &'p [Segment],
    rest: bool,
}

impl<'p> Way<'p> {
    fn of(path: &'p PathPattern) -> Self {
        Self { segments: path.segments(), rest: path.rest() }
    }
}

/// Which collections are sought.
#[derive(Clone, Copy)]
struct Sought {
    /// Those behind this position,
    after: usize,
    /// of these kinds.
    protected: bool,
    public: bool,
}

#[derive(Clone, Copy)]
struct Member<'p> {
    collection: usize,
    endpoint: usize,
    host: &'p HostPattern,
    public: bool,
}

impl Sought {
    fn wants(self, collection: usize, public: bool) -> bool {
        collection > self.after && if public { self.public } else { self.protected }
    }
}

/// Trees by host. Each is held once for every way in which another host can meet its own.
#[derive(Default)]
struct Forest<'p> {
    exact: HashMap<&'p str, Tree<'p>>,
    wildcard: HashMap<&'p str, Tree<'p>>,
    any: Tree<'p>,
    /// Those of exact hosts, by the domain that they are directly under, where a wildcard has it.
    under: HashMap<&'p str, Tree<'p>>,
    /// All but those of any host, where a collection has any.
    named: Tree<'p>,
}

impl<'p> Forest<'p> {
    fn add(&mut self, hosts: &Hosts<'p>, way: Way<'p>, member: Member<'p>) {
        match member.host {
            HostPattern::Any => return self.any.add(way, member),
            HostPattern::Exact(name) => {
                self.exact.entry(name.as_str()).or_default().add(way, member);
                let domain = domain(name.as_str()).filter(|name| hosts.domains.contains(name));
                if let Some(domain) = domain {
                    self.under.entry(domain).or_default().add(way, member);
                }
            }
            HostPattern::Wildcard(domain) => {
                self.wildcard.entry(domain.as_str()).or_default().add(way, member);
            }
        }
        if hosts.has_any {
            self.named.add(way, member);
        }
    }

    /// The trees of all hosts that one request could have together with `host`, and how that compares with them.
    fn meeting(&self, host: &HostPattern) -> impl Iterator<Item = (Ordering, &Tree<'p>)> {
        let [first, second, third] = match host {
            HostPattern::Any => {
                [Some((Ordering::Equal, &self.any)), Some((Ordering::Greater, &self.named)), None]
            }
            HostPattern::Exact(name) => {
                let wildcard = domain(name.as_str()).and_then(|domain| self.wildcard.get(domain));
                [
                    self.exact.get(name.as_str()).map(|tree| (Ordering::Equal, tree)),
                    wildcard.map(|tree| (Ordering::Less, tree)),
                    Some((Ordering::Less, &self.any)),
                ]
            }
            HostPattern::Wildcard(domain) => [
                self.wildcard.get(domain.as_str()).map(|tree| (Ordering::Equal, tree)),
                self.under.get(domain.as_str()).map(|tree| (Ordering::Greater, tree)),
                Some((Ordering::Less, &self.any)),
            ],
        };
        first.into_iter().chain(second).chain(third)
    }
}

/// Path patterns, segment by segment. Most trees have one below them, so what stands in a map is small.
#[derive(Default)]
struct Tree<'p> {
    literals: HashMap<&'p [u8], Box<Tree<'p>>>,
    parameter: Option<Box<Tree<'p>>>,
    /// What ends here,
    here: Vec<Member<'p>>,
    /// or goes on with any rest.
    rest: Vec<Member<'p>>,
    /// The last collections of all in it, the public and the protected one: where nothing is sought, nobody
    /// has to look.
    last_public: Option<usize>,
    last_protected: Option<usize>,
}

impl<'p> Tree<'p> {
    /// Members come in the order of their collections.
    fn add(&mut self, way: Way<'p>, member: Member<'p>) {
        let last = if member.public { &mut self.last_public } else { &mut self.last_protected };
        *last = Some(member.collection);
        let Some((segment, segments)) = way.segments.split_first() else {
            let ends = if way.rest { &mut self.rest } else { &mut self.here };
            return ends.push(member);
        };
        let next = match segment {
            Segment::Literal(text) => self.literals.entry(text).or_default(),
            Segment::Parameter => self.parameter.get_or_insert_default(),
        };
        next.add(Way { segments, ..way }, member);
    }

    /// Tells of every member whose pattern a path could match together with what is left of another.
    fn find(&self, way: Way<'_>, sought: Sought, found: &mut impl FnMut(Member<'p>)) {
        let last = [(self.last_public, true), (self.last_protected, false)];
        let wanted = |(last, public): (Option<usize>, bool)| {
            last.is_some_and(|collection| sought.wants(collection, public))
        };
        if !last.into_iter().any(wanted) {
            return;
        }
        let mut tell = |members: &[Member<'p>]| {
            let wanted = |member: &Member<'_>| sought.wants(member.collection, member.public);
            members.iter().copied().filter(wanted).for_each(&mut *found);
        };
        tell(&self.rest);
        let Some((segment, segments)) = way.segments.split_first() else {
            tell(&self.here);
            if way.rest {
                self.below().for_each(|tree| tree.find(way, sought, found));
            }
            return;
        };
        let way = Way { segments, ..way };
        match segment {
            Segment::Literal(text) => {
                // A parameter is a segment that is not empty.
                let parameter = self.parameter.as_deref().filter(|_| !text.is_empty());
                let literal = self.literals.get(&**text).map(Box::as_ref);
                for tree in literal.into_iter().chain(parameter) {
                    tree.find(way, sought, found);
                }
            }
            Segment::Parameter => {
                let literals = self.literals.iter().filter(|(text, _)| !text.is_empty());
                for tree in literals.map(|(_, tree)| tree.as_ref()).chain(self.parameter.as_deref())
                {
                    tree.find(way, sought, found);
                }
            }
        }
    }

    /// The trees of one segment more.
    fn below(&self) -> impl Iterator<Item = &Self> {
        self.literals.values().map(Box::as_ref).chain(self.parameter.as_deref())
    }
}

#[cfg(test)]
mod tests;
