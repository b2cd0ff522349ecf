//! RBAC as it is written by hand: for each client a policy with its name and its networks.

use serde_json::{Map, Value, json};

use crate::policy::{client_name, networks};

/// The header in which it finds the client's name.
pub(super) const CLIENT: &str = "x-client-id";

pub(super) fn filter(clients: usize) -> Value {
    let policies: Map<String, Value> = (0..clients).map(policy).collect();
    json!({
        "name": "rbac",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
            "rules": { "action": "ALLOW", "policies": policies },
        },
    })
}

fn policy(number: usize) -> (String, Value) {
    let name = client_name(number);
    let client = json!({ "header": { "name": CLIENT, "string_match": { "exact": name } } });
    let range = |(address, length)| json!({ "direct_remote_ip": { "address_prefix": address, "prefix_len": length } });
    let networks: Vec<Value> = networks(number).into_iter().map(range).collect();
    let principal = json!({ "and_ids": { "ids": [client, { "or_ids": { "ids": networks } }] } });
    (name, json!({ "permissions": [{ "any": true }], "principals": [principal] }))
}
