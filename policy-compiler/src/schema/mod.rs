//! The JSON Schema (draft 2020-12) of the policy document: what an editor knows while one types.
//!
//! The schema judges form: fields, types, words and the shape of values. What one part of a
//! document says about another (references, duplicates, windows, overlaps) is for
//! `portcullis check`. The fields, words and bounds are the reader's own, so that a field
//! which the schema does not describe fails a test.

mod clients;
mod collections;
mod gateway;
mod object;
mod patterns;
#[cfg(test)]
mod tests;
mod values;

use serde_json::{Map, Value, json};

use crate::model::forms;
use object::{definition, mapping_of, object};

/// The schema of the whole document.
pub fn policy_schema() -> Value {
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
    schema.insert("title".to_owned(), "Portcullis policy, version 1".into());
    schema.extend(policy());
    let definitions: Map<String, Value> = values::definitions()
        .into_iter()
        .chain(gateway::definitions())
        .chain(collections::definitions())
        .chain(clients::definitions())
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect();
    schema.insert("$defs".to_owned(), definitions.into());
    schema.into()
}

fn policy() -> Map<String, Value> {
    object(
        "One document that says who may call what, with which key, from where and until when.",
        &forms::POLICY,
        &["version"],
        [
            (
                "version",
                json!({
                    "description": "The version of this format.",
                    "const": forms::VERSION,
                }),
            ),
            ("gateway", definition("gateway", "What holds for every request.")),
            (
                "ip_lists",
                mapping_of(
                    "named_list",
                    "IP lists with names, to refer to as `{ list: name }`.",
                    json!({ "office": ["203.0.113.0/24", "2001:db8:1::/48"] }),
                ),
            ),
            (
                "usage_policies",
                mapping_of(
                    "usage_policy",
                    "Rate limits and quotas with names. This version checks them and does not enforce them.",
                    json!({ "gold": { "rate": { "requests": 100, "per": "1m" } } }),
                ),
            ),
            (
                "collections",
                mapping_of(
                    "collection",
                    "API collections by name: the sets of endpoints that clients are granted.",
                    json!({ "orders": { "base_path": "/orders-v1" } }),
                ),
            ),
            (
                "clients",
                mapping_of(
                    "client",
                    "Clients by name: who may call.",
                    json!({ "acme": { "collections": ["orders"] } }),
                ),
            ),
            (
                "key_files",
                definition(
                    "key_files",
                    "CSV files with keys of many clients; the first column is `client`.",
                ),
            ),
            ("limits", definition("limits", "What the document may hold.")),
            ("legacy", definition("legacy", "When legacy access profiles end.")),
        ],
    )
}
