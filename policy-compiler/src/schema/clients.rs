//! Clients, their keys, and what they may use.

use serde_json::{Map, Value, json};

use super::object::{definition, definition_or, ip_rule, mapping_of, object, truth};
use crate::model::{Legacy, forms, show_time};

pub(super) fn definitions() -> [(&'static str, Value); 9] {
    [
        ("client", client().into()),
        ("key", key().into()),
        ("access_profile", access_profile().into()),
        ("collection_names", collection_names()),
        ("key_files", key_files()),
        ("usage_policy", usage_policy().into()),
        ("allowance", allowance().into()),
        ("limits", limits().into()),
        ("legacy", legacy().into()),
    ]
}

fn client() -> Map<String, Value> {
    let [blocked, allowed] = ip_rule("the client");
    object(
        "A logical group of users, such as one organisation.",
        &forms::CLIENT,
        &[],
        [
            ("description", json!({ "description": "For people.", "type": ["string", "number"] })),
            ("active", truth("Whether it is switched on.", true)),
            (
                "auth",
                json!({
                    "description": "How its users say who they are. `jwt`, `oidc` and `oauth2` are not supported by this version yet.",
                    "enum": ["key"],
                    "default": "key",
                }),
            ),
            ("collections", definition("collection_names", "The collections that it may use.")),
            ("usage_policy", definition("reference", "The usage policy that holds for it.")),
            blocked,
            allowed,
            (
                "keys",
                mapping_of(
                    "key",
                    "Its keys by name. `portcullis key new` makes one and adds its digest here.",
                    json!({ "production": { "sha256": "0".repeat(64) } }),
                ),
            ),
            (
                "key_files",
                definition(
                    "key_files",
                    "CSV files with more of its keys. The first line names the columns: `name,sha256`, then any of `active`, `not_before`, `expires`, `allowed_ips`, `blocked_ips`, `collections`.",
                ),
            ),
            (
                "access_profiles",
                mapping_of(
                    "access_profile",
                    "Legacy access profiles by name; new ones are keys.",
                    json!({ "warehouse": { "sha256": "0".repeat(64), "created": "2023-04-18" } }),
                ),
            ),
        ],
    )
}

fn key() -> Map<String, Value> {
    let [blocked, allowed] = ip_rule("the key");
    object(
        "One API key: only its SHA-256 is ever stored.",
        &forms::KEY,
        &["sha256"],
        [
            sha256(),
            ("active", truth("Whether it is switched on.", true)),
            blocked,
            allowed,
            (
                "not_before",
                definition("time", "The first moment of its validity; absent is always."),
            ),
            (
                "expires",
                definition("time", "The moment after the last of its validity; absent is never."),
            ),
            (
                "collections",
                definition(
                    "collection_names",
                    "Narrows the client's grant to these collections, never widens it; absent is all of the client's.",
                ),
            ),
        ],
    )
}

fn access_profile() -> Map<String, Value> {
    let [blocked, allowed] = ip_rule("the access profile");
    object(
        "The legacy form of a key, with its own collections and dates.",
        &forms::ACCESS_PROFILE,
        &["sha256"],
        [
            sha256(),
            ("active", truth("Whether it is switched on.", true)),
            blocked,
            allowed,
            (
                "created",
                definition("time", "When it was created; not later than `legacy.frozen_after`."),
            ),
            (
                "not_before",
                definition("time", "The first moment of its validity; absent is always."),
            ),
            (
                "expires",
                definition(
                    "time",
                    "The moment after the last of its validity, never later than `legacy.ends`.",
                ),
            ),
            (
                "collections",
                definition(
                    "collection_names",
                    "Its own grant in place of the client's; absent is the client's.",
                ),
            ),
            (
                "usage_policy",
                definition("reference", "Its own usage policy; absent is the client's."),
            ),
        ],
    )
}

fn sha256() -> (&'static str, Value) {
    (
        "sha256",
        definition(
            "sha256",
            "The SHA-256 of the key, as `portcullis key hash` prints it. Never the key itself.",
        ),
    )
}

fn collection_names() -> Value {
    json!({
        "description": "Names of collections.",
        "type": "array",
        "items": { "$ref": "#/$defs/reference" },
        "uniqueItems": true,
        "examples": [["orders"]],
    })
}

fn key_files() -> Value {
    json!({
        "description": "Paths of CSV files, relative to the document.",
        "type": "array",
        "items": { "type": "string", "description": "The path of a key file." },
        "examples": [["keys/acme.csv"]],
    })
}

fn usage_policy() -> Map<String, Value> {
    let mut policy = object(
        "How much a client may ask for: `rate`, `quota` or both.",
        &forms::USAGE_POLICY,
        &[],
        [
            ("rate", definition("allowance", "How fast.")),
            ("quota", definition("allowance", "How much in all.")),
        ],
    );
    policy.insert("minProperties".to_owned(), 1.into());
    policy
}

fn allowance() -> Map<String, Value> {
    let mut allowance = object(
        "A number of requests in a period.",
        &forms::ALLOWANCE,
        &["requests", "per"],
        [
            (
                "requests",
                json!({
                    "description": "How many requests.",
                    "type": "integer",
                    "minimum": 1,
                    "maximum": forms::MAX_REQUESTS,
                }),
            ),
            ("per", definition("period", "In which period.")),
        ],
    );
    allowance.insert("examples".to_owned(), json!([{ "requests": 100, "per": "1m" }]));
    allowance
}

fn limits() -> Map<String, Value> {
    object(
        "What the document may hold.",
        &forms::LIMITS,
        &[],
        [(
            "keys_per_client",
            json!({
                "description": "How many keys a client may have, key files included.",
                "type": "integer",
                "minimum": 1,
                "maximum": forms::MAX_KEYS_PER_CLIENT,
                "default": forms::DEFAULT_KEYS_PER_CLIENT,
            }),
        )],
    )
}

fn legacy() -> Map<String, Value> {
    let Legacy { frozen_after, ends } = Legacy::default();
    let time = |description, moment| definition_or("time", description, &show_time(moment).into());
    object(
        "The two dates of legacy access profiles.",
        &forms::LEGACY,
        &[],
        [
            (
                "frozen_after",
                time("After this moment no access profile may be created.", frozen_after),
            ),
            ("ends", time("From this moment on no access profile is valid.", ends)),
        ],
    )
}
