//! Every function of WASI that the reference host provides, and what it answers.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{compile, on_request_headers, said, text};
use host_sim::{Host, Request};

/// Name, parameters (`i` is 32 bits, `I` 64), and the answers for descriptor 1 and descriptor 7.
/// All other parameters are 256, an address where eight zero bytes are.
///
/// Source: proxy-wasm-cpp-host, `src/exports.cc`.
const FUNCTIONS: &[(&str, &str, u32, u32)] = &[
    ("args_get", "ii", 0, 0),
    ("args_sizes_get", "ii", 0, 0),
    ("clock_res_get", "ii", 0, 58),
    ("clock_time_get", "iIi", 0, 58),
    ("environ_get", "ii", 0, 0),
    ("environ_sizes_get", "ii", 0, 0),
    ("fd_advise", "iIIi", 0, 0),
    ("fd_allocate", "iII", 0, 8),
    ("fd_close", "i", 0, 0),
    ("fd_datasync", "i", 0, 8),
    ("fd_fdstat_get", "ii", 0, 8),
    ("fd_fdstat_set_flags", "ii", 52, 52),
    ("fd_fdstat_set_rights", "iII", 0, 8),
    ("fd_filestat_get", "ii", 8, 8),
    ("fd_filestat_set_size", "iI", 0, 8),
    ("fd_filestat_set_times", "iIIi", 0, 8),
    ("fd_pread", "iiiIi", 52, 52),
    ("fd_prestat_dir_name", "iii", 52, 52),
    ("fd_prestat_get", "ii", 8, 8),
    ("fd_pwrite", "iiiIi", 0, 8),
    ("fd_read", "iiii", 52, 52),
    ("fd_readdir", "iiiIi", 20, 20),
    ("fd_renumber", "ii", 8, 8),
    ("fd_seek", "iIii", 0, 0),
    ("fd_sync", "i", 0, 8),
    ("fd_tell", "ii", 0, 8),
    ("fd_write", "iiii", 0, 8),
    ("path_create_directory", "iii", 58, 58),
    ("path_filestat_get", "iiiii", 58, 58),
    ("path_filestat_set_times", "iiiiIIi", 58, 58),
    ("path_link", "iiiiiii", 58, 58),
    ("path_open", "iiiiiIIii", 44, 44),
    ("path_readlink", "iiiiii", 58, 58),
    ("path_remove_directory", "iii", 58, 58),
    ("path_rename", "iiiiii", 58, 58),
    ("path_symlink", "iiiii", 58, 58),
    ("path_unlink_file", "iii", 58, 58),
    ("poll_oneoff", "iiii", 0, 0),
    ("random_get", "ii", 0, 0),
    ("sched_yield", "", 0, 0),
    ("sock_accept", "iii", 58, 58),
    ("sock_recv", "iiiiii", 58, 58),
    ("sock_send", "iiiii", 58, 58),
    ("sock_shutdown", "ii", 58, 58),
];

fn types(parameters: &str) -> String {
    let types: Vec<&str> =
        parameters.chars().map(|kind| if kind == 'I' { "i64" } else { "i32" }).collect();
    types.join(" ")
}

/// Calls a function for a descriptor and says the answer.
fn call(module: usize, name: &str, parameters: &str, descriptor: u32) -> String {
    let values: Vec<String> = parameters
        .chars()
        .enumerate()
        .map(|(place, kind)| {
            let value = if place == 0 { descriptor } else { 256 };
            let kind = if kind == 'I' { "i64" } else { "i32" };
            format!("({kind}.const {value})")
        })
        .collect();
    format!(
        "(i32.store (i32.const 256) (i32.const 0)) (i32.store (i32.const 260) (i32.const 0))
        (call $note (call ${name}{module} {}))",
        values.join(" ")
    )
}

