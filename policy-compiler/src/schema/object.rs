//! The pieces that the schema is put together from.

use serde_json::{Map, Value, json};

/// A mapping with exactly these fields.
pub(super) fn object<const N: usize>(
    description: &str,
    fields: &[&str],
    required: &[&str],
    described: [(&str, Value); N],
) -> Map<String, Value> {
    let mut properties: Map<String, Value> =
        described.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    for field in fields {
        // What the reader takes and nobody described is taken; a test finds it.
        properties.entry(*field).or_insert(Value::Bool(true));
    }
    let mut object = Map::new();
    object.insert("type".to_owned(), "object".into());
    object.insert("description".to_owned(), description.into());
    object.insert("properties".to_owned(), properties.into());
    object.insert("additionalProperties".to_owned(), false.into());
    if !required.is_empty() {
        object.insert("required".to_owned(), required.into());
    }
    object
}

/// A value of `$defs`, with what it is about in this place.
pub(super) fn definition(name: &str, description: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}"), "description": description })
}

/// The same, where the value has a default.
pub(super) fn definition_or(name: &str, description: &str, default: &Value) -> Value {
    json!({ "$ref": format!("#/$defs/{name}"), "description": description, "default": default })
}

/// A mapping whose names the user chooses.
pub(super) fn mapping_of(name: &str, description: &str, example: Value) -> Value {
    json!({
        "description": description,
        "type": "object",
        "propertyNames": { "$ref": "#/$defs/name" },
        "additionalProperties": { "$ref": format!("#/$defs/{name}") },
        "examples": [example],
    })
}

/// A truth value.
pub(super) fn truth(description: &str, default: bool) -> Value {
    json!({ "description": description, "type": "boolean", "default": default })
}

/// The fields of an IP rule.
pub(super) fn ip_rule(what: &str) -> [(&'static str, Value); 2] {
    let blocked =
        format!("Addresses that {what} is refused from. Blocked wins over allowed at every level.");
    let allowed = format!(
        "Addresses that {what} is let in from, all others are not; empty or absent is any address."
    );
    [
        ("blocked_ips", definition_or("ip_list", &blocked, &json!([]))),
        ("allowed_ips", definition_or("ip_list", &allowed, &json!([]))),
    ]
}
