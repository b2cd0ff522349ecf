//! The JSON Schema of case files, from the types that read them.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::bytes::Bytes;
use super::file::CaseFile;
use super::values::{Action, Address, Body, Delay, Property, Reply, Time};

/// The JSON Schema of case files (draft 2020-12). Editors check a case file while it is written,
/// when its first line names the schema: `# yaml-language-server: $schema=cases.schema.json`.
pub fn schema() -> serde_json::Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<CaseFile>();
    schema.insert("title".to_owned(), "Case file of host-sim".into());
    schema.to_value()
}

/// Gives a type that reads itself a schema that is written by hand.
macro_rules! by_hand {
    ($($type:ty, $name:literal, $schema:tt;)*) => {$(
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

by_hand! {
    Bytes, "Bytes", {
        "description": "Text (in quotes when it looks like a number, or like yes or no), or bytes.",
        "anyOf": [
            { "type": "string" },
            {
                "type": "object",
                "properties": { "hex": { "type": "string", "pattern": "^([0-9a-fA-F]{2})*$" } },
                "required": ["hex"],
                "additionalProperties": false
            },
            {
                "type": "object",
                "properties": { "base64": { "type": "string" } },
                "required": ["base64"],
                "additionalProperties": false
            }
        ]
    };
    Address, "Address", {
        "description": "An address with its port: `192.0.2.1:1234` or `[2001:db8::1]:1234`.",
        "type": "string"
    };
    Delay, "Delay", {
        "description": "A length of time: `20ms`, `1s`.",
        "type": "string"
    };
    Action, "Action", {
        "description": "What a callback returns: in words, or the number of an action that Envoy knows.",
        "anyOf": [
            { "enum": ["continue", "pause"] },
            { "type": "integer", "minimum": 0, "maximum": 4_294_967_295_u32 }
        ]
    };
    Time, "Time", {
        "description": "A time in UTC, as RFC 3339 writes it: `2026-01-01T00:00:00Z`.",
        "type": "string"
    };
    Property, "Property", {
        "description": "Text, a number, true or false, bytes, or null for one that is not found.",
        "anyOf": [
            { "type": ["string", "number", "boolean", "null"] },
            {
                "type": "object",
                "properties": { "hex": { "type": "string", "pattern": "^([0-9a-fA-F]{2})*$" } },
                "required": ["hex"],
                "additionalProperties": false
            },
            {
                "type": "object",
                "properties": { "base64": { "type": "string" } },
                "required": ["base64"],
                "additionalProperties": false
            }
        ]
    };
}

impl JsonSchema for Body {
    fn schema_name() -> Cow<'static, str> {
        "Body".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A body in one piece, or a list of pieces that come one by one.",
            "anyOf": [
                generator.subschema_for::<Bytes>(),
                { "type": "array", "items": generator.subschema_for::<Bytes>() }
            ]
        })
    }
}

impl<Answer: JsonSchema> JsonSchema for Reply<Answer> {
    fn schema_name() -> Cow<'static, str> {
        format!("ReplyOf{}", Answer::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An answer, or in a word that there is none.",
            "anyOf": [{ "enum": ["fails", "never", "unreachable"] }, generator.subschema_for::<Answer>()]
        })
    }
}
