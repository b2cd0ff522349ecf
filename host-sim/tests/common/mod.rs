//! Test modules, written as text.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]

use host_sim::{Host, HostBuilder, LogLine, Module, ModuleError, Outcome, Request};

/// The functions of `env` in ABI 0.2.1, with the types of their parameters.
pub const IMPORTS: &[(&str, &str)] = &[
    ("proxy_done", ""),
    ("proxy_set_effective_context", "i32"),
    ("proxy_log", "i32 i32 i32"),
    ("proxy_get_log_level", "i32"),
    ("proxy_get_current_time_nanoseconds", "i32"),
    ("proxy_set_tick_period_milliseconds", "i32"),
    ("proxy_set_buffer_bytes", "i32 i32 i32 i32 i32"),
    ("proxy_get_buffer_bytes", "i32 i32 i32 i32 i32"),
    ("proxy_get_buffer_status", "i32 i32 i32"),
    ("proxy_get_header_map_size", "i32 i32"),
    ("proxy_get_header_map_pairs", "i32 i32 i32"),
    ("proxy_set_header_map_pairs", "i32 i32 i32"),
    ("proxy_get_header_map_value", "i32 i32 i32 i32 i32"),
    ("proxy_add_header_map_value", "i32 i32 i32 i32 i32"),
    ("proxy_replace_header_map_value", "i32 i32 i32 i32 i32"),
    ("proxy_remove_header_map_value", "i32 i32 i32"),
    ("proxy_continue_stream", "i32"),
    ("proxy_close_stream", "i32"),
    ("proxy_get_status", "i32 i32 i32"),
    ("proxy_send_local_response", "i32 i32 i32 i32 i32 i32 i32 i32"),
    ("proxy_http_call", "i32 i32 i32 i32 i32 i32 i32 i32 i32 i32"),
    ("proxy_grpc_call", "i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32"),
    ("proxy_grpc_stream", "i32 i32 i32 i32 i32 i32 i32 i32 i32"),
    ("proxy_grpc_send", "i32 i32 i32 i32"),
    ("proxy_grpc_cancel", "i32"),
    ("proxy_grpc_close", "i32"),
    ("proxy_set_shared_data", "i32 i32 i32 i32 i32"),
    ("proxy_get_shared_data", "i32 i32 i32 i32 i32"),
    ("proxy_register_shared_queue", "i32 i32 i32"),
    ("proxy_resolve_shared_queue", "i32 i32 i32 i32 i32"),
    ("proxy_enqueue_shared_queue", "i32 i32 i32"),
    ("proxy_dequeue_shared_queue", "i32 i32 i32"),
    ("proxy_define_metric", "i32 i32 i32 i32"),
    ("proxy_record_metric", "i32 i64"),
    ("proxy_increment_metric", "i32 i64"),
    ("proxy_get_metric", "i32 i32"),
    ("proxy_get_property", "i32 i32 i32 i32"),
    ("proxy_set_property", "i32 i32 i32 i32"),
    ("proxy_call_foreign_function", "i32 i32 i32 i32 i32 i32"),
];

/// What every test module has:
/// - all imports, as `$log` for `proxy_log` and so on;
/// - `$note`, which logs a number up to 63 as one character from `0` on;
/// - `$say`, which logs the value whose pointer and size a host function wrote at 100 and 104;
/// - memory from 1024 on for the test, from 65536 on for the allocator.
pub fn text(body: &str) -> String {
    let imports: String = IMPORTS
        .iter()
        .map(|(name, parameters)| {
            let short = name.trim_start_matches("proxy_");
            format!(
                "(import \"env\" \"{name}\" (func ${short} (param {parameters}) (result i32)))\n"
            )
        })
        .collect();
    let allocator = if body.contains("(export \"malloc\"") {
        ""
    } else {
        r#"(func (export "malloc") (param $size i32) (result i32)
             (global.get $heap)
             (global.set $heap (i32.add (global.get $heap) (local.get $size))))"#
    };
    format!(
        r#"(module
        {imports}
        (memory (export "memory") 4)
        (global $heap (mut i32) (i32.const 65536))
        (func (export "proxy_abi_version_0_2_1"))
        {allocator}
        (func $note (param $number i32)
            (i32.store8 (i32.const 0) (i32.add (local.get $number) (i32.const 48)))
            (drop (call $log (i32.const 2) (i32.const 0) (i32.const 1))))
        (func $say
            (drop (call $log (i32.const 2) (i32.load (i32.const 100)) (i32.load (i32.const 104)))))
        {body})"#
    )
}

