//! Random policy documents.

mod parts;

use std::collections::BTreeSet;

use policy_compiler::Compiled;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value, json};

use super::address;
use super::key::{self, Form};
use crate::policy::with_digests;

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
        let collections = vec(parts::collection(), 1..5);
        let clients = vec(parts::client(), 1..4);
        (parts::gateway(), parts::rule(0.15), lists, collections, clients).prop_map(
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
        policy_compiler::compile_text(
            "random.yaml",
            document,
            std::path::Path::new("."),
            &Default::default(),
        )
        .ok()
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
        // A collection that is named twice is an error.
        let chosen: BTreeSet<usize> =
            chosen.iter().map(|index| index.index(self.collections.len())).collect();
        chosen.iter().map(|index| format!("c{index}")).collect()
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
