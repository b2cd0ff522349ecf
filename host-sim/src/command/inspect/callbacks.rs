//! The callbacks of the ABI, and when a proxy enters each.

/// Name and moment of every callback, in the order in which they come (proxy-wasm/spec 0.2.1,
/// proxy-wasm-cpp-host `wasm.cc`).
pub(super) const CALLBACKS: &[(&str, &str)] = &[
    ("_initialize", "once a VM"),
    ("main", "once a VM, after `_initialize`"),
    ("__main_void", "once a VM, after `_initialize`"),
    ("_start", "once a VM, without `_initialize`"),
    ("proxy_on_context_create", "for each configuration, and each request or connection"),
    ("proxy_on_vm_start", "for each configuration"),
    ("proxy_validate_configuration", "before a configuration is taken"),
    ("proxy_on_configure", "for each configuration"),
    ("proxy_on_tick", "each tick that the module asked for"),
    ("proxy_on_new_connection", "for each connection (TCP)"),
    ("proxy_on_downstream_data", "for each piece from the client (TCP)"),
    ("proxy_on_upstream_data", "for each piece from the upstream (TCP)"),
    ("proxy_on_downstream_connection_close", "when the client closes (TCP)"),
    ("proxy_on_upstream_connection_close", "when the upstream closes (TCP)"),
    ("proxy_on_request_headers", "for each request"),
    ("proxy_on_request_body", "for each piece of a request's body"),
    ("proxy_on_request_trailers", "for each request with trailers"),
    ("proxy_on_request_metadata", "for HTTP/2 metadata"),
    ("proxy_on_response_headers", "for each response, local ones too"),
    ("proxy_on_response_body", "for each piece of a response's body"),
    ("proxy_on_response_trailers", "for each response with trailers"),
    ("proxy_on_response_metadata", "for HTTP/2 metadata"),
    ("proxy_on_http_call_response", "when an HTTP callout is answered"),
    ("proxy_on_grpc_receive_initial_metadata", "when a gRPC callout is answered"),
    ("proxy_on_grpc_receive", "for each message of a gRPC callout"),
    ("proxy_on_grpc_receive_trailing_metadata", "when a gRPC callout is answered"),
    ("proxy_on_grpc_close", "when a gRPC callout ends"),
    ("proxy_on_queue_ready", "for each message in a queue that the module registered"),
    ("proxy_on_foreign_function", "when a foreign function calls back"),
    ("envoy_on_resolve_dns", "when a name that was looked up is known"),
    ("envoy_on_stats_update", "each time that Envoy writes its statistics, in a sink for them"),
    ("proxy_on_log", "for each request or connection, when it has ended"),
    ("proxy_on_done", "for each request or connection, and each configuration"),
    ("proxy_on_delete", "for each request or connection, and each configuration"),
    ("proxy_on_memory_allocate", "for each value that the host gives, without `malloc`"),
    ("malloc", "for each value that the host gives"),
];

/// When a proxy enters an export; none for one that it never enters.
pub(super) fn moment(export: &str) -> Option<&'static str> {
    CALLBACKS.iter().find(|(name, _)| *name == export).map(|(_, moment)| *moment)
}
