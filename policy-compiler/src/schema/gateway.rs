//! What holds for every request.

use serde_json::{Map, Value, json};

use super::object::{definition, ip_rule, object, truth};
use super::patterns;
use crate::model::{
    ClientAddress, MAX_CREDENTIAL_SOURCES, MAX_PREFIX_BYTES, MAX_TRUSTED_HOPS, Preflight,
    Unmatched, forms,
};

pub(super) fn definitions() -> [(&'static str, Value); 5] {
    [
        ("gateway", gateway().into()),
        ("client_address", client_address()),
        ("credential_source", credential_source().into()),
        ("forward", forward().into()),
        ("header", header()),
    ]
}

fn gateway() -> Map<String, Value> {
    let [blocked, allowed] = ip_rule("every request");
    object(
        "What holds for every request.",
        &forms::GATEWAY,
        &[],
        [
            (
                "client_address",
                definition("client_address", "Where the client's address comes from."),
            ),
            ("credentials", credentials()),
            (
                "forward",
                definition(
                    "forward",
                    "Headers that tell the upstream who was let in; inbound copies are always removed.",
                ),
            ),
            (
                "strip_credential",
                truth(
                    "Whether the key is removed before the request goes on: the upstream never sees it.",
                    true,
                ),
            ),
            (
                "unmatched",
                choice(
                    "What happens to a path that no endpoint matches: `deny` answers 404, `allow` lets the request through.",
                    &Unmatched::CHOICES.map(|(word, _)| word),
                ),
            ),
            (
                "preflight",
                choice(
                    "`authorize`: a CORS preflight is decided as any other request; `allow`: it passes without a credential.",
                    &Preflight::CHOICES.map(|(word, _)| word),
                ),
            ),
            ("realm", realm()),
            ("key_prefix", key_prefix()),
            blocked,
            allowed,
        ],
    )
}

fn credentials() -> Value {
    json!({
        "description": "Where a key may stand in a request, in this order.",
        "type": "array",
        "items": { "$ref": "#/$defs/credential_source" },
        "minItems": 1,
        "maxItems": MAX_CREDENTIAL_SOURCES,
        "uniqueItems": true,
        "default": [{ "header": forms::DEFAULT_HEADER }],
    })
}

fn realm() -> Value {
    json!({
        "description": "The name in `WWW-Authenticate`: printable ASCII without `\"` and `\\`.",
        "type": ["string", "number"],
        "pattern": patterns::REALM,
        "default": forms::DEFAULT_REALM,
    })
}

fn key_prefix() -> Value {
    json!({
        "description": "How keys of this policy begin, before the `_`. A credential that begins so must have the form and the checksum of such a key.",
        "type": "string",
        "pattern": patterns::KEY_PREFIX,
        "maxLength": MAX_PREFIX_BYTES,
        "default": forms::DEFAULT_PREFIX,
    })
}

fn client_address() -> Value {
    let [connection, forwarded] = ClientAddress::SOURCES.map(|(word, _)| word);
    let from = |word| json!({ "description": "The header, or the peer of the connection.", "const": word });
    let hops = json!({
        "description": "How many proxies of yours add to the header: the entry that the outermost of them wrote is the client's address.",
        "type": "integer",
        "minimum": 1,
        "maximum": MAX_TRUSTED_HOPS,
    });
    let mut of_connection =
        object("The peer of the connection.", &[], &["from"], [("from", from(connection))]);
    of_connection.insert("title".to_owned(), "connection".into());
    let mut of_header = object(
        "An entry of `X-Forwarded-For`, counted from the right.",
        &forms::CLIENT_ADDRESS,
        &["from", "trusted_hops"],
        [("from", from(forwarded)), ("trusted_hops", hops)],
    );
    of_header.insert("title".to_owned(), "x-forwarded-for".into());
    json!({
        "oneOf": [of_connection, of_header],
        "default": { "from": connection },
        "examples": [{ "from": forwarded, "trusted_hops": 1 }],
    })
}

fn credential_source() -> Map<String, Value> {
    let mut source = object(
        "One place where a key may stand: exactly one of these fields.",
        &forms::CREDENTIAL_SOURCE,
        &[],
        [
            ("header", definition("header", "The value of this header.")),
            (
                "bearer",
                json!({ "description": "`Authorization: Bearer <key>` (RFC 6750).", "const": true }),
            ),
            (
                "basic",
                json!({
                    "description": "`Authorization: Basic` (RFC 7617) with this user name, the key as password.",
                    "type": ["string", "number"],
                    "pattern": patterns::USER_NAME,
                    "examples": ["api-token"],
                }),
            ),
            (
                "query",
                json!({
                    "description": "The value of this query parameter.",
                    "type": "string",
                    "pattern": patterns::QUERY_PARAMETER,
                    "examples": ["api_key"],
                }),
            ),
            (
                "cookie",
                json!({
                    "description": "The value of this cookie.",
                    "type": "string",
                    "pattern": patterns::TOKEN,
                    "examples": ["api_key"],
                }),
            ),
        ],
    );
    source.insert("minProperties".to_owned(), 1.into());
    source.insert("maxProperties".to_owned(), 1.into());
    source
}

fn forward() -> Map<String, Value> {
    let header = |what: &str| {
        definition("header", &format!("The header that carries the name of the {what}."))
    };
    object(
        "Headers that tell the upstream who was let in; each is optional.",
        &forms::FORWARD,
        &[],
        [
            ("client", header("client")),
            ("key", header("key")),
            ("collection", header("collection")),
        ],
    )
}

/// Any token but those with a meaning of their own.
fn header() -> Value {
    let reserved: Vec<&str> = forms::RESERVED_HEADERS
        .into_iter()
        .chain(forms::CREDENTIAL_HEADERS.map(|(name, ..)| name))
        .collect();
    let reserved = [
        json!({ "pattern": patterns::any_case(&reserved) }),
        json!({ "pattern": patterns::beginning_in_any_case(forms::RESERVED_HEADER_PREFIX) }),
    ];
    json!({
        "description": "The name of a header, in any case; none that belongs to the connection or the proxy.",
        "type": "string",
        "pattern": patterns::TOKEN,
        "not": { "anyOf": reserved },
        "examples": ["x-api-key"],
    })
}

/// One of a few words, the first if absent.
fn choice(description: &str, words: &[&str]) -> Value {
    json!({ "description": description, "enum": words, "default": words.first() })
}
