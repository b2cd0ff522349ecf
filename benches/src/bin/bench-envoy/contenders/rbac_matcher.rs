//! RBAC as a tree: a map from keys in clear text to a match of the client's networks.

use portcullis_benches::reference::key;
use serde_json::{Map, Value, json};

use crate::policy::networks;

pub(super) fn filter(keys: usize) -> Value {
    let map: Map<String, Value> =
        (0..keys).map(|number| (key(number), by_network(number))).collect();
    json!({
        "name": "rbac",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
            "matcher": { "matcher_tree": {
                "input": { "name": "key", "typed_config": {
                    "@type": "type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput",
                    "header_name": "x-api-key",
                }},
                "exact_match_map": { "map": map },
            }},
        },
    })
}

fn by_network(number: usize) -> Value {
    let range = |(address, length)| json!({ "address_prefix": address, "prefix_len": length });
    let ranges: Vec<Value> = networks(number).into_iter().map(range).collect();
    json!({ "matcher": { "matcher_tree": {
        "input": { "name": "address", "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.matching.common_inputs.network.v3.DirectSourceIPInput",
        }},
        "custom_match": { "name": "networks", "typed_config": {
            "@type": "type.googleapis.com/xds.type.matcher.v3.IPMatcher",
            "range_matchers": [{ "ranges": ranges, "on_match": { "action": {
                "name": "allow",
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.config.rbac.v3.Action",
                    "name": "allow",
                    "action": "ALLOW",
                },
            }}}],
        }},
    }}})
}
