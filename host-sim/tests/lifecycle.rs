//! How modules start, take configurations, and leave.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{compile, host, module, said, text};
use host_sim::{AbiVersion, Host, ModuleError, Refusal, Request, TrapCause};

/// Says which callback runs, with its numbers.
const ROOT: &str = r#"
    (data (i32.const 1024) "create start configure done delete bad")
    (func $tell (param $at i32) (param $size i32) (drop (call $log (i32.const 2) (local.get $at) (local.get $size))))
    (func (export "_initialize"))
    (func (export "proxy_on_context_create") (param i32 i32)
        (call $tell (i32.const 1024) (i32.const 6)) (call $note (local.get 0)) (call $note (local.get 1)))
    (func (export "proxy_on_vm_start") (param i32 i32) (result i32)
        (call $tell (i32.const 1031) (i32.const 5)) (call $note (local.get 0)) (call $note (local.get 1))
        (drop (call $get_buffer_bytes (i32.const 6) (i32.const 0) (local.get 1) (i32.const 100) (i32.const 104)))
        (call $say)
        (call $note (call $get_buffer_bytes (i32.const 7) (i32.const 0) (i32.const 9) (i32.const 100) (i32.const 104)))
        (i32.const 1))
    (func (export "proxy_on_configure") (param i32 i32) (result i32)
        (call $tell (i32.const 1037) (i32.const 9)) (call $note (local.get 0)) (call $note (local.get 1))
        (drop (call $get_buffer_bytes (i32.const 7) (i32.const 0) (local.get 1) (i32.const 100) (i32.const 104)))
        (call $say)
        ;; refuses what begins with `b`
        (i32.ne (i32.load8_u (i32.load (i32.const 100))) (i32.const 98)))
    (func (export "proxy_on_done") (param i32) (result i32)
        (call $tell (i32.const 1047) (i32.const 4)) (call $note (local.get 0)) (i32.const 1))
    (func (export "proxy_on_delete") (param i32)
        (call $tell (i32.const 1052) (i32.const 6)) (call $note (local.get 0)))
"#;

#[test]
fn the_order_of_a_start() {
    let host = Host::builder(&module(ROOT)).vm_configuration("VM").configuration("good").start();
    let host = host.unwrap();
    let activity = host.start_activity();
    assert_eq!(said(&activity.logs), "create 1 0 start 1 2 VM 1 configure 1 4 good");
    let names: Vec<_> = activity.callbacks.iter().map(|callback| callback.name).collect();
    assert_eq!(
        names,
        ["_initialize", "proxy_on_context_create", "proxy_on_vm_start", "proxy_on_configure"]
    );
}

#[test]
fn a_refusal_carries_the_log() {
    let error = Host::builder(&module(ROOT)).configuration("bad").start().unwrap_err();
    assert_eq!(error.refusal, Refusal::Refused("proxy_on_configure"));
    assert!(said(&error.logs).ends_with("configure 1 3 bad"));
    assert!(error.to_string().starts_with("`proxy_on_configure` returned false"));

    let refuses =
        r#"(func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 0))"#;
    let error = Host::builder(&module(refuses)).start().unwrap_err();
    assert_eq!(error.refusal, Refusal::Refused("proxy_on_vm_start"));
}

#[test]
fn a_new_configuration_gets_a_new_root_context_and_the_old_one_leaves() {
    let mut host = Host::builder(&module(ROOT)).configuration("one").start().unwrap();
    let activity = host.configure("two").unwrap();
    assert_eq!(said(&activity.logs), "create 2 0 start 2 0  1 configure 2 3 two done 1 delete 1");
    assert_eq!(host.root_contexts(), 1);
    // New streams are children of the new root context.
    assert!(said(&host.request(Request::get("/")).logs).starts_with("create 3 2"));
}

#[test]
fn a_refused_configuration_leaves_the_old_one_in_force() {
    let mut host = Host::builder(&module(ROOT)).configuration("one").start().unwrap();
    let error = host.configure("bad").unwrap_err();
    assert_eq!(error.refusal, Refusal::Refused("proxy_on_configure"));
    assert!(said(&error.logs).ends_with("configure 2 3 bad done 2 delete 2"));
    assert_eq!(host.root_contexts(), 1);
    assert!(said(&host.request(Request::get("/")).logs).starts_with("create 3 1"));
}

