//! What all endpoints of a document have to agree on.

use std::collections::{BTreeSet, HashMap};

use super::collection::Collection;
use super::endpoint::{Endpoint, Methods};
use super::host::HostPattern;
use super::method::MAX_METHODS;
use super::path::Segment;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Reader;

/// Host and path as far as requests can tell.
type Shape<'a> = (&'a HostPattern, &'a [Segment], bool);

/// Reports endpoints that no request could tell apart.
pub(super) fn check_overlaps(reader: &mut Reader, collections: &[Collection]) {
    let mut seen: HashMap<Shape<'_>, Vec<&Endpoint>> = HashMap::new();
    for collection in collections {
        for endpoint in &collection.endpoints {
            let mut other = None;
            for host in &collection.hosts {
                let shape = (host, endpoint.path.segments(), endpoint.path.rest());
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

/// Reports the first endpoint that names one method too many.
pub(super) fn check_methods(reader: &mut Reader, collections: &[Collection]) {
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
            return;
        }
    }
}
