//! The parts of random policies: few values for each, so that they collide.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use serde_json::{Map, Value, json};

use super::{Client, Entry, Key, Rule};
use crate::random::{address, key};

const HOSTS: &[&str] =
    &["api.example.com", "eu.example.com", "*.example.com", "*.eu.example.com", "[2001:db8::1]"];
const BASE_PATHS: &[&str] = &["/", "/a", "/a/b", "/b", "/a%20b"];
const PATHS: &[&str] = &[
    "/", "/a", "/a/", "/b", "/a/b", "/{x}", "/{x}/", "/a/{x}", "/{x}/b", "/{x}/{y}", "/**",
    "/a/**", "/{x}/**", "/%3B", "/%25", "/é", "/a.b",
];
const METHODS: &[&str] = &["GET", "POST", "DELETE", "OPTIONS", "HEAD", "get", "X-OWN"];
const TIMES: &[&str] = &[
    "2020-01-01T00:00:00Z",
    "2025-06-01",
    "2026-01-01T00:00:00+02:00",
    "2027-01-01T00:00:00Z",
    "2090-01-01",
];

pub(super) fn gateway() -> impl Strategy<Value = Map<String, Value>> {
    let sources = vec![
        json!({ "header": "x-api-key" }),
        json!({ "header": "X-Other-Key" }),
        json!({ "bearer": true }),
        json!({ "basic": "api-token" }),
        json!({ "basic": "second" }),
        json!({ "query": "api_key" }),
        json!({ "cookie": "api_key" }),
    ];
    let client_address = prop_oneof![
        Just(json!({ "from": "connection" })),
        (1..4_u8).prop_map(|hops| json!({ "from": "x-forwarded-for", "trusted_hops": hops })),
    ];
    let names = subsequence(
        vec![("client", "x-client-id"), ("key", "x-key-id"), ("collection", "x-collection")],
        0..=3,
    );
    let forward =
        names.prop_map(|names| names.into_iter().collect::<std::collections::BTreeMap<_, _>>());
    let switches = (
        option::weighted(0.3, select(vec!["deny", "allow"])),
        option::weighted(0.5, select(vec!["authorize", "allow"])),
        option::weighted(0.3, select(vec!["k", "pc_test"])),
        option::weighted(0.3, any::<bool>()),
    );
    (client_address, subsequence(sources, 1..=7).prop_shuffle(), forward, switches).prop_map(
        |(client_address, credentials, forward, (unmatched, preflight, key_prefix, strip))| {
            fields([
                ("client_address", Some(client_address)),
                ("credentials", Some(json!(credentials))),
                ("forward", Some(json!(forward))),
                ("unmatched", unmatched.map(Value::from)),
                ("preflight", preflight.map(Value::from)),
                ("key_prefix", key_prefix.map(Value::from)),
                ("strip_credential", strip.map(Value::from)),
            ])
        },
    )
}

pub(super) fn collection() -> impl Strategy<Value = Map<String, Value>> {
    let methods = option::weighted(0.6, subsequence(METHODS, 1..4));
    let endpoint =
        (select(PATHS), methods, switched_off(0.15)).prop_map(|(path, methods, active)| {
            let methods = methods.map(|methods| json!(methods));
            json!(fields([("path", Some(json!(path))), ("methods", methods), ("active", active)]))
        });
    let endpoints = option::weighted(0.8, vec(endpoint, 1..4));
    let hosts = option::weighted(0.5, subsequence(HOSTS, 1..3));
    (
        option::weighted(0.7, select(BASE_PATHS)),
        hosts,
        endpoints,
        switched_off(0.1),
        option::weighted(0.15, Just(true)),
    )
        .prop_map(|(base_path, hosts, endpoints, active, public)| {
            fields([
                ("base_path", base_path.map(Value::from)),
                ("hosts", hosts.map(|hosts| json!(hosts))),
                ("endpoints", endpoints.map(Value::from)),
                ("active", active),
                ("public", public.map(Value::from)),
            ])
        })
}

pub(super) fn client() -> impl Strategy<Value = Client> {
    let collections = vec(any::<Index>(), 0..4);
    (switched_off(0.1), collections, rule(0.2), vec(key(), 0..4)).prop_map(
        |(active, collections, rule, keys)| Client {
            fields: fields([("active", active)]),
            collections,
            rule,
            keys,
        },
    )
}

fn key() -> impl Strategy<Value = Key> {
    let collections = option::weighted(0.2, vec(any::<Index>(), 0..3));
    // In order: a key that expires before it begins is no policy.
    let window = subsequence(TIMES, 0..=2);
    (switched_off(0.1), (window, any::<bool>()), key::form(), collections, rule(0.25)).prop_map(
        |(active, times, form, collections, rule)| {
            let (not_before, expires) = match times {
                (times, _) if times.len() == 2 => (times.first().copied(), times.last().copied()),
                (times, true) => (times.first().copied(), None),
                (times, false) => (None, times.first().copied()),
            };
            let (not_before, expires) = (not_before.map(Value::from), expires.map(Value::from));
            Key {
                fields: fields([
                    ("active", active),
                    ("not_before", not_before),
                    ("expires", expires),
                ]),
                form,
                collections,
                rule,
            }
        },
    )
}

/// A rule that says something with this probability.
pub(super) fn rule(probability: f64) -> impl Strategy<Value = Rule> {
    let entry = || {
        prop_oneof![
            4 => address::entry().prop_map(Entry::Text),
            1 => any::<Index>().prop_map(Entry::List),
        ]
    };
    let lists = (vec(entry(), 0..3), vec(entry(), 0..4));
    option::weighted(probability, lists).prop_map(|lists| {
        let (blocked, allowed) = lists.unwrap_or_default();
        Rule { blocked, allowed }
    })
}

fn switched_off(probability: f64) -> impl Strategy<Value = Option<Value>> {
    option::weighted(probability, Just(json!(false)))
}

fn fields<const N: usize>(fields: [(&str, Option<Value>); N]) -> Map<String, Value> {
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