#[test]
fn an_old_root_context_waits_for_its_streams() {
    let mut host = Host::builder(&module(ROOT)).configuration("one").start().unwrap();
    let host_sim::Begun::Upstream(pending) = host.begin(Request::get("/")) else { panic!() };
    assert!(!said(&host.configure("two").unwrap().logs).contains("done"));
    assert_eq!(host.root_contexts(), 2);
    let outcome = host.complete(pending, host_sim::Response::new(200));
    assert!(said(&outcome.logs).ends_with("done 2 delete 2 done 1 delete 1"));
    assert_eq!(host.root_contexts(), 1);
}

#[test]
fn a_root_context_that_is_not_done_is_deleted_after_proxy_done() {
    let mut host = host(
        r#"(func (export "proxy_on_context_create") (param i32 i32)
            (drop (call $set_tick_period_milliseconds (i32.const 10))))
        (func (export "proxy_on_done") (param i32) (result i32) (i32.const 0))
        (func (export "proxy_on_tick") (param i32) (call $note (call $done)))
        (func (export "proxy_on_delete") (param i32) (call $note (local.get 0)))"#,
    );
    assert_eq!(host.tick_period(), 10);
    assert_eq!(said(&host.tick().logs), "1", "nothing is pending");
    host.configure("").unwrap();
    assert_eq!(host.root_contexts(), 2);
    assert_eq!(
        said(&host.tick().logs),
        "0 1 1",
        "context 1 is done and deleted; 2 has nothing pending"
    );
    assert_eq!(host.root_contexts(), 1);
}

#[test]
fn entry_functions_run_before_anything_else() {
    let start = |body: &str| {
        let host = host(body);
        let callbacks = &host.start_activity().callbacks;
        callbacks.iter().map(|callback| callback.name).collect::<Vec<_>>()
    };
    assert_eq!(start(r#"(func (export "_start"))"#), ["_start"]);
    let both = r#"(func (export "_start")) (func (export "_initialize"))
        (func (export "main") (param i32 i32) (result i32) (i32.const 0))"#;
    assert_eq!(start(both), ["_initialize", "main"]);
}

#[test]
fn while_a_module_starts_only_logging_may_be_called() {
    let logs = r#"(func (export "_initialize") (call $note (i32.const 1)))"#;
    assert_eq!(said(&host(logs).start_activity().logs), "1");
    let asks = r#"(func (export "_initialize") (call $note (i32.const 1))
        (drop (call $get_current_time_nanoseconds (i32.const 100))))"#;
    let error = Host::builder(&module(asks)).start().unwrap_err();
    assert_eq!(said(&error.logs), "1");
    assert!(error.to_string().contains("`proxy_get_current_time_nanoseconds` may not be called"));
}

#[test]
fn a_trap_while_starting_is_an_error_with_the_log() {
    let traps = r#"(func (export "proxy_on_configure") (param i32 i32) (result i32)
        (call $note (i32.const 7)) (unreachable))"#;
    let error = Host::builder(&module(traps)).start().unwrap_err();
    let Refusal::Trapped(trap) = &error.refusal else { panic!("{error}") };
    assert_eq!((trap.callback, trap.cause), ("proxy_on_configure", TrapCause::Unreachable));
    assert_eq!(said(&error.logs), "7");
}

