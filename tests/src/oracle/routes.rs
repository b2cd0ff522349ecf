//! Endpoints: which match a host and a path, and which of them decides.

use std::collections::BTreeSet;

use policy_compiler::model::{
    Collection, Endpoint, HostPattern, Methods, PathPattern, Policy, Segment,
};

/// An endpoint that matches host and path, through one host pattern of its collection.
pub(super) struct Route<'a> {
    pub(super) collection: &'a Collection,
    /// The collection's position in the policy.
    pub(super) index: usize,
    pub(super) endpoint: &'a Endpoint,
    host: &'a HostPattern,
}

/// Every endpoint that matches host and path, whatever its methods, switched on or off.
pub(super) fn matching<'a>(
    policy: &'a Policy,
    host: &[u8],
    path: Option<&[Vec<u8>]>,
) -> Vec<Route<'a>> {
    let mut routes = Vec::new();
    let Some(path) = path else { return routes };
    for (index, collection) in policy.collections.iter().enumerate() {
        for host in collection.hosts.iter().filter(|pattern| host_matches(pattern, host)) {
            for endpoint in &collection.endpoints {
                if path_matches(&endpoint.path, path) {
                    routes.push(Route { collection, index, endpoint, host });
                }
            }
        }
    }
    routes
}

/// Among those with the method the most specific: host first, then segment by segment from the left.
pub(super) fn most_specific<'a, 'b>(
    routes: &'b [Route<'a>],
    method: &[u8],
) -> Option<&'b Route<'a>> {
    routes
        .iter()
        .filter(|route| has_method(&route.endpoint.methods, method))
        .min_by_key(|route| rank(route))
}

/// Whether a method is none: no endpoint names it, and it is no token, or a server that makes large letters of small
/// ones would take it for another.
pub(super) fn is_no_method(policy: &Policy, method: &[u8]) -> bool {
    let is_named = named_methods(policy).any(|name| name.as_bytes() == method);
    let is_mark = |byte: &u8| b"!#$%&'*+-.^_`|~".contains(byte);
    let is_one = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || is_mark(byte);
    !is_named && (method.is_empty() || !method.iter().all(is_one))
}

fn named_methods(policy: &Policy) -> impl Iterator<Item = &str> {
    let endpoints = policy.collections.iter().flat_map(|collection| &collection.endpoints);
    let named = endpoints.filter_map(|endpoint| match &endpoint.methods {
        Methods::Only(names) => Some(names),
        Methods::All => None,
    });
    named.flatten().map(|method| method.as_str())
}

/// The methods whose most specific endpoint is switched on, of those that the policy names, sorted, and of the common ones
/// beside them.
pub(super) fn allowed_methods(policy: &Policy, routes: &[Route<'_>]) -> String {
    let named: BTreeSet<&str> = named_methods(policy).collect();
    let common = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
    let unnamed = common.into_iter().filter(|name| !named.contains(name));
    let is_on = |name: &&str| {
        most_specific(routes, name.as_bytes())
            .is_some_and(|route| route.collection.active && route.endpoint.active)
    };
    named.iter().copied().chain(unnamed).filter(is_on).collect::<Vec<_>>().join(", ")
}

fn host_matches(pattern: &HostPattern, host: &[u8]) -> bool {
    match pattern {
        HostPattern::Any => true,
        HostPattern::Exact(name) => host == name.as_str().as_bytes(),
        HostPattern::Wildcard(name) => {
            let mut parts = host.splitn(2, |byte| *byte == b'.');
            let label = parts.next().unwrap_or_default();
            !label.is_empty() && parts.next() == Some(name.as_str().as_bytes())
        }
    }
}

fn path_matches(pattern: &PathPattern, path: &[Vec<u8>]) -> bool {
    let wanted = pattern.segments();
    let enough = path.len() == wanted.len() || (pattern.rest() && path.len() > wanted.len());
    enough && wanted.iter().zip(path).all(|(wanted, segment)| segment_matches(wanted, segment))
}

fn segment_matches(wanted: &Segment, segment: &[u8]) -> bool {
    match wanted {
        Segment::Literal(literal) => **literal == *segment,
        Segment::Parameter => !segment.is_empty(),
    }
}

fn has_method(methods: &Methods, method: &[u8]) -> bool {
    match methods {
        Methods::All => true,
        Methods::Only(names) => names.iter().any(|name| name.as_str().as_bytes() == method),
    }
}

/// Smaller is more specific. A pattern that ends where another one goes on with `**` is a prefix of it, and so smaller.
fn rank(route: &Route<'_>) -> (u8, Vec<u8>) {
    let host = match route.host {
        HostPattern::Exact(_) => 0,
        HostPattern::Wildcard(_) => 1,
        HostPattern::Any => 2,
    };
    let segment = |segment: &Segment| match segment {
        Segment::Literal(_) => 0,
        Segment::Parameter => 1,
    };
    let pattern = &route.endpoint.path;
    let rest = pattern.rest().then_some(2);
    (host, pattern.segments().iter().map(segment).chain(rest).collect())
}
