//! Which endpoints could match one request, found without comparing each with each: trees of path patterns,
//! one for each host.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use foldhash::{HashMap, HashSet};

use crate::model::{Collection, Endpoint, HostPattern, PathPattern, Policy, Segment};

/// The endpoints of a policy, by host and path.
#[derive(Default)]
pub(super) struct Neighbours<'p> {
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
        let hosts = || policy.collections.iter().flat_map(|collection| &collection.hosts);
        let has_any = hosts().any(|host| *host == HostPattern::Any);
        let domains: HashSet<&str> = hosts()
            .filter_map(|host| match host {
                HostPattern::Wildcard(domain) => Some(domain.as_str()),
                _ => None,
            })
            .collect();
        let forest = || Forest { has_any, domains: domains.clone(), ..Forest::default() };
        let mut neighbours = Self { endpoints: forest(), bases: forest() };
        for (position, collection) in policy.collections.iter().enumerate() {
            let member =
                |endpoint| Member { collection: position, endpoint, public: collection.public };
            for host in &collection.hosts {
                for (place, endpoint) in collection.endpoints.iter().enumerate() {
                    neighbours.endpoints.add(host, Way::of(&endpoint.path), member(place));
                }
                if let Some(below) = below(&collection.base_path) {
                    neighbours.bases.add(host, below, member(0));
                }
            }
        }
        neighbours
    }

    /// The endpoints of later collections whose hosts and paths a request to `endpoint` could have; of
    /// public ones only where `collection` is not public, too.
    pub(super) fn of_endpoint(
        &self,
        position: usize,
        collection: &Collection,
        endpoint: &Endpoint,
    ) -> BTreeSet<Neighbour> {
        let sought = Sought { after: position, protected: true, public: !collection.public };
        let mut found = BTreeSet::new();
        self.endpoints.find(collection, Way::of(&endpoint.path), sought, &mut found);
        found
    }

    /// The later collections of which one is public and the other is not, where an endpoint of one may lie
    /// below the base path of the other.
    pub(super) fn by_base(&self, position: usize, collection: &Collection) -> BTreeSet<usize> {
        let public = !collection.public;
        let sought = Sought { after: position, protected: !public, public };
        let mut found = BTreeSet::new();
        if let Some(below) = below(&collection.base_path) {
            self.endpoints.find(collection, below, sought, &mut found);
        }
        for endpoint in &collection.endpoints {
            self.bases.find(collection, Way::of(&endpoint.path), sought, &mut found);
        }
        found.into_iter().map(|neighbour| neighbour.collection).collect()
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
struct Member {
    collection: usize,
    endpoint: usize,
    public: bool,
}

impl Sought {
    fn wants(self, member: Member) -> bool {
        member.collection > self.after && if member.public { self.public } else { self.protected }
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
    has_any: bool,
    domains: HashSet<&'p str>,
}

impl<'p> Forest<'p> {
    fn add(&mut self, host: &'p HostPattern, way: Way<'p>, member: Member) {
        match host {
            HostPattern::Any => return self.any.add(way, member),
            HostPattern::Exact(name) => {
                self.exact.entry(name.as_str()).or_default().add(way, member);
                let domain = domain(name.as_str()).filter(|name| self.domains.contains(name));
                if let Some(domain) = domain {
                    self.under.entry(domain).or_default().add(way, member);
                }
            }
            HostPattern::Wildcard(domain) => {
                self.wildcard.entry(domain.as_str()).or_default().add(way, member);
            }
        }
        if self.has_any {
            self.named.add(way, member);
        }
    }

    /// What meets a way on the hosts of a collection.
    fn find(
        &self,
        collection: &Collection,
        way: Way<'_>,
        sought: Sought,
        found: &mut BTreeSet<Neighbour>,
    ) {
        for (by_host, tree) in collection.hosts.iter().flat_map(|host| self.meeting(host)) {
            tree.find(way, sought, &mut |Member { collection, endpoint, .. }| {
                found.insert(Neighbour { collection, endpoint, by_host });
            });
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

fn domain(host: &str) -> Option<&str> {
    host.split_once('.').map(|(_, domain)| domain)
}

/// Path patterns, segment by segment.
#[derive(Default)]
struct Tree<'p> {
    literals: HashMap<&'p [u8], Tree<'p>>,
    parameter: Option<Box<Tree<'p>>>,
    /// What ends here,
    here: Vec<Member>,
    /// or goes on with any rest.
    rest: Vec<Member>,
    /// The last collections of all in it, the public and the protected one: where nothing is sought, nobody
    /// has to look.
    last_public: Option<Member>,
    last_protected: Option<Member>,
}

impl<'p> Tree<'p> {
    /// Members come in the order of their collections.
    fn add(&mut self, way: Way<'p>, member: Member) {
        let last = if member.public { &mut self.last_public } else { &mut self.last_protected };
        *last = Some(member);
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
    fn find(&self, way: Way<'_>, sought: Sought, found: &mut impl FnMut(Member)) {
        let last = [self.last_public, self.last_protected];
        if !last.into_iter().flatten().any(|member| sought.wants(member)) {
            return;
        }
        let mut tell = |members: &[Member]| {
            members.iter().copied().filter(|member| sought.wants(*member)).for_each(&mut *found);
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
                for tree in self.literals.get(&**text).into_iter().chain(parameter) {
                    tree.find(way, sought, found);
                }
            }
            Segment::Parameter => {
                let literals = self.literals.iter().filter(|(text, _)| !text.is_empty());
                for tree in literals.map(|(_, tree)| tree).chain(self.parameter.as_deref()) {
                    tree.find(way, sought, found);
                }
            }
        }
    }

    /// The trees of one segment more.
    fn below(&self) -> impl Iterator<Item = &Self> {
        self.literals.values().chain(self.parameter.as_deref())
    }
}

#[cfg(test)]
mod tests;
