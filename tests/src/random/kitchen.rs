//! Makes requests of recipes, with the parts of one policy.

use std::collections::BTreeSet;
use std::net::IpAddr;

use policy_compiler::model::{AddressRule, HostPattern, Methods, Policy};
use proptest::sample::Index;

use super::credential::Served;
use super::policy::PolicySketch;
use super::recipe::{Method, Recipe};
use crate::request::Request;

/// A moment at which no key begins or ends.
const NOON: i64 = 1_763_899_200;

/// The parts of a policy that requests are made of.
#[derive(Debug)]
pub(super) struct Kitchen<'a> {
    policy: &'a Policy,
    keys: Vec<String>,
    key_prefix: String,
    paths: Vec<String>,
    methods: Vec<String>,
    hosts: Vec<String>,
    /// First and last addresses of every range.
    ends: Vec<IpAddr>,
    /// Beginnings and ends of every window.
    times: Vec<i64>,
}

impl<'a> Kitchen<'a> {
    /// The parts of a policy, and its keys in clear text.
    pub(super) fn new(sketch: &PolicySketch, policy: &'a Policy) -> Self {
        let endpoints = || policy.collections.iter().flat_map(|collection| &collection.endpoints);
        let keys = || policy.clients.iter().flat_map(|client| &client.keys);
        let methods = |methods: &'a Methods| match methods {
            Methods::All => [].iter(),
            Methods::Only(methods) => methods.iter(),
        };
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
            paths: distinct(endpoints().map(|endpoint| endpoint.path.to_string())),
            methods: distinct(
                endpoints()
                    .flat_map(|endpoint| methods(&endpoint.methods))
                    .map(ToString::to_string),
            ),
            hosts: distinct(
                policy.collections.iter().flat_map(|collection| &collection.hosts).map(|host| {
                    match host {
                        HostPattern::Any => "any.test".to_owned(),
                        host => host.to_string(),
                    }
                }),
            ),
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
        let mut add =
            |name: &str, value: &str| headers.push((name.as_bytes().to_vec(), latin1(value)));
        if recipe.origin {
            add("Origin", "https://app.example.com");
        }
        if recipe.request_method {
            add("access-control-request-method", "");
        }
        for (name, value) in &recipe.headers {
            add(name, value);
        }
        let mut path = recipe.path.cook(&self.paths);
        let other = recipe.parameters.iter().map(|text| (*text).to_owned());
        let parameters: Vec<String> = other.chain(served.parameters).collect();
        if !parameters.is_empty() {
            path = format!("{path}?{}", parameters.join("&"));
        }
        Request {
            method: self.method(recipe).into_bytes(),
            host: self.host(recipe).into_bytes(),
            path: path.into_bytes(),
            headers,
            address: recipe.address.as_ref().map(|edge| edge.cook(&self.ends)),
            now: pick(&self.times, recipe.time.0).copied().unwrap_or(NOON)
                + i64::from(recipe.time.1),
        }
    }

    fn key(&self, recipe: &Recipe) -> Vec<u8> {
        let key = pick(&self.keys, recipe.key.0).map_or("nobodys-key", String::as_str);
        super::key::bytes(recipe.key.1, key, &self.key_prefix)
    }

    fn method(&self, recipe: &Recipe) -> String {
        match &recipe.method {
            Method::OfPolicy(index) => {
                pick(&self.methods, *index).map_or("GET", String::as_str).to_owned()
            }
            Method::Any(name) => (*name).to_owned(),
        }
    }

    fn host(&self, recipe: &Recipe) -> String {
        let recipe = &recipe.host;
        let host = recipe.of_policy.and_then(|index| pick(&self.hosts, index));
        let mut host = host.map_or(recipe.other, String::as_str).replace('*', recipe.label);
        if recipe.in_capitals {
            host = host.to_ascii_uppercase();
        }
        host + recipe.after
    }
}

fn pick<T>(from: &[T], index: Index) -> Option<&T> {
    from.get(index.index(from.len().max(1)))
}

fn distinct(texts: impl Iterator<Item = String>) -> Vec<String> {
    texts.collect::<BTreeSet<_>>().into_iter().collect()
}

fn ends(rule: &AddressRule) -> impl Iterator<Item = IpAddr> {
    rule.blocked
        .ranges()
        .chain(rule.allowed.ranges())
        .flat_map(|range| [range.first(), range.last()])
}

/// Characters as the bytes of the same number.
fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|character| u8::try_from(character).unwrap_or(b'?')).collect()
}
