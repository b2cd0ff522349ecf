//! The hosts of all collections, and which of two that meet says what a request gets.

use foldhash::HashSet;

use crate::model::{HostPattern, Policy};

/// What all hosts together say about each.
pub(super) struct Hosts<'p> {
    /// Whether a collection answers for any.
    pub(super) has_any: bool,
    /// The domains of wildcards.
    pub(super) domains: HashSet<&'p str>,
    /// The exact hosts of collections, by their positions, that have a wildcard over them as well.
    beside_wildcards: HashSet<(usize, &'p str)>,
}

impl<'p> Hosts<'p> {
    pub(super) fn of(policy: &'p Policy) -> Self {
        let mut all = Self {
            has_any: false,
            domains: HashSet::default(),
            beside_wildcards: HashSet::default(),
        };
        for (position, collection) in policy.collections.iter().enumerate() {
            let wildcards = collection.hosts.iter().filter_map(|host| match host {
                HostPattern::Wildcard(domain) => Some(domain.as_str()),
                _ => None,
            });
            let own: HashSet<&str> = wildcards.collect();
            for host in &collection.hosts {
                match host {
                    HostPattern::Any => all.has_any = true,
                    HostPattern::Exact(name)
                        if domain(name.as_str()).is_some_and(|domain| own.contains(domain)) =>
                    {
                        all.beside_wildcards.insert((position, name.as_str()));
                    }
                    _ => {}
                }
            }
            all.domains.extend(own);
        }
        all
    }

    /// Whether the collection of a wildcard has the exact host of the other one, too: this host tells of
    /// both then, since a wildcard counts for nothing on a host that its collection has by name.
    pub(super) fn is_told_by_another(
        &self,
        (ours, our): (usize, &HostPattern),
        (theirs, their): (usize, &HostPattern),
    ) -> bool {
        let has = |collection, name| self.beside_wildcards.contains(&(collection, name));
        match (our, their) {
            (HostPattern::Exact(name), HostPattern::Wildcard(_)) => has(theirs, name.as_str()),
            (HostPattern::Wildcard(_), HostPattern::Exact(name)) => has(ours, name.as_str()),
            _ => false,
        }
    }
}

/// What stands below the first label of a host.
pub(super) fn domain(host: &str) -> Option<&str> {
    host.split_once('.').map(|(_, domain)| domain)
}
