//! What all endpoints of a document have to agree on.

use std::collections::{BTreeSet, HashMap};

use super::collection::Collection;
use super::endpoint::{Endpoint, Methods};
use super::host::HostPattern;
use super::method::MAX_METHODS;
use super::path::Segment;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Reader;

/// The most nodes that trees of paths may have where no two paths begin alike: a table has a tree for each
/// host, and in it a node for the host and for each segment.
const MOST_NODES: usize = 2_000_000;

/// Reports the first collection with which there are too many routes; whether there is none.
pub(super) fn check_count(reader: &mut Reader, collections: &[Collection]) -> bool {
    let mut count = 0_usize;
    for collection in collections {
        let nodes = |endpoint: &Endpoint| endpoint.path.segments().len().saturating_add(1);
        let nodes = collection.endpoints.iter().map(nodes).fold(0, usize::saturating_add);
        count = count.saturating_add(collection.hosts.len().saturating_mul(nodes));
        if count > MOST_NODES {
            let message = format!(
                "the routes of the document have more than {MOST_NODES} nodes, one and the segments of each endpoint counted on each host of its collection"
            );
            let help = "name fewer hosts: `*.example.com` is any under a domain, and without `hosts` every host is meant";
            let place = collection.place.0;
            reader.report(Diagnostic::error(Code::TooMany, place, message).help(help));
            return false;
        }
    }
    true
}

/// Host and path as far as requests can tell: the segments, and whether any rest follows.
pub(crate) type Shape<'a> = (&'a HostPattern, &'a [Segment], bool);

/// The endpoints of one shape that are the first with some method: whatever meets any of that shape
/// meets one of these.
#[derive(Default)]
struct Firsts<'a>(Vec<&'a Endpoint>);

impl<'a> Firsts<'a> {
    /// Adds one more endpoint; the first that it meets.
    fn add(&mut self, endpoint: &'a Endpoint) -> Option<&'a Endpoint> {
        let meets = |earlier: &&&Endpoint| earlier.methods.intersects(&endpoint.methods);
        let other = self.0.iter().find(meets).copied();
        if other.is_none() || self.has_not_all_of(&endpoint.methods) {
            self.0.push(endpoint);
        }
        other
    }

    fn has_not_all_of(&self, methods: &Methods) -> bool {
        let mut earlier = self.0.iter().map(|endpoint| &endpoint.methods);
        match methods {
            Methods::All => !earlier.any(|earlier| *earlier == Methods::All),
            Methods::Only(methods) => {
                !methods.iter().all(|method| earlier.clone().any(|earlier| earlier.has(method)))
            }
        }
    }
}

/// Reports endpoints that no request could tell apart; `placed` are the collections of which it is known
/// where their paths begin. The others are compared with themselves alone.
pub(super) fn check_overlaps(reader: &mut Reader, collections: &[Collection], placed: &[bool]) {
    let mut seen: HashMap<(Option<usize>, Shape<'_>), Firsts<'_>> = HashMap::new();
    for (position, (collection, is_placed)) in collections.iter().zip(placed).enumerate() {
        let alone = (!is_placed).then_some(position);
        for endpoint in &collection.endpoints {
            let mut other = None;
            for host in &collection.hosts {
                let shape = (host, endpoint.path.segments(), endpoint.path.rest());
                let overlap = seen.entry((alone, shape)).or_default().add(endpoint);
                other = other.or(overlap.map(|earlier| (earlier, host)));
            }
            if let Some((earlier, host)) = other {
                let message = format!(
                    "no request could tell `{}` from `{}` ({host})",
                    endpoint.name(),
                    earlier.name()
                );
                reader.report(
                    Diagnostic::error(Code::OverlappingEndpoints, endpoint.place.0, message)
                        .help("give them different hosts, paths or methods, or remove one")
                        .related(earlier.place.0, "the other one is here"),
                );
            }
        }
    }
}

/// Reports the first endpoint that names one method too many; whether there is none.
pub(super) fn check_methods(reader: &mut Reader, collections: &[Collection]) -> bool {
    let mut methods = BTreeSet::new();
    for endpoint in collections.iter().flat_map(|collection| &collection.endpoints) {
        if let Methods::Only(names) = &endpoint.methods {
            methods.extend(names);
        }
        if methods.len() > MAX_METHODS {
            let message = format!("the document names more than {MAX_METHODS} different methods");
            reader.report(
                Diagnostic::error(Code::TooMany, endpoint.place.0, message)
                    .help("leave `methods` out where every method is meant"),
            );
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::load_text;

    /// Thousands that say the same are compared with one.
    #[test]
    fn an_endpoint_is_compared_with_the_first_of_each_method() {
        let text = "version: 1
collections:
  orders:
    endpoints:
      - { path: /get, methods: [ GET ] }
      - { path: /put, methods: [ PUT ] }
      - { path: /both, methods: [ GET, POST ] }
      - { path: /post, methods: [ POST ] }
      - { path: /all }
";
        let policy = load_text("policy.yaml", text.to_owned(), Path::new(""), &Default::default())
            .unwrap()
            .policy;
        let [orders] = policy.collections.as_slice() else { panic!("{policy:?}") };
        let [get, put, both, post, all] = orders.endpoints.as_slice() else { panic!("{orders:?}") };
        let mut firsts = Firsts::default();
        assert!(firsts.add(get).is_none() && firsts.add(put).is_none());
        assert_eq!(firsts.add(both), Some(get));
        for _ in 0..100 {
            assert_eq!(firsts.add(get), Some(get));
            assert_eq!(firsts.add(post), Some(both));
            assert_eq!(firsts.add(all), Some(get));
        }
        assert_eq!(firsts.0, [get, put, both, all]);
    }
}
