//! An Envoy with one listener for each scenario.

use std::net::SocketAddr;
use std::path::Path;

use serde_json::{Value, json};

use super::servers::Servers;
use crate::scenario::{Scenario, Traffic};

/// The whole configuration.
pub(super) fn bootstrap(listeners: &[Value], servers: &Servers) -> Value {
    let loopback = json!({ "socket_address": { "address": "127.0.0.1", "port_value": 0 } });
    // Nobody can listen at port 1 without being root, and hardly anybody does.
    let nobody = SocketAddr::from(([127, 0, 0, 1], 1));
    let http1 = json!({ "http_protocol_options": { "enable_trailers": true } });
    // The upstream closes after each answer: a connection kept for the next request would now and
    // then be one that is just being closed.
    let once = json!({ "max_requests_per_connection": 1 });
    let http2 = json!({ "http2_protocol_options": {} });
    json!({
        "admin": { "address": loopback },
        "node": { "id": "probe-node", "cluster": "probe-cluster" },
        "static_resources": {
            "listeners": listeners,
            "clusters": [
                speaking(cluster("upstream", servers.upstream), &http1, &once),
                speaking(cluster("grpc", servers.grpc), &http2, &json!({})),
                cluster("echo", servers.echo),
                cluster("silent", servers.silent),
                cluster("nobody", nobody),
            ],
        },
    })
}

/// A cluster that speaks this version of HTTP.
fn speaking(mut cluster: Value, protocol: &Value, common: &Value) -> Value {
    let options = json!({
        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
            "explicit_http_config": protocol,
            "common_http_protocol_options": common,
        },
    });
    if let Some(fields) = cluster.as_object_mut() {
        fields.insert("typed_extension_protocol_options".to_owned(), options);
    }
    cluster
}

fn cluster(name: &str, address: SocketAddr) -> Value {
    let socket = json!({ "address": "127.0.0.1", "port_value": address.port() });
    let endpoint = json!({ "endpoint": { "address": { "socket_address": socket } } });
    json!({
        "name": name,
        "connect_timeout": "5s",
        "load_assignment": { "cluster_name": name, "endpoints": [{ "lb_endpoints": [endpoint] }] },
    })
}

/// The filters of a TCP connection.
fn tcp_filters(scenario: &Scenario, module: &Path) -> Value {
    json!([
        {
            "name": "probe",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.network.wasm.v3.Wasm",
                "config": plugin(scenario, module),
            },
        },
        {
            "name": "proxy",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
                "stat_prefix": "probe",
                "cluster": "echo",
            },
        },
    ])
}

/// Where the traffic of a scenario comes in.
pub(super) fn listener(scenario: &Scenario, module: &Path) -> Value {
    let filters = match scenario.traffic {
        Traffic::Tcp => tcp_filters(scenario, module),
        Traffic::Http | Traffic::Get => http_filters(scenario, module),
    };
    json!({
        "name": scenario.name,
        "address": { "socket_address": { "address": "127.0.0.1", "port_value": 0 } },
        "filter_chains": [{ "filters": filters }],
    })
}

/// The filters of an HTTP connection.
fn http_filters(scenario: &Scenario, module: &Path) -> Value {
    let router = json!({
        "name": "router",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router",
            "suppress_envoy_headers": true,
        },
    });
    let wasm = json!({
        "name": "probe",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
            "config": plugin(scenario, module),
        },
    });
    let manager = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "probe",
        "codec_type": "HTTP1",
        "http_protocol_options": { "enable_trailers": true },
        "generate_request_id": false,
        "server_header_transformation": "PASS_THROUGH",
        "http_filters": [wasm, router],
        "route_config": {
            "name": "routes",
            "virtual_hosts": [{
                "name": "host",
                "domains": ["*"],
                "routes": [{ "name": "route", "match": { "prefix": "/" }, "route": { "cluster": "upstream" } }],
            }],
        },
    });
    json!([{ "name": "manager", "typed_config": manager }])
}

fn plugin(scenario: &Scenario, module: &Path) -> Value {
    let text = |text: &str| json!({ "@type": "type.googleapis.com/google.protobuf.StringValue", "value": text });
    json!({
        "name": "probe-plugin",
        "root_id": "probe-root",
        "failure_policy": "FAIL_CLOSED",
        "configuration": text("the plugin's configuration"),
        "vm_config": {
            "vm_id": scenario.name,
            "runtime": "envoy.wasm.runtime.v8",
            "configuration": text("the VM's configuration"),
            "code": { "local": { "filename": module } },
            "environment_variables": { "key_values": { "PROBE": "variable" } },
        },
    })
}
