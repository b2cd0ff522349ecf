//! Which modules load, as in Envoy, and what is said of those that do not.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{compile, host, module, on_request_headers, said, text};
use host_sim::{Host, Module, ModuleError, Refusal, Request};

/// What a module needs besides its memory.
const BARE: &str = r#"
    (func (export "proxy_abi_version_0_2_1"))
    (func (export "malloc") (param i32) (result i32) (i32.const 1024))"#;

/// Logs the four bytes at 8.
const LOGS: &str = r#"
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (call $log (i32.const 2) (i32.const 8) (i32.const 4)))"#;

const LOG: &str = r#"(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))"#;

/// What a module logs in a request.
fn logs(fields: &str) -> String {
    let module = compile(&format!("(module {LOG} {fields} {BARE} {LOGS})")).unwrap();
    let mut one = Host::builder(&module).start().unwrap();
    let mut other = Host::builder(&module).start().unwrap();
    let logs = said(&one.request(Request::get("/")).logs);
    assert_eq!(logs, said(&other.request(Request::get("/")).logs), "each has its own");
    logs
}

#[test]
fn a_memory_is_taken_from_wherever_it_is() {
    let at = r#"(i32.const 8) "here""#;
    assert_eq!(logs(&format!(r#"(memory (export "memory") 1) (data {at})"#)), "here");
    assert_eq!(logs(&format!(r#"(memory (export "heap") 1) (data {at})"#)), "here");
    assert_eq!(logs(&format!(r#"(import "env" "memory" (memory 1)) (data {at})"#)), "here");
    let both =
        format!(r#"(import "env" "memory" (memory 1)) (export "memory" (memory 0)) (data {at})"#);
    assert_eq!(logs(&both), "here");
    let last = format!(
        r#"(memory (export "memory") 1) (memory $last (export "other") 1) (data (memory $last) {at})"#
    );
    assert_eq!(logs(&last), "here");
}

#[test]
fn a_table_can_be_imported() {
    let table = r#"(import "env" "__indirect_function_table" (table 2 funcref))
        (memory (export "memory") 1) (data (i32.const 8) "here")
        (elem (i32.const 1) func $log)"#;
    assert_eq!(logs(table), "here");
}

#[test]
fn memory_that_is_imported_has_the_limit_of_all_memory() {
    let text = format!(r#"(module (import "env" "memory" (memory 17)) {BARE})"#);
    let module = compile(&text).unwrap();
    assert!(Host::builder(&module).memory_limit(17 << 16).start().is_ok());
    let error = Host::builder(&module).memory_limit(16 << 16).start().unwrap_err();
    assert!(matches!(error.refusal, Refusal::Instance(_)), "{error}");
}

#[test]
fn names_are_looked_up_and_not_found() {
    let import = r#"(import "env" "envoy_resolve_dns"
        (func $resolve (param i32 i32 i32) (result i32))) (import"#;
    let body = format!(
        r#"(func (export "envoy_on_resolve_dns") (param $root i32) (param $token i32) (param $size i32)
            (call $note (local.get $token)) (call $note (local.get $size)))
        {}"#,
        on_request_headers(
            "(call $note (call $resolve (i32.const 1024) (i32.const 4) (i32.const 200)))
             (call $note (i32.load (i32.const 200)))
             (call $note (call $resolve (i32.const 1024) (i32.const 4) (i32.const -2)))
             (i32.const 0)"
        )
    );
    let module = compile(&text(&body).replacen("(import", import, 1)).unwrap();
    let mut host = Host::builder(&module).start().unwrap();
    assert!(said(&host.request(Request::get("/")).logs).starts_with("0 1 6 1 0"));
}

#[test]
fn types_that_keep_envoy_from_loading_a_module() {
    let with = |export: &str| module(&format!("{export} (func (export \"_initialize\"))"));
    for (name, export) in [
        ("main", r#"(func (export "main") (result i32) (i32.const 0))"#),
        ("__main_void", r#"(func (export "__main_void") (param i32))"#),
        ("proxy_validate_configuration", r#"(func (export "proxy_validate_configuration"))"#),
        ("proxy_on_request_metadata", r#"(func (export "proxy_on_request_metadata") (param i32))"#),
        ("proxy_on_response_metadata", r#"(func (export "proxy_on_response_metadata"))"#),
        ("proxy_on_foreign_function", r#"(func (export "proxy_on_foreign_function") (param i32))"#),
    ] {
        let error = Host::builder(&with(export)).start().unwrap_err();
        let Refusal::Export { name: found, .. } = error.refusal else { panic!("{error}") };
        assert_eq!(found, name);
    }
    // The first version of the ABI has no such callback.
    let old = r#"(module (memory (export "memory") 1)
        (func (export "proxy_abi_version_0_1_0"))
        (func (export "malloc") (param i32) (result i32) (i32.const 1024))
        (func (export "proxy_on_foreign_function") (param i32)))"#;
    assert!(Host::builder(&compile(old).unwrap()).start().is_ok());
}

#[test]
fn the_start_section_may_not_call_the_host() {
    let calls =
        "(start $boot) (func $boot (drop (call $log (i32.const 2) (i32.const 0) (i32.const 1))))";
    let error = Host::builder(&module(calls)).start().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the module could not be instantiated: its start section trapped: `proxy_log` may not be called in the \
         start section: host functions cannot be called there (Envoy crashes)"
    );
    // Whatever else it does is its own business.
    let other = "(global $ready (mut i32) (i32.const 0)) (start $boot) (func $boot (global.set $ready (i32.const 7)))";
    let mut host = host(&format!(
        "{other} {}",
        on_request_headers("(call $note (global.get $ready)) (i32.const 0)")
    ));
    assert_eq!(said(&host.request(Request::get("/")).logs), "7");
}

#[test]
fn the_type_of_an_import_is_told_with_what_the_host_has() {
    let text = format!(
        r#"(module (import "env" "proxy_log" (func (param i32 i64) (result i32)))
            (memory (export "memory") 1) {BARE})"#
    );
    let error = compile(&text).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the import `env` `proxy_log` has the wrong type: expected (i32, i32, i32) -> i32, found (i32, i64) -> i32; build the module with an SDK for the ABI version that it exports"
    );
    let text = format!(
        r#"(module (import "env" "stack" (global i32)) (memory (export "memory") 1) {BARE})"#
    );
    assert_eq!(
        compile(&text).unwrap_err().to_string(),
        "the import `env` `stack` has the wrong type: expected a function, a memory or a table, found a global; build the module with an SDK for the ABI version that it exports"
    );
}

#[test]
fn a_marker_that_is_no_function_is_told() {
    let text = r#"(module (memory (export "memory") 1)
        (global (export "proxy_abi_version_0_2_1") i32 (i32.const 0))
        (func (export "malloc") (param i32) (result i32) (i32.const 1024)))"#;
    let found = "`proxy_abi_version_0_2_1`, which is no function".to_owned();
    assert_eq!(compile(text).unwrap_err(), ModuleError::AbiVersion { found });
}

#[test]
fn what_the_engine_lacks_is_named() {
    let memory = r#"(memory (export "memory") 1)"#;
    for (fields, feature) in [
        (r#"(memory (export "memory") 1 2 shared)"#.to_owned(), "threads"),
        (format!("{memory} (table 1 externref)"), "references to values of the host"),
    ] {
        let error = compile(&format!("(module {fields} {BARE})")).unwrap_err();
        assert!(
            error.to_string().starts_with("a valid WebAssembly module, but it needs "),
            "{error}"
        );
        assert!(error.to_string().contains(feature), "{error}");
    }
    // `try` with the legacy instruction 0x06, which text cannot say any more.
    let mut wasm = wat::parse_str(format!("(module {memory} {BARE} (func (block)))")).unwrap();
    let block = wasm.windows(2).rposition(|bytes| bytes == [0x02, 0x40]).unwrap();
    wasm[block] = 0x06;
    let error = Module::from_bytes(wasm).unwrap_err();
    assert!(error.to_string().contains("exceptions in their legacy form"), "{error}");
}
