//! What all endpoints of a document have to agree on.

use std::collections::{BTreeSet, HashMap};

use super::collection::Collection;
use super::endpoint::{Endpoint, Methods};
use super::host::HostPattern;
use super::method::MAX_METHODS;
use super::path::Segment;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Reader;

/// The most routes: a table has each endpoint once for each host of its collection.
const MOST_ROUTES: usize = 1_000_000;

/// Reports the first collection with which there are too many routes; whether there is none.
pub(super) fn check_count(reader: &mut Reader, collections: &[Collection]) -> bool {
    let mut count = 0_usize;
    for collection in collections {
        let routes = collection.hosts.len().saturating_mul(collection.endpoints.len());
        count = count.saturating_add(routes);
        if count > MOST_ROUTES {
            let message = format!(
                "the document has more than {MOST_ROUTES} routes, each endpoint of a collection counted on each of its hosts"
            );
            let help = "name fewer hosts: `*.example.com` is any under a domain, and without `hosts` every host is meant";
            let place = collection.place.0;
            reader.report(Diagnostic::error(Code::TooMany, place, message).help(help));
            return false;
        }
    }
    true
}

/// Host and path as far as requests can tell, and the one collection within which they can if it is not
/// known where its paths begin.
type Shape<'a> = (Option<usize>, &'a HostPattern, &'a [Segment], bool);

/// Reports endpoints that no request could tell apart; `placed` are the collections of which it is known
/// where their paths begin.
pub(super) fn check_overlaps(reader: &mut Reader, collections: &[Collection], placed: &[bool]) {
    let mut seen: HashMap<Shape<'_>, Vec<&Endpoint>> = HashMap::new();
    for (position, (collection, is_placed)) in collections.iter().zip(placed).enumerate() {
        let alone = (!is_placed).then_some(position);
        for endpoint in &collection.endpoints {
            let mut other = None;
            for host in &collection.hosts {
                let shape = (alone, host, endpoint.path.segments(), endpoint.path.rest());
                let endpoints = seen.entry(shape).or_default();
                let overlap =
                    endpoints.iter().find(|earlier| earlier.methods.intersects(&endpoint.methods));
                other = other.or(overlap.map(|earlier| (*earlier, host)));
                endpoints.push(endpoint);
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
