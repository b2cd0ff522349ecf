//! Collections and their endpoints.

use serde_json::{Map, Value, json};

use super::object::{definition, definition_or, object, truth};
use super::patterns;
use crate::model::forms;

pub(super) fn definitions() -> [(&'static str, Value); 6] {
    [
        ("collection", collection().into()),
        ("endpoint", endpoint().into()),
        ("host", host()),
        (
            "base_path",
            path("A path without a slash at the end.", &patterns::base_path(), "/acme/orders-v1"),
        ),
        (
            "path",
            path(
                "A path pattern: `{name}` is exactly one segment, `**` at the end any rest, none too.",
                &patterns::path(),
                "/orders/{id}",
            ),
        ),
        ("method", method()),
    ]
}

fn collection() -> Map<String, Value> {
    object(
        "A named, versioned set of endpoints that a client is granted as one.",
        &forms::COLLECTION,
        &[],
        [
            (
                "version",
                json!({
                    "description": "Its version, for people.",
                    "type": ["string", "number"],
                    "pattern": patterns::NAME,
                    "examples": ["v1"],
                }),
            ),
            ("active", truth("Whether it is switched on.", true)),
            ("public", truth("Whether anybody may use it without a credential.", false)),
            (
                "hosts",
                json!({
                    "description": "Which hosts it answers for; absent is any host.",
                    "type": "array",
                    "items": { "$ref": "#/$defs/host" },
                    "minItems": 1,
                    "uniqueItems": true,
                }),
            ),
            (
                "base_path",
                definition_or(
                    "base_path",
                    "What the path of each endpoint begins with.",
                    &json!("/"),
                ),
            ),
            (
                "endpoints",
                json!({
                    "description": "Its endpoints; absent is the base path and all below it, every method.",
                    "type": "array",
                    "items": { "$ref": "#/$defs/endpoint" },
                    "minItems": 1,
                }),
            ),
        ],
    )
}

fn endpoint() -> Map<String, Value> {
    let mut endpoint = object(
        "Some methods of some paths.",
        &forms::ENDPOINT,
        &["path"],
        [
            (
                "path",
                definition("path", "The path below the base path; `/` is the base path itself."),
            ),
            (
                "methods",
                json!({
                    "description": "Which methods; absent is every method.",
                    "type": "array",
                    "items": { "$ref": "#/$defs/method" },
                    "minItems": 1,
                    "uniqueItems": true,
                }),
            ),
            ("active", truth("Whether it is switched on.", true)),
        ],
    );
    endpoint.insert(
        "examples".to_owned(),
        json!([{ "methods": ["GET"], "path": "/orders/{id}" }, { "path": "/reports/**" }]),
    );
    endpoint
}

fn host() -> Value {
    json!({
        "description": "A host name, an IP address, or `*.` and a name for exactly one label before it. Case and port do not count; a port is not written.",
        "type": "string",
        "anyOf": [
            { "pattern": patterns::domain_name(), "not": { "pattern": patterns::ENDS_IN_A_NUMBER } },
            { "pattern": patterns::host_address() },
        ],
        "examples": ["api.example.com", "*.example.com"],
    })
}

fn path(description: &str, pattern: &str, example: &str) -> Value {
    json!({
        "description": format!("{description} Matching is case-sensitive; what two servers could read in two ways (`.`, `..`, `//`, `;`, `\\`, encoded slashes) stands in no path."),
        "type": "string",
        "pattern": pattern,
        "not": { "pattern": patterns::DOT_SEGMENT },
        "examples": [example],
    })
}

fn method() -> Value {
    json!({
        "description": "An HTTP method. Methods are case-sensitive: `GET`, not `get`.",
        "type": "string",
        "anyOf": [
            { "enum": forms::STANDARD_METHODS },
            {
                "pattern": patterns::TOKEN,
                "not": { "pattern": patterns::any_case(&forms::STANDARD_METHODS) },
            },
        ],
    })
}