#[test]
fn a_missing_import_is_named() {
    let text =
        text("").replacen("(import", r#"(import "env" "proxy_brew_coffee" (func)) (import"#, 1);
    let error = compile(&text).unwrap_err();
    assert_eq!(
        error,
        ModuleError::UnknownImport {
            module: "env".to_owned(),
            name: "proxy_brew_coffee".to_owned(),
            abi: AbiVersion::V0_2_1,
        }
    );
    assert!(error.to_string().contains("`env` `proxy_brew_coffee`"));
}

#[test]
fn functions_of_another_abi_version_do_not_link() {
    let old = text("").replace("proxy_abi_version_0_2_1", "proxy_abi_version_0_2_0");
    let error = compile(&old).unwrap_err();
    assert!(
        matches!(error, ModuleError::UnknownImport { name, .. } if name == "proxy_get_log_level")
    );
}

#[test]
fn what_is_no_module_for_a_proxy_is_refused() {
    let error = host_sim::Module::from_bytes("no wasm").unwrap_err();
    assert_eq!(error, ModuleError::NotAModule { found: "`no w`".to_owned() });
    let unmarked = text("").replace("proxy_abi_version_0_2_1", "other");
    assert_eq!(
        compile(&unmarked).unwrap_err(),
        ModuleError::AbiVersion { found: "none".to_owned() }
    );
    let future = text("").replace("proxy_abi_version_0_2_1", "proxy_abi_version_0_9_0");
    let found = "`proxy_abi_version_0_9_0`".to_owned();
    assert_eq!(compile(&future).unwrap_err(), ModuleError::AbiVersion { found });
    let no_allocator = text("").replace("\"malloc\"", "\"calloc\"");
    assert_eq!(compile(&no_allocator).unwrap_err(), ModuleError::Allocator);
    let wrong = module(r#"(func (export "proxy_on_log"))"#);
    let error = Host::builder(&wrong).start().unwrap_err();
    assert!(matches!(error.refusal, Refusal::Export { name: "proxy_on_log", .. }));
}

#[test]
fn abi_0_1_0_has_its_own_functions_and_callbacks() {
    let text = r#"(module
        (import "env" "proxy_get_configuration" (func $configuration (param i32 i32) (result i32)))
        (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
        (import "env" "proxy_get_header_map_value" (func $get (param i32 i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_continue_request" (func (result i32)))
        (import "env" "proxy_continue_response" (func (result i32)))
        (import "env" "proxy_clear_route_cache" (func (result i32)))
        (memory (export "memory") 1)
        (func (export "proxy_abi_version_0_1_0"))
        (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 4096))
        (func (export "proxy_on_configure") (param i32 i32) (result i32)
            (drop (call $configuration (i32.const 100) (i32.const 104)))
            (drop (call $log (i32.const 2) (i32.load (i32.const 100)) (i32.load (i32.const 104))))
            (i32.const 1))
        (func (export "proxy_on_request_headers") (param i32 i32) (result i32)
            (call $get (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 100) (i32.const 104))))"#;
    let module = compile(text).unwrap();
    assert_eq!(module.abi_version(), AbiVersion::V0_1_0);
    let mut host = Host::builder(&module).configuration("hello").start().unwrap();
    assert_eq!(said(&host.start_activity().logs), "hello");
    // An absent header is OK and empty there; the callback returns that status as its action.
    assert!(host.request(Request::get("/")).continued());
}

#[test]
fn abi_0_1_0_continues_a_request_and_a_response_by_functions_of_their_own() {
    let text = r#"(module
        (import "env" "proxy_continue_request" (func $request (result i32)))
        (import "env" "proxy_continue_response" (func $response (result i32)))
        (import "env" "proxy_clear_route_cache" (func $clear (result i32)))
        (memory (export "memory") 1)
        (func (export "proxy_abi_version_0_1_0"))
        (func (export "malloc") (param i32) (result i32) (i32.const 4096))
        (func (export "proxy_on_request_headers") (param i32 i32) (result i32)
            (if (call $clear) (then (unreachable)))
            (if (call $request) (then (unreachable))) (i32.const 1))
        (func (export "proxy_on_response_headers") (param i32 i32) (result i32)
            (if (call $response) (then (unreachable))) (i32.const 1)))"#;
    let continues = compile(text).unwrap();
    assert!(Host::builder(&continues).start().unwrap().request(Request::get("/")).continued());
    // Without those calls the action counts.
    let pauses = compile(&text.replace("(if (call $request) (then (unreachable)))", "")).unwrap();
    let outcome = Host::builder(&pauses).start().unwrap().request(Request::get("/"));
    assert_eq!(outcome.verdict.name(), "paused");
    let pauses = compile(&text.replace("(if (call $response) (then (unreachable)))", "")).unwrap();
    let outcome = Host::builder(&pauses).start().unwrap().request(Request::get("/"));
    assert_eq!((outcome.verdict.name(), outcome.upstream.is_some()), ("paused", true));
}
