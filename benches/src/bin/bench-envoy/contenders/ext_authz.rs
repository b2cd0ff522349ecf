//! A server asked over HTTP for each request.

use std::net::SocketAddr;

use portcullis_benches::envoy::Setup;
use serde_json::json;

pub(super) fn setup(authorizer: SocketAddr) -> Setup {
    let filter = json!({
        "name": "ext_authz",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz",
            "http_service": {
                "server_uri": { "uri": format!("http://{authorizer}"), "cluster": "authorizer", "timeout": "5s" },
            },
            "allowed_headers": { "patterns": [{ "exact": "x-api-key" }] },
        },
    });
    let endpoint = json!({ "endpoint": { "address": { "socket_address": {
        "address": authorizer.ip().to_string(), "port_value": authorizer.port(),
    }}}});
    let cluster = json!({
        "name": "authorizer",
        "type": "STATIC",
        "load_assignment": {
            "cluster_name": "authorizer",
            "endpoints": [{ "lb_endpoints": [endpoint] }],
        },
    });
    Setup { clusters: vec![cluster], ..Setup::of([filter]) }
}
