//! Faults: what goes wrong on purpose, and what a module sees of it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{host, module, on_request_headers, said};
use host_sim::{FailurePolicy, Fault, Host, Refusal, Request, TrapCause, Verdict};

/// Notes the status of getting `:path` twice, and of the whole map, with the size of what came.
fn noting() -> String {
    let get = "(call $note (call $get_header_map_value (i32.const 0) (i32.const 1024) (i32.const 5) (i32.const 100) (i32.const 104)))";
    format!(
        r#"(data (i32.const 1024) ":path") {}"#,
        on_request_headers(&format!(
            "{get} {get}
             (i32.store (i32.const 104) (i32.const 0))
             (call $note (call $get_header_map_pairs (i32.const 0) (i32.const 100) (i32.const 104)))
             (call $note (i32.rem_u (i32.load (i32.const 104)) (i32.const 60)))
             (i32.const 0)"
        ))
    )
}

fn status(function: &str, nth: u64, status: u32) -> Fault {
    Fault::Status { function: function.to_owned(), nth, status }
}

#[test]
fn a_call_answers_a_status_and_does_nothing() {
    let mut host = host(&noting());
    let well = said(&host.request(Request::get("/")).logs);
    assert!(well.starts_with("0 0 0 "), "{well}");
    host.inject(status("proxy_get_header_map_value", 2, 10));
    let outcome = host.request(Request::get("/"));
    assert_eq!(said(&outcome.logs), well.replacen("0 0", "0 :", 1), "10 is `:`");
    assert_eq!(outcome.cost.allocations, 2);
    assert_eq!(
        (host.faults_struck(), outcome.cost.host_calls("proxy_get_header_map_value")),
        (1, 2)
    );
    // Its turn is over.
    assert_eq!(said(&host.request(Request::get("/")).logs), well);
}

#[test]
fn every_status_can_be_had_and_several_faults_at_once() {
    let mut host = host(&noting());
    for number in 1..=12_u8 {
        host.inject(status("proxy_get_header_map_value", 1, number.into()));
        host.inject(status("proxy_get_header_map_pairs", 1, number.into()));
        let note = char::from(b'0' + number);
        let outcome = host.request(Request::get("/"));
        assert_eq!(said(&outcome.logs), format!("{note} 0 {note} 0"));
        host.clear_faults();
    }
    assert_eq!(host.faults_struck(), 24);
}

#[test]
fn faults_that_are_cleared_do_not_happen() {
    let mut host = host(&noting());
    host.inject(status("proxy_get_header_map_pairs", 1, 10));
    host.clear_faults();
    assert!(said(&host.request(Request::get("/")).logs).starts_with("0 0 0 "));
    assert_eq!(host.faults_struck(), 0);
}

#[test]
fn a_map_is_cut() {
    let mut host = host(&noting());
    for bytes in [0, 1, 30] {
        host.inject(Fault::Cut { function: "proxy_get_header_map_pairs".into(), nth: 1, bytes });
        let size = char::from(b'0' + u8::try_from(bytes).unwrap());
        assert_eq!(said(&host.request(Request::get("/")).logs), format!("0 0 0 {size}"));
        host.clear_faults();
    }
}

#[test]
fn an_allocation_fails() {
    let mut host = host(&noting());
    host.inject(Fault::AllocationFails { nth: 2 });
    let outcome = host.request(Request::get("/"));
    // 6 is an invalid memory access: what Envoy answers when the guest gives no memory.
    assert!(said(&outcome.logs).starts_with("0 6 0 "), "{:?}", outcome.logs);
    assert!(outcome.continued());
}

