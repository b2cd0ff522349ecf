//! Values that many fields have: names, IP entries, times, periods, digests.

use serde_json::{Value, json};

use super::object::{definition, object};
use super::patterns;
use crate::model::forms;

pub(super) fn definitions() -> [(&'static str, Value); 10] {
    [
        ("name", name()),
        ("reference", reference()),
        ("ip_list", ip_list()),
        ("ip_text", ip_text()),
        ("ip_entry", ip_entry()),
        ("named_list", named_list()),
        ("named_list_entry", named_list_entry()),
        ("time", time()),
        ("period", period()),
        ("sha256", sha256()),
    ]
}

fn name() -> Value {
    json!({
        "description": "1 to 128 printable ASCII characters without a space at either end.",
        "type": "string",
        "pattern": patterns::NAME,
    })
}

/// A name that stands for something else; one that looks like a number is taken as written.
fn reference() -> Value {
    json!({
        "description": "The name of something that the document has elsewhere.",
        "type": ["string", "number"],
        "pattern": patterns::NAME,
    })
}

/// `blocked_ips` and `allowed_ips`.
fn ip_list() -> Value {
    json!({
        "description": "IP entries as a list, or as one comma-separated string.",
        "anyOf": [
            {
                "type": "array",
                "description": "A list of IP entries.",
                "items": { "$ref": "#/$defs/ip_entry" },
            },
            comma_separated(),
        ],
        "examples": [["203.0.113.0/24", { "list": "office" }], "203.0.113.0/24, list:office"],
    })
}

fn comma_separated() -> Value {
    json!({
        "type": "string",
        "description": "IP entries with commas between them.",
        "pattern": patterns::ip_entries(),
    })
}

fn ip_text() -> Value {
    json!({
        "description": "An address (`203.0.113.7`), a prefix (`203.0.113.0/24`), a range (`198.51.100.10-198.51.100.20`) or `list:name`, IPv4 or IPv6.",
        "type": "string",
        "pattern": patterns::ip_entry(),
        "examples": ["203.0.113.7", "203.0.113.0/24", "198.51.100.10-198.51.100.20", "2001:db8::/32"],
    })
}

fn ip_entry() -> Value {
    let list = object(
        "The name of a list of `ip_lists`.",
        &forms::RULE_ENTRY,
        &["list"],
        [("list", definition("reference", "The name of a list of `ip_lists`."))],
    );
    json!({
        "description": "An address, a prefix, a range or a named list.",
        "anyOf": [{ "$ref": "#/$defs/ip_text" }, list],
    })
}

/// One list of `ip_lists`.
fn named_list() -> Value {
    json!({
        "description": "IP entries in place, in a file, or both.",
        "anyOf": [
            {
                "type": "array",
                "description": "A list of IP entries.",
                "items": { "$ref": "#/$defs/named_list_entry" },
            },
            { "$ref": "#/$defs/named_list_entry/anyOf/1" },
            comma_separated(),
        ],
        "examples": [["203.0.113.0/24", { "file": "networks/aws.txt" }], { "file": "networks/aws.txt" }],
    })
}

fn named_list_entry() -> Value {
    let mut other = object(
        "The entries of a file, or those of another list.",
        &forms::LIST_ENTRY,
        &[],
        [
            (
                "file",
                json!({
                    "description": "A file with one entry a line, relative to the document; `#` begins a comment.",
                    "type": "string",
                    "examples": ["networks/aws.txt"],
                }),
            ),
            ("list", definition("reference", "The name of another list of `ip_lists`.")),
        ],
    );
    other.insert("minProperties".to_owned(), 1.into());
    other.insert("maxProperties".to_owned(), 1.into());
    json!({
        "description": "An address, a prefix, a range, a file of them, or another list.",
        "anyOf": [{ "$ref": "#/$defs/ip_text" }, other],
    })
}

fn time() -> Value {
    json!({
        "description": "RFC 3339 with whole seconds and an offset, or a date, which is the midnight (UTC) that begins it.",
        "type": "string",
        "pattern": patterns::time(),
        "examples": ["2027-01-01T00:00:00Z", "2027-01-01"],
    })
}

fn period() -> Value {
    json!({
        "description": "A number and a unit: `30s`, `1m`, `12h` or `30d`, at most `3650d`.",
        "type": "string",
        "pattern": patterns::period(),
        "examples": ["30s", "1m", "12h", "30d"],
    })
}

fn sha256() -> Value {
    json!({
        "description": "64 hexadecimal characters: the SHA-256 of the whole key as the caller sends it; in quotes in the rare case that all are digits.",
        "type": "string",
        "pattern": patterns::SHA256,
        "examples": ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    })
}
