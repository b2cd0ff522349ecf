//! Makes requests of recipes, with the parts of one policy.

use std::collections::BTreeSet;
use std::net::IpAddr;

use policy_compiler::model::{AddressRule, HostPattern, Methods, Policy};
use proptest::sample::Index;

use super::credential::Served;
use super::policy::PolicySketch;
use super::recipe::{Host, Method, Recipe};
use crate::latin1;
use crate::request::Request;

/// A moment at which no key begins or ends.
const NOON: i64 = 1_763_899_200;

/// The parts of a policy that requests are made of.
#[derive(Debug)]
pub(super) struct Kitchen<'a> {
    policy: &'a Policy,
    keys: Vec<String>,
    key_prefix: String,
    endpoints: Vec<Place>,
    /// First and last addresses of every range.
    ends: Vec<IpAddr>,
    /// Beginnings and ends of every window.
    times: Vec<i64>,
}

/// An endpoint at one of its hosts, as texts.
#[derive(Debug)]
struct Place {
    host: String,
    path: String,
    methods: Vec<String>,
}

impl<'a> Kitchen<'a> {
    /// The parts of a policy, and its keys in clear text.
    pub(super) fn new(sketch: &PolicySketch, policy: &'a Policy) -> Self {
        let keys = || policy.clients.iter().flat_map(|client| &client.keys);
        let rules = [&policy.gateway.rule].into_iter();
        let rules = rules
            .chain(policy.clients.iter().map(|client| &*client.rule))
            .chain(keys().map(|key| &*key.rule));
        let times: BTreeSet<i64> = keys()
            .flat_map(|key| [key.window.not_before(), key.window.expires()])
            .flatten()
            .chain([NOON])
            .collect();
        Self {
            policy,
            keys: sketch.keys(),
            key_prefix: sketch.key_prefix().to_owned(),
            endpoints: endpoints(policy),
            ends: rules.flat_map(ends).collect::<BTreeSet<_>>().into_iter().collect(),
            times: times.into_iter().collect(),
        }
    }

    /// The request that a recipe means here.
    pub(super) fn cook(&self, recipe: &Recipe) -> Request {
        let mut served = Served::default();
        let main = self.key(recipe);
        for placement in &recipe.credentials {
            placement.serve(
                &self.policy.gateway.credentials,
                &main,
                &self.keys,
                &self.key_prefix,
                &mut served,
            );
        }
        let mut headers = served.headers;
        for line in &recipe.forwarded {
            let entries: Vec<String> = line.iter().map(|entry| entry.cook(&self.ends)).collect();
            headers.push((b"X-Forwarded-For".to_vec(), entries.join(",").into_bytes()));
        }
        let mut add = |name: &str, value: &str| {
            headers.push((name.as_bytes().to_vec(), latin1::bytes(value)))
        };
        if recipe.origin {
            add("Origin", "https://app.example.com");
        }
        if recipe.request_method {
            add("access-control-request-method", "");
        }
        for (name, value) in &recipe.headers {
            add(name, value);
        }
        let endpoint = pick(&self.endpoints, recipe.endpoint);
        let mut path = recipe.path.cook(endpoint.map_or("/", |endpoint| &endpoint.path));
        let other = recipe.parameters.iter().map(|text| (*text).to_owned());
        let parameters: Vec<String> = other.chain(served.parameters).collect();
        if !parameters.is_empty() {
            path = format!("{path}?{}", parameters.join("&"));
        }
        Request {
            method: method(&recipe.method, endpoint).as_bytes().to_vec(),
            host: host(&recipe.host, endpoint).into_bytes(),
            path: path.into_bytes(),
            headers,
            address: recipe.address.as_ref().map(|edge| edge.cook(&self.ends)),
            now: self.time(recipe),
        }
    }

    fn time(&self, recipe: &Recipe) -> i64 {
        match recipe.time {
            Some((at, step)) => pick(&self.times, at).map_or(NOON, |time| time + i64::from(step)),
            None => NOON,
        }
    }

    fn key(&self, recipe: &Recipe) -> Vec<u8> {
        let key = pick(&self.keys, recipe.key.0).map_or("nobodys-key", String::as_str);
        super::key::bytes(recipe.key.1, key, &self.key_prefix)
    }
}

fn endpoints(policy: &Policy) -> Vec<Place> {
    let mut places = Vec::new();
    for collection in &policy.collections {
        for host in &collection.hosts {
            for endpoint in &collection.endpoints {
                places.push(Place {
                    host: match host {
                        HostPattern::Any => "any.test".to_owned(),
                        host => host.to_string(),
                    },
                    path: endpoint.path.to_string(),
                    methods: match &endpoint.methods {
                        Methods::All => vec!["GET".to_owned()],
                        Methods::Only(methods) => methods.iter().map(ToString::to_string).collect(),
                    },
                });
            }
        }
    }
    places
}

fn method<'a>(recipe: &Method, endpoint: Option<&'a Place>) -> &'a str {
    match recipe {
        Method::Any(name) => name,
        Method::OfEndpoint(index) => endpoint
            .and_then(|endpoint| pick(&endpoint.methods, *index))
            .map_or("GET", String::as_str),
    }
}

fn host(recipe: &Host, endpoint: Option<&Place>) -> String {
    let host =
        recipe.other.or(endpoint.map(|endpoint| endpoint.host.as_str())).unwrap_or("localhost");
    let mut host = host.replace('*', recipe.label);
    if recipe.in_capitals {
        host = host.to_ascii_uppercase();
    }
    host + recipe.after
}

fn pick<T>(from: &[T], index: Index) -> Option<&T> {
    from.get(index.index(from.len().max(1)))
}

fn ends(rule: &AddressRule) -> impl Iterator<Item = IpAddr> {
    rule.blocked
        .ranges()
        .chain(rule.allowed.ranges())
        .flat_map(|range| [range.first(), range.last()])
}