#[test]
fn every_function_answers_as_in_the_reference_host() {
    for (number, module) in ["wasi_snapshot_preview1", "wasi_unstable"].iter().enumerate() {
        for (name, parameters, standard, other) in FUNCTIONS {
            // A vector list of 256 entries of nothing, at zeroed memory.
            let import = format!(
                "(import \"{module}\" \"{name}\" (func ${name}{number} (param {}) (result i32)))",
                types(parameters)
            );
            let body = on_request_headers(&format!(
                "{} {} (i32.const 0)",
                call(number, name, parameters, if name.starts_with("clock") { 0 } else { 1 }),
                call(number, name, parameters, 7),
            ));
            let text = text(&body).replacen("(import", &format!("{import} (import"), 1);
            let mut host = Host::builder(&compile(&text).unwrap()).start().unwrap();
            let answers = said(&host.request(Request::get("/")).logs);
            let number = |number: &u32| char::from(u8::try_from(number + 48).unwrap());
            assert_eq!(
                answers,
                format!("{} {}", number(standard), number(other)),
                "{module} {name}"
            );
        }
    }
    // With `proc_exit`, which gives nothing back.
    assert_eq!(FUNCTIONS.len() + 1, 45);
}

#[test]
fn leaving_the_process_is_noted_and_nothing_more() {
    let import =
        r#"(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32))) (import"#;
    let body =
        on_request_headers("(call $exit (i32.const 1)) (call $note (i32.const 7)) (i32.const 0)");
    let text = text(&body).replacen("(import", import, 1);
    let mut host = Host::builder(&compile(&text).unwrap()).start().unwrap();
    let outcome = host.request(Request::get("/"));
    assert_eq!(said(&outcome.logs), "7");
    assert!(outcome.continued());
}

#[test]
fn an_allocator_may_print_and_ask_the_time_and_no_more() {
    for (name, parameters, allowed) in [
        ("fd_write", "i32 i32 i32 i32", true),
        ("clock_time_get", "i32 i64 i32", true),
        ("random_get", "i32 i32", false),
        ("environ_sizes_get", "i32 i32", false),
        ("proc_exit", "i32", false),
    ] {
        let answer = if name == "proc_exit" { "" } else { "(result i32)" };
        let import = format!(
            r#"(import "wasi_snapshot_preview1" "{name}" (func $wasi (param {parameters}) {answer})) (import"#
        );
        let values: String =
            parameters.split(' ').map(|kind| format!("({kind}.const 0)")).collect();
        let call = format!("(call $wasi {values})");
        let call = if answer.is_empty() { call } else { format!("(drop {call})") };
        let module = format!(
            r#"(func (export "malloc") (param i32) (result i32) {call} (i32.const 2048)) {}"#,
            on_request_headers(
                "(drop (call $get_header_map_pairs (i32.const 0) (i32.const 100) (i32.const 104)))
                 (i32.const 0)"
            )
        );
        let text = text(&module).replacen("(import", &import, 1);
        let mut host = Host::builder(&compile(&text).unwrap()).start().unwrap();
        assert_eq!(host.request(Request::get("/")).continued(), allowed, "{name}");
    }
}

#[test]
fn a_module_that_leaves_the_process_while_it_starts_does_not_start() {
    for call in ["_initialize", "_start"] {
        let text = text(&format!(r#"(func (export "{call}") (call $exit (i32.const 0)))"#));
        let import =
            r#"(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32))) (import"#;
        let module = compile(&text.replacen("(import", import, 1)).unwrap();
        let error = Host::builder(&module).start().unwrap_err().to_string();
        assert!(error.contains("`proc_exit` may not be called while the module starts"), "{error}");
    }
}

/// Of the functions that are no calls of the ABI, Envoy lets a module call these only when it has started.
#[test]
fn a_module_that_compares_threads_while_it_starts_does_not_start() {
    let text = text(r#"(func (export "_start") (drop (call $equal (i32.const 0) (i32.const 0))))"#);
    let import =
        r#"(import "env" "pthread_equal" (func $equal (param i32 i32) (result i32))) (import"#;
    let module = compile(&text.replacen("(import", import, 1)).unwrap();
    let error = Host::builder(&module).start().unwrap_err().to_string();
    assert!(error.contains("`pthread_equal` may not be called while the module starts"), "{error}");
}