pub fn compile(text: &str) -> Result<Module, ModuleError> {
    Module::from_bytes(wat::parse_str(text).unwrap())
}

pub fn module(body: &str) -> Module {
    compile(&text(body)).unwrap()
}

pub fn host(body: &str) -> Host {
    Host::builder(&module(body)).start().unwrap()
}

/// A module that runs `body` on request headers, with `$context`, `$count` and `$end`, and
/// returns what it leaves.
pub fn on_request_headers(body: &str) -> String {
    format!(
        r#"(func (export "proxy_on_request_headers")
             (param $context i32) (param $count i32) (param $end i32) (result i32) {body})"#
    )
}

/// Bytes in memory at an address.
pub fn data(at: u32, bytes: impl AsRef<[u8]>) -> String {
    let escaped: String = bytes.as_ref().iter().map(|byte| format!("\\{byte:02x}")).collect();
    format!("(data (i32.const {at}) \"{escaped}\")")
}

/// A header map as modules hand it over.
pub fn map(pairs: &[(&str, &str)]) -> Vec<u8> {
    let length = |length: usize| u32::try_from(length).unwrap().to_le_bytes();
    let mut wire = length(pairs.len()).to_vec();
    for (name, value) in pairs {
        wire.extend(length(name.len()));
        wire.extend(length(value.len()));
    }
    for (name, value) in pairs {
        wire.extend([name.as_bytes(), b"\0", value.as_bytes(), b"\0"].concat());
    }
    wire
}

/// A host with the module `body`, set up further by `set_up`.
pub fn built(body: &str, set_up: impl FnOnce(HostBuilder) -> HostBuilder) -> Host {
    set_up(Host::builder(&module(body))).start().unwrap()
}

/// All log lines, with a blank between them.
pub fn said(logs: &[LogLine]) -> String {
    logs.iter().map(|line| line.text().into_owned()).collect::<Vec<_>>().join(" ")
}

pub fn callbacks(outcome: &Outcome) -> Vec<&'static str> {
    outcome.callbacks.iter().map(|callback| callback.name.trim_start_matches("proxy_")).collect()
}

/// All callbacks of a request, and none does anything.
pub fn empty() -> HostBuilder {
    let callbacks = [
        ("context_create", "i32 i32", ""),
        ("request_headers", "i32 i32 i32", "(result i32)"),
        ("request_body", "i32 i32 i32", "(result i32)"),
        ("request_trailers", "i32 i32", "(result i32)"),
        ("response_headers", "i32 i32 i32", "(result i32)"),
        ("response_body", "i32 i32 i32", "(result i32)"),
        ("response_trailers", "i32 i32", "(result i32)"),
        ("log", "i32", ""),
        ("done", "i32", "(result i32)"),
        ("delete", "i32", ""),
    ];
    let body: String = callbacks
        .iter()
        .map(|(name, parameters, result)| {
            let value = match (*name, result.is_empty()) {
                (_, true) => "",
                ("done", _) => "(i32.const 1)",
                _ => "(i32.const 0)",
            };
            format!("(func (export \"proxy_on_{name}\") (param {parameters}) {result} {value})\n")
        })
        .collect();
    Host::builder(&module(&body))
}

/// Ten headers, four of them pseudo headers.
pub fn ten_headers() -> Request {
    Request::get("/orders/4711?page=2")
        .authority("api.example.com")
        .header("user-agent", "curl/8.5.0")
        .header("accept", "*/*")
        .header("x-api-key", "not-a-real-key-0123456789")
        .header("x-request-id", "0f8fad5b-d9cb-469f-a165-70867728950e")
        .header("x-forwarded-for", "203.0.113.9")
        .header("x-forwarded-proto", "https")
}
