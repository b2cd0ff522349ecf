//! Random policy documents.

use policy_compiler::Compiled;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use serde_json::{Map, Value, json};

use super::address;
use super::key::{self, Form};
use crate::policy::with_digests;

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

/// A policy, before its parts are named by their places.
#[derive(Debug, Clone)]
pub struct PolicySketch {
    gateway: Map<String, Value>,
    rule: Rule,
    lists: Vec<Vec<String>>,
    collections: Vec<Map<String, Value>>,
    clients: Vec<Client>,
}

#[derive(Debug, Clone)]
struct Rule {
    blocked: Vec<Entry>,
    allowed: Vec<Entry>,
}

#[derive(Debug, Clone)]
enum Entry {
    Text(String),
    List(Index),
}

#[derive(Debug, Clone)]
struct Client {
    fields: Map<String, Value>,
    collections: Vec<Index>,
    rule: Rule,
    keys: Vec<Key>,
}

#[derive(Debug, Clone)]
struct Key {
    fields: Map<String, Value>,
    form: Form,
    collections: Option<Vec<Index>>,
    rule: Rule,
}

impl PolicySketch {
    /// Policies of a few collections, clients and keys.
    pub fn any() -> impl Strategy<Value = Self> {
        let lists = vec(vec(address::entry(), 0..4), 0..3);
        (gateway(), rule(0.15), lists, vec(collection(), 1..5), vec(client(), 1..4)).prop_map(
            |(gateway, rule, lists, collections, clients)| Self {
                gateway,
                rule,
                lists,
                collections,
                clients,
            },
        )
    }

    /// The document, where `sha256(KEY)` stands for the digest of `KEY`.
    pub fn document(&self) -> String {
        let mut gateway = self.gateway.clone();
        self.write_rule(&mut gateway, &self.rule);
        let mut lines = vec!["version: 1".to_owned(), format!("gateway: {}", json!(gateway))];
        let mut section = |name: &str, entries: Vec<String>| {
            if !entries.is_empty() {
                lines.push(format!("{name}:"));
                lines.extend(entries);
            }
        };
        section("ip_lists", numbered("l", &self.lists, |_, list| json!(list).to_string()));
        section(
            "collections",
            numbered("c", &self.collections, |_, fields| json!(fields).to_string()),
        );
        section(
            "clients",
            numbered("client", &self.clients, |at, client| self.client_text(at, client)),
        );
        lines.push(String::new());
        lines.join("\n")
    }

    /// The policy and its table; none if the document is no policy.
    pub fn compile(&self) -> Option<Compiled> {
        let document = with_digests(&self.document());
        policy_compiler::compile_text("random.yaml", document, std::path::Path::new(".")).ok()
    }

    /// Every key in clear text.
    pub(super) fn keys(&self) -> Vec<String> {
        let keys = self.clients.iter().enumerate().flat_map(|(client, sketch)| {
            sketch
                .keys
                .iter()
                .enumerate()
                .map(move |(at, key)| key::text(key.form, self.key_prefix(), client, at))
        });
        keys.collect()
    }

    /// What keys of the product's own form begin with.
    pub(super) fn key_prefix(&self) -> &str {
        self.gateway.get("key_prefix").and_then(Value::as_str).unwrap_or("pc_live")
    }

    fn client_text(&self, at: usize, client: &Client) -> String {
        let mut fields = client.fields.clone();
        fields.insert("collections".to_owned(), self.collection_names(&client.collections));
        self.write_rule(&mut fields, &client.rule);
        let keys = client.keys.iter().enumerate().map(|(number, key)| {
            let mut fields = key.fields.clone();
            let text = key::text(key.form, self.key_prefix(), at, number);
            fields.insert("sha256".to_owned(), json!(format!("sha256({text})")));
            if let Some(collections) = &key.collections {
                fields.insert("collections".to_owned(), self.collection_names(collections));
            }
            self.write_rule(&mut fields, &key.rule);
            (format!("k{number}"), json!(fields))
        });
        fields.insert("keys".to_owned(), Value::Object(keys.collect()));
        json!(fields).to_string()
    }

    fn collection_names(&self, chosen: &[Index]) -> Value {
        chosen.iter().map(|index| format!("c{}", index.index(self.collections.len()))).collect()
    }

    fn write_rule(&self, fields: &mut Map<String, Value>, rule: &Rule) {
        for (name, entries) in [("blocked_ips", &rule.blocked), ("allowed_ips", &rule.allowed)] {
            let entries: Vec<Value> =
                entries.iter().filter_map(|entry| self.entry(entry)).collect();
            if !entries.is_empty() {
                fields.insert(name.to_owned(), json!(entries));
            }
        }
    }

    fn entry(&self, entry: &Entry) -> Option<Value> {
        match entry {
            Entry::Text(text) => Some(json!(text)),
            Entry::List(_) if self.lists.is_empty() => None,
            Entry::List(index) => {
                Some(json!({ "list": format!("l{}", index.index(self.lists.len())) }))
            }
        }
    }
}

fn numbered<T>(name: &str, entries: &[T], text: impl Fn(usize, &T) -> String) -> Vec<String> {
    entries
        .iter()
        .enumerate()
        .map(|(at, entry)| format!("  {name}{at}: {}", text(at, entry)))
        .collect()
}

fn gateway() -> impl Strategy<Value = Map<String, Value>> {
    let sources = vec![
        json!({ "header": "x-api-key" }),
        json!({ "header": "X-Other-Key" }),
        json!({ "bearer": true }),
        json!({ "basic": "api-token" }),
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
    (client_address, subsequence(sources, 1..=6).prop_shuffle(), forward, switches).prop_map(
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

fn collection() -> impl Strategy<Value = Map<String, Value>> {
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

fn client() -> impl Strategy<Value = Client> {
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
fn rule(probability: f64) -> impl Strategy<Value = Rule> {
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
