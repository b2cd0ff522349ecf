//! Classes of requests: all hosts, paths and methods, divided so that two tables lead all requests of
//! a class to the same places.

use foldhash::HashMap;
use policy_table::settings::{Preflight, Unmatched};
use policy_table::walk::{Routed, route};
use policy_table::{CollectionIndex, EndpointIndex, PlainRequest, Reason, Table};

use super::hosts;
use super::methods::{Method, MethodClasses, methods};
use super::paths::Paths;

/// Requests for which both tables have the same answer before any credential is looked at.
#[derive(Debug, Clone)]
pub struct Class {
    /// Where the old and where the new table leads them.
    pub routes: [Destination; 2],
    /// Their methods.
    pub(super) methods: MethodClasses,
    /// One of them.
    pub example: Example,
}

/// Where a table leads a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Destination {
    /// What host, path and method lead to.
    pub routed: Routed,
    /// Whether it is a preflight that the table lets pass.
    pub preflight: bool,
}

/// What a request needs to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gate {
    /// Nothing helps.
    Closed,
    /// A key that is granted this collection.
    Granted(CollectionIndex),
    /// Nothing.
    Open,
}

/// Host, path and method of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The host.
    pub host: String,
    /// The path.
    pub path: String,
    /// The method.
    pub method: String,
    /// Whether it has the headers of a CORS preflight.
    pub preflight: bool,
}

/// The classes of two tables.
pub(super) struct Classes {
    pub(super) classes: Vec<Class>,
    pub(super) methods: Vec<Method>,
}

/// The path of a request that is about no resource (RFC 9112, section 3.2.4): no table knows it.
const NO_RESOURCE: &str = "*";

impl Classes {
    /// All classes of requests.
    pub(super) fn of(tables: [&Table<'_>; 2]) -> Self {
        let mut finder = Finder {
            tables,
            methods: methods(tables),
            known: HashMap::default(),
            classes: Vec::new(),
        };
        let paths = Paths::new(tables);
        for host in hosts::examples(tables) {
            finder.add(&host, NO_RESOURCE);
            paths.on(&host, &mut |path: &str| finder.add(&host, path));
        }
        Self { classes: finder.classes, methods: finder.methods }
    }
}

struct Finder<'t> {
    tables: [&'t Table<'t>; 2],
    methods: Vec<Method>,
    known: HashMap<[Destination; 2], usize>,
    classes: Vec<Class>,
}

impl Finder<'_> {
    /// Adds the classes of a host and a path.
    fn add(&mut self, host: &str, path: &str) {
        for (position, method) in self.methods.iter().enumerate() {
            let request = PlainRequest {
                method: method.name.as_bytes(),
                host: host.as_bytes(),
                path: path.as_bytes(),
                headers: &[],
                address: None,
                now: 0,
            };
            let Some(routes) = destinations(self.tables, &request, method.preflight) else {
                return;
            };
            let class = *self.known.entry(routes).or_insert_with(|| {
                self.classes.push(Class {
                    routes,
                    methods: MethodClasses::default(),
                    example: Example {
                        host: host.to_owned(),
                        path: path.to_owned(),
                        method: method.name.clone(),
                        preflight: method.preflight,
                    },
                });
                self.classes.len() - 1
            });
            if let Some(class) = self.classes.get_mut(class) {
                class.methods.insert(position);
            }
        }
    }
}

/// Where two tables lead a request, which may have the headers of a preflight; nothing for a path or
/// host that all tables refuse alike.
pub(super) fn destinations(
    tables: [&Table<'_>; 2],
    request: &PlainRequest<'_>,
    preflight: bool,
) -> Option<[Destination; 2]> {
    let [old, new] = tables.map(|table| {
        let preflight = preflight && table.settings().preflight == Preflight::Allow;
        route(table, request).ok().map(|routed| Destination { routed, preflight })
    });
    Some([old?, new?])
}

impl Destination {
    /// What the table asks of the request.
    pub fn gate(self, table: &Table<'_>) -> Gate {
        if self.preflight {
            return Gate::Open;
        }
        match self.routed {
            Routed::Endpoint(endpoint) => endpoint_gate(table, endpoint),
            Routed::Unknown if table.settings().unmatched == Unmatched::Allow => Gate::Open,
            Routed::Unknown | Routed::MethodNotAllowed => Gate::Closed,
        }
    }

    /// Why a request without a credential is refused, if it is.
    pub(super) fn refusal(self, table: &Table<'_>) -> Option<Reason> {
        match (self.gate(table), self.routed) {
            (Gate::Open, _) => None,
            (Gate::Granted(_), _) => Some(Reason::CredentialMissing),
            (Gate::Closed, Routed::MethodNotAllowed) => Some(Reason::MethodNotAllowed),
            (Gate::Closed, Routed::Unknown) => Some(Reason::EndpointUnknown),
            (Gate::Closed, Routed::Endpoint(endpoint)) => match table.endpoint_facts(endpoint) {
                Some(facts) if facts.collection_active => Some(Reason::EndpointInactive),
                _ => Some(Reason::CollectionInactive),
            },
        }
    }

    /// Where it leads, in words: an endpoint and its collection, or why there is none.
    pub(super) fn words(self, table: &Table<'_>) -> String {
        let Some(endpoint) = self.endpoint() else {
            let otherwise = if self.preflight { Reason::Preflight } else { Reason::Unmatched };
            return self.refusal(table).unwrap_or(otherwise).code().to_owned();
        };
        let name = table.endpoint_name(endpoint);
        let collection = table.endpoint_collection(endpoint);
        let collection = collection.map_or("", |one| table.collection_name(one));
        let off = if self.gate(table) == Gate::Closed { ", switched off" } else { "" };
        format!("{name} of {collection}{off}")
    }

    /// The endpoint, where it is one.
    pub fn endpoint(self) -> Option<EndpointIndex> {
        match self.routed {
            Routed::Endpoint(endpoint) if !self.preflight => Some(endpoint),
            _ => None,
        }
    }
}

fn endpoint_gate(table: &Table<'_>, endpoint: EndpointIndex) -> Gate {
    match table.endpoint_facts(endpoint) {
        Some(facts) if facts.active && facts.public => Gate::Open,
        Some(facts) if facts.active => Gate::Granted(facts.collection),
        _ => Gate::Closed,
    }
}