#[test]
fn an_allocation_traps() {
    let mut host = host(&noting());
    host.inject(Fault::AllocationTraps { nth: 1 });
    let outcome = host.request(Request::get("/"));
    let Verdict::Trapped(trap) = &outcome.verdict else { panic!("{outcome:?}") };
    assert_eq!((trap.callback, trap.cause), ("proxy_on_request_headers", TrapCause::Injected));
    assert_eq!(trap.to_string(), "`proxy_on_request_headers` trapped: a fault was injected here");
    assert!(host.is_dead());
    // The module is told that there is no memory, and goes on to its end, as in Envoy.
    assert!(said(&outcome.logs).starts_with("6 6 6 "), "{:?}", outcome.logs);
}

#[test]
fn an_allocator_that_traps_by_itself_does_the_same() {
    let body =
        format!(r#"(func (export "malloc") (param i32) (result i32) (unreachable)) {}"#, noting());
    let mut host = host(&body);
    let outcome = host.request(Request::get("/"));
    assert_eq!(outcome.trap().map(|trap| trap.cause), Some(TrapCause::Unreachable));
    assert!(said(&outcome.logs).starts_with("6 6 6 "), "{:?}", outcome.logs);
    assert_eq!((outcome.status(), host.is_dead()), (Some(503), true));
}

#[test]
fn a_call_traps_and_the_failure_policy_says_what_follows() {
    for (policy, verdict) in [
        (FailurePolicy::FailClosed, "unavailable"),
        (FailurePolicy::FailReload, "continued"),
        (FailurePolicy::FailOpen, "continued"),
    ] {
        let mut host = Host::builder(&module(&noting())).failure_policy(policy).start().unwrap();
        host.inject(Fault::TrapInCall { function: "proxy_get_header_map_pairs".into(), nth: 1 });
        assert_eq!(host.request(Request::get("/")).status(), Some(503));
        let outcome = host.request(Request::get("/"));
        assert_eq!(outcome.verdict.name(), verdict);
        // A fresh VM is asked again, and what went wrong once does not go wrong again.
        let asked = policy == FailurePolicy::FailReload;
        assert_eq!(outcome.cost.entries > 0, asked);
    }
}

#[test]
fn a_callback_traps() {
    let mut host = host(r#"(func (export "proxy_on_log") (param i32))"#);
    host.inject(Fault::TrapInCallback { callback: "proxy_on_log".into(), nth: 2 });
    assert_eq!(host.request(Request::get("/")).trap(), None);
    let outcome = host.request(Request::get("/"));
    // The client has its answer by then.
    assert!(outcome.continued());
    assert_eq!(outcome.late_trap.unwrap().cause, TrapCause::Injected);
}

#[test]
fn a_fault_at_the_start() {
    let refuses = r#"(func (export "proxy_on_configure") (param i32 i32) (result i32)
        (i32.eqz (call $get_buffer_bytes (i32.const 7) (i32.const 0) (local.get 1) (i32.const 100) (i32.const 104))))"#;
    let module = module(refuses);
    let builder = || Host::builder(&module).configuration("x");
    assert!(builder().start().is_ok());
    let error = builder().fault(status("proxy_get_buffer_bytes", 1, 1)).start().unwrap_err();
    assert_eq!(error.refusal, Refusal::Refused("proxy_on_configure"));
    let trap = Fault::TrapInCallback { callback: "proxy_on_configure".into(), nth: 1 };
    let error = builder().fault(trap).start().unwrap_err();
    assert!(matches!(error.refusal, Refusal::Trapped(_)), "{error}");
}

/// What has gone wrong in a restart is over, as anything else that has gone wrong.
#[test]
fn a_fault_in_a_restart_happens_once() {
    let body = on_request_headers("(i32.const 0)")
        + r#"(func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 1))"#;
    let builder = Host::builder(&module(&body)).failure_policy(FailurePolicy::FailReload);
    let builder = builder
        .fault(Fault::TrapInCallback { callback: "proxy_on_request_headers".into(), nth: 1 });
    let mut host = builder.start().unwrap();
    host.inject(Fault::TrapInCallback { callback: "proxy_on_configure".into(), nth: 1 });
    assert!(host.request(Request::get("/")).trap().is_some());
    assert_eq!(host.request(Request::get("/")).verdict, Verdict::Unavailable);
    assert!(host.request(Request::get("/")).continued());
    assert_eq!(host.faults_struck(), 2);
}

#[test]
fn a_foreign_function_that_is_cut_tells_what_it_gave() {
    let body = format!(
        r#"(data (i32.const 1024) "shoutabcdef") {}"#,
        on_request_headers(
            "(drop (call $call_foreign_function (i32.const 1024) (i32.const 5)
                (i32.const 1029) (i32.const 6) (i32.const 100) (i32.const 104)))
             (call $note (i32.load (i32.const 104)))
             (i32.const 0)"
        )
    );
    let mut host = Host::builder(&module(&body))
        .foreign_function("shout", |arguments| Ok(arguments.to_ascii_uppercase()))
        .start()
        .unwrap();
    assert_eq!(said(&host.request(Request::get("/")).logs), "6");
    let function = "proxy_call_foreign_function".to_owned();
    host.inject(Fault::Cut { function, nth: 1, bytes: 2 });
    assert_eq!(said(&host.request(Request::get("/")).logs), "2");
}

