//! The functions that a module may import, with the types of their parameters.
//!
//! Sources: the Proxy-Wasm specification for ABI 0.2.1, and WASI preview 1.

/// Module, name and parameters; each function returns an `i32`.
const SIGNATURES: &[(&str, &str, &str)] = &[
    ("env", "proxy_done", ""),
    ("env", "proxy_set_effective_context", "i32"),
    ("env", "proxy_log", "i32 i32 i32"),
    ("env", "proxy_get_log_level", "i32"),
    ("env", "proxy_get_current_time_nanoseconds", "i32"),
    ("env", "proxy_set_tick_period_milliseconds", "i32"),
    ("env", "proxy_set_buffer_bytes", "i32 i32 i32 i32 i32"),
    ("env", "proxy_get_buffer_bytes", "i32 i32 i32 i32 i32"),
    ("env", "proxy_get_buffer_status", "i32 i32 i32"),
    ("env", "proxy_get_header_map_size", "i32 i32"),
    ("env", "proxy_get_header_map_pairs", "i32 i32 i32"),
    ("env", "proxy_set_header_map_pairs", "i32 i32 i32"),
    ("env", "proxy_get_header_map_value", "i32 i32 i32 i32 i32"),
    ("env", "proxy_add_header_map_value", "i32 i32 i32 i32 i32"),
    ("env", "proxy_replace_header_map_value", "i32 i32 i32 i32 i32"),
    ("env", "proxy_remove_header_map_value", "i32 i32 i32"),
    ("env", "proxy_continue_stream", "i32"),
    ("env", "proxy_close_stream", "i32"),
    ("env", "proxy_get_status", "i32 i32 i32"),
    ("env", "proxy_send_local_response", "i32 i32 i32 i32 i32 i32 i32 i32"),
    ("env", "proxy_http_call", "i32 i32 i32 i32 i32 i32 i32 i32 i32 i32"),
    ("env", "proxy_grpc_call", "i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32"),
    ("env", "proxy_grpc_stream", "i32 i32 i32 i32 i32 i32 i32 i32 i32"),
    ("env", "proxy_grpc_send", "i32 i32 i32 i32"),
    ("env", "proxy_grpc_cancel", "i32"),
    ("env", "proxy_grpc_close", "i32"),
    ("env", "proxy_set_shared_data", "i32 i32 i32 i32 i32"),
    ("env", "proxy_get_shared_data", "i32 i32 i32 i32 i32"),
    ("env", "proxy_register_shared_queue", "i32 i32 i32"),
    ("env", "proxy_resolve_shared_queue", "i32 i32 i32 i32 i32"),
    ("env", "proxy_enqueue_shared_queue", "i32 i32 i32"),
    ("env", "proxy_dequeue_shared_queue", "i32 i32 i32"),
    ("env", "proxy_define_metric", "i32 i32 i32 i32"),
    ("env", "proxy_record_metric", "i32 i64"),
    ("env", "proxy_increment_metric", "i32 i64"),
    ("env", "proxy_get_metric", "i32 i32"),
    ("env", "proxy_get_property", "i32 i32 i32 i32"),
    ("env", "proxy_set_property", "i32 i32 i32 i32"),
    ("env", "proxy_call_foreign_function", "i32 i32 i32 i32 i32 i32"),
    ("wasi_snapshot_preview1", "args_get", "i32 i32"),
    ("wasi_snapshot_preview1", "args_sizes_get", "i32 i32"),
    ("wasi_snapshot_preview1", "clock_res_get", "i32 i32"),
    ("wasi_snapshot_preview1", "clock_time_get", "i32 i64 i32"),
    ("wasi_snapshot_preview1", "environ_get", "i32 i32"),
    ("wasi_snapshot_preview1", "environ_sizes_get", "i32 i32"),
    ("wasi_snapshot_preview1", "fd_close", "i32"),
    ("wasi_snapshot_preview1", "fd_fdstat_get", "i32 i32"),
    ("wasi_snapshot_preview1", "fd_filestat_get", "i32 i32"),
    ("wasi_snapshot_preview1", "fd_prestat_get", "i32 i32"),
    ("wasi_snapshot_preview1", "fd_prestat_dir_name", "i32 i32 i32"),
    ("wasi_snapshot_preview1", "fd_read", "i32 i32 i32 i32"),
    ("wasi_snapshot_preview1", "fd_seek", "i32 i64 i32 i32"),
    ("wasi_snapshot_preview1", "fd_write", "i32 i32 i32 i32"),
    ("wasi_snapshot_preview1", "path_open", "i32 i32 i32 i32 i32 i64 i64 i32 i32"),
    ("wasi_snapshot_preview1", "path_filestat_get", "i32 i32 i32 i32 i32"),
    ("wasi_snapshot_preview1", "poll_oneoff", "i32 i32 i32 i32"),
    ("wasi_snapshot_preview1", "random_get", "i32 i32"),
    ("wasi_snapshot_preview1", "sched_yield", ""),
];

/// The module that a function is imported from, and the types of its parameters.
pub(crate) fn find(function: &str) -> Option<(&'static str, Vec<&'static str>)> {
    let (module, _, parameters) = SIGNATURES.iter().find(|(_, name, _)| *name == function)?;
    Some((module, parameters.split_whitespace().collect()))
}

/// Every function, for what must be complete.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    SIGNATURES.iter().map(|(_, name, _)| *name)
}
