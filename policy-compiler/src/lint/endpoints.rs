//! Endpoints that no request can reach, because more specific ones take them all, or that few will, because their
//! parameters are written as those of another router.

use std::collections::HashMap;

use super::{Lint, warning};
use crate::diagnostic::Diagnostics;
use crate::model::{Endpoint, HostPattern, Method, Methods, Policy, Segment, Shape};
use crate::source::quote;

/// Only a trailing `**` can be used up: literals never use up a parameter, nor hosts a
/// wildcard, as there is always one more.
pub(super) fn check(policy: &Policy, diagnostics: &mut Diagnostics) {
    let mut routes = Routes::default();
    for collection in &policy.collections {
        for (endpoint, host) in pairs(&collection.endpoints, &collection.hosts) {
            let shape = (host, endpoint.path.segments(), endpoint.path.rest());
            routes.0.entry(shape).or_default().push(&endpoint.methods);
        }
    }
    for endpoint in policy.collections.iter().flat_map(|collection| &collection.endpoints) {
        check_parameters(endpoint, diagnostics);
    }
    for collection in &policy.collections {
        for endpoint in collection.endpoints.iter().filter(|endpoint| endpoint.path.rest()) {
            if collection.hosts.iter().all(|host| routes.use_up(host, endpoint)) {
                let name = quote(&endpoint.name());
                let message =
                    format!("no request can reach {name}: more specific endpoints take them all");
                diagnostics.push(
                    warning(Lint::UnreachableEndpoint, endpoint.place.0, message)
                        .help("remove it, or one of those below it"),
                );
            }
        }
    }
}

/// Escapes show that a mark is meant, so the path is looked at as it stands in the document.
fn check_parameters(endpoint: &Endpoint, diagnostics: &mut Diagnostics) {
    let path = endpoint.path.to_string();
    let Some((segment, name)) = path.split('/').find_map(|segment| {
        let angled = segment.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
        let name = segment.strip_prefix(':').or(angled)?;
        name.starts_with(|first: char| first.is_ascii_alphabetic()).then_some((segment, name))
    }) else {
        return;
    };
    // A type may stand before the name, and a form behind it: `<int:id>`, `:id(…)`.
    let name = name.rsplit(':').next().unwrap_or(name);
    let name = name.split(|end: char| !end.is_ascii_alphanumeric() && end != '_').next();
    let name = name.filter(|name| !name.is_empty()).unwrap_or("name");
    let message = format!("{} is matched as it stands in {}", quote(segment), quote(&path));
    diagnostics.push(warning(Lint::LiteralParameter, endpoint.place.0, message).help(format!(
        "write `{{{name}}}` for any one segment, or its marks as escapes if they are meant"
    )));
}

fn pairs<'p>(
    endpoints: &'p [Endpoint],
    hosts: &'p [HostPattern],
) -> impl Iterator<Item = (&'p Endpoint, &'p HostPattern)> {
    endpoints.iter().flat_map(move |endpoint| hosts.iter().map(move |host| (endpoint, host)))
}

/// The methods of all endpoints.
#[derive(Default)]
struct Routes<'p>(HashMap<Shape<'p>, Vec<&'p Methods>>);

impl<'p> Routes<'p> {
    /// Whether others take everything that an endpoint with `**` matches on a host.
    fn use_up(&self, host: &'p HostPattern, endpoint: &Endpoint) -> bool {
        let uses_up = |method| {
            let mut segments = endpoint.path.segments().to_vec();
            // No path has no segment: that of `/` is an empty one.
            let here = segments.is_empty() || self.has(host, &segments, false, method);
            here && self.has_slash(host, &mut segments, method)
                && self.use_up_below(host, &mut segments, method)
        };
        match &endpoint.methods {
            Methods::All => uses_up(None),
            Methods::Only(methods) => methods.iter().all(|method| uses_up(Some(method))),
        }
    }

    /// Whether everything below a path, with one more segment or many, is taken.
    fn use_up_below(
        &self,
        host: &'p HostPattern,
        segments: &mut Vec<Segment>,
        method: Option<&Method>,
    ) -> bool {
        segments.push(Segment::Parameter);
        let taken = self.has(host, segments, true, method)
            || (self.has(host, segments, false, method)
                && self.has_slash(host, segments, method)
                && self.use_up_below(host, segments, method));
        segments.pop();
        taken
    }

    fn has_slash(
        &self,
        host: &'p HostPattern,
        segments: &mut Vec<Segment>,
        method: Option<&Method>,
    ) -> bool {
        segments.push(Segment::Literal(Box::default()));
        let taken = self.has(host, segments, false, method);
        segments.pop();
        taken
    }

    /// Whether an endpoint takes a method, or all of them.
    fn has(
        &self,
        host: &'p HostPattern,
        segments: &[Segment],
        rest: bool,
        method: Option<&Method>,
    ) -> bool {
        let endpoints = self.0.get(&(host, segments, rest));
        endpoints.into_iter().flatten().any(|methods| match method {
            Some(method) => methods.has(method),
            None => **methods == Methods::All,
        })
    }
}