#[test]
fn what_is_not_allowed_answers_as_in_envoy() {
    let body = format!(
        r#"(data (i32.const 1024) ":path")
        (func (export "proxy_on_log") (param i32) (call $note (i32.const 9)))
        {}"#,
        on_request_headers(
            "(call $note (call $get_header_map_value (i32.const 0) (i32.const 1024) (i32.const 5) (i32.const 100) (i32.const 104)))
             (call $note (call $get_header_map_size (i32.const 0) (i32.const 100)))
             (i32.const 0)"
        )
    );
    let module = module(&body);
    let allowed = ["proxy_log", "proxy_on_request_headers", "proxy_get_header_map_size"];
    let mut host = Host::builder(&module).allowed_capabilities(allowed).start().unwrap();
    let outcome = host.request(Request::get("/"));
    assert_eq!(
        said(&outcome.logs),
        "Attempted call to restricted proxy-wasm capability: proxy_get_header_map_value : 0",
        "10 is `:`; the log callback is not called"
    );
    assert_eq!(outcome.cost.allocations, 0);
    let none: [&str; 0] = [];
    let mut host = Host::builder(&module).allowed_capabilities(none).start().unwrap();
    assert_eq!(said(&host.request(Request::get("/")).logs), "0 0 9");
}

#[test]
fn wasi_that_is_not_allowed_is_not_capable() {
    let body = r#"(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (drop (call $log (i32.const 2) (i32.const 1024)
            (i32.eq (call $random (i32.const 1024) (i32.const 4)) (i32.const 76))))
        (i32.const 0))"#;
    let text = common::text(body).replacen(
        "(module",
        r#"(module (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))"#,
        1,
    );
    let module = common::compile(&text).unwrap();
    let allowed = ["proxy_log", "proxy_on_request_headers"];
    let mut host = Host::builder(&module).allowed_capabilities(allowed).start().unwrap();
    let outcome = host.request(Request::get("/"));
    assert_eq!(outcome.logs[0].text(), "Attempted call to restricted WASI capability: random_get");
    assert_eq!(outcome.logs[1].message.len(), 1);
}

#[test]
fn faults_have_words() {
    let said = |fault: Fault| fault.to_string();
    assert_eq!(
        said(status("proxy_get_property", 2, 10)),
        "call 2 of `proxy_get_property` answers 10 (internal failure)"
    );
    assert_eq!(said(status("random_get", 1, 58)), "call 1 of `random_get` answers 58");
    assert_eq!(
        said(Fault::Cut { function: "proxy_get_header_map_pairs".into(), nth: 1, bytes: 7 }),
        "call 1 of `proxy_get_header_map_pairs` gives only 7 bytes"
    );
    assert_eq!(said(Fault::AllocationFails { nth: 3 }), "allocation 3 fails");
}
