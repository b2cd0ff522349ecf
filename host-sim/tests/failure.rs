//! Traps, failure policies, bad pointers, limits.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::time::{Duration, Instant};

use common::{host, module, on_request_headers, said};
use host_sim::{Begun, FailurePolicy, Host, Metric, Request, Response, TrapCause, Verdict};

/// Traps on requests without a second header; counts the others.
const TRAPS: &str = r#"
    (data (i32.const 1024) "served")
    (global $metric (mut i32) (i32.const 0))
    (func (export "proxy_on_configure") (param i32 i32) (result i32)
        (drop (call $define_metric (i32.const 0) (i32.const 1024) (i32.const 6) (i32.const 100)))
        (global.set $metric (i32.load (i32.const 100)))
        (i32.const 1))
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (if (i32.eq (local.get 1) (i32.const 4)) (then (unreachable)))
        (drop (call $increment_metric (global.get $metric) (i64.const 1)))
        (i32.const 0))
"#;

fn start(policy: FailurePolicy) -> Host {
    Host::builder(&module(TRAPS)).failure_policy(policy).start().unwrap()
}

fn bad() -> Request {
    Request::get("/")
}

fn good() -> Request {
    Request::get("/").header("x", "y")
}

#[test]
fn fail_closed_answers_503_from_then_on() {
    let mut host = start(FailurePolicy::FailClosed);
    assert!(host.request(good()).continued());
    let outcome = host.request(bad());
    let Verdict::Trapped(trap) = &outcome.verdict else { panic!("{outcome:?}") };
    assert_eq!((trap.callback, trap.cause), ("proxy_on_request_headers", TrapCause::Unreachable));
    assert_eq!((outcome.status(), outcome.details()), (Some(503), "wasm_fail_stream".to_owned()));
    assert!(outcome.upstream.is_none() && host.is_dead());
    let outcome = host.request(good());
    assert_eq!((&outcome.verdict, outcome.status()), (&Verdict::Unavailable, Some(503)));
    assert_eq!(outcome.cost.entries, 0);
    assert!(host.configure("").is_err());
}

#[test]
fn fail_reload_serves_the_next_request_from_a_fresh_vm() {
    let mut host = start(FailurePolicy::FailReload);
    assert!(host.request(good()).continued());
    assert_eq!(host.request(bad()).status(), Some(503));
    assert!(host.request(good()).continued());
    // A proxy keeps its metrics.
    assert_eq!(host.metric("served"), Some(Metric::Counter(2)));
}

#[test]
fn fail_open_lets_later_requests_pass_unseen() {
    let mut host = start(FailurePolicy::FailOpen);
    assert_eq!(host.request(bad()).status(), Some(503));
    let outcome = host.request(bad().answered_by(Response::new(201)));
    assert!(outcome.continued());
    assert_eq!((outcome.status(), outcome.cost.entries), (Some(201), 0));
    assert_eq!(outcome.upstream_header(":path"), Some(&b"/"[..]));
}

#[test]
fn a_stream_does_not_outlive_its_vm() {
    for policy in [FailurePolicy::FailClosed, FailurePolicy::FailReload, FailurePolicy::FailOpen] {
        let mut host = start(policy);
        let stream = host.open(good().unanswered());
        let Begun::Upstream(pending) = host.begin(good()) else { panic!() };
        host.request(bad());
        host.request(good());
        assert_eq!(host.complete(pending, Response::new(204)).status(), Some(503), "{policy:?}");
        host.respond(&stream, Response::new(204));
        assert_eq!(host.close(stream).status(), Some(503), "{policy:?}");
    }
}

#[test]
fn a_trap_while_logging_comes_too_late_for_the_client() {
    let mut host = host(r#"(func (export "proxy_on_log") (param i32) (unreachable))"#);
    let outcome = host.request(Request::get("/"));
    assert!(outcome.continued());
    assert_eq!(outcome.trap().unwrap().callback, "proxy_on_log");
    assert_eq!(host.request(Request::get("/")).verdict, Verdict::Unavailable);
}

#[test]
fn a_trap_in_the_response_is_a_503_to_the_client() {
    let mut host = host(
        r#"(func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32) (unreachable))"#,
    );
    let outcome = host.request(Request::get("/"));
    assert_eq!(outcome.status(), Some(503));
    assert!(outcome.upstream.is_some());
}

#[test]
fn an_infinite_loop_is_ended() {
    let module = module(&on_request_headers("(loop $again (br $again)) (i32.const 0)"));
    let mut host = Host::builder(&module).deadline(Duration::from_millis(20)).start().unwrap();
    let begun = Instant::now();
    let outcome = host.request(Request::get("/"));
    let trap = outcome.trap().unwrap();
    assert_eq!(trap.cause, TrapCause::Deadline);
    assert_eq!(trap.message, "ran longer than its deadline of 20ms; `--deadline` sets another");
    assert!(begun.elapsed() >= Duration::from_millis(20));
}

#[test]
fn memory_ends_at_its_limit() {
    let grow = on_request_headers(
        "(call $note (i32.eq (memory.grow (i32.const 4)) (i32.const -1)))
         (call $note (i32.eq (memory.grow (i32.const 1)) (i32.const -1))) (i32.const 0)",
    );
    let module = module(&grow);
    let mut host = Host::builder(&module).memory_limit(8 << 16).start().unwrap();
    let outcome = host.request(Request::get("/"));
    assert_eq!((said(&outcome.logs).as_str(), outcome.memory_pages), ("0 1", 8));
    let error = Host::builder(&module).memory_limit(1 << 16).start().unwrap_err();
    assert!(error.to_string().contains("could not be instantiated"), "{error}");
}

#[test]
fn bad_pointers_are_told_and_hurt_nobody() {
    let end = 4 << 16;
    let calls = [
        // Reading past the end, and past the end of all addresses.
        format!("(call $log (i32.const 2) (i32.const {}) (i32.const 2))", end - 1),
        "(call $log (i32.const 2) (i32.const -1) (i32.const -1))".to_owned(),
        "(call $log (i32.const 2) (i32.const 0) (i32.const -1))".to_owned(),
        // Writing a number that does not fit whole.
        format!("(call $get_current_time_nanoseconds (i32.const {}))", end - 7),
        "(call $get_log_level (i32.const -1))".to_owned(),
        // Where to write pointer and size.
        format!("(call $get_header_map_pairs (i32.const 0) (i32.const {end}) (i32.const 100))"),
        "(call $get_header_map_pairs (i32.const 0) (i32.const 100) (i32.const -3))".to_owned(),
        "(call $get_property (i32.const -9) (i32.const 99) (i32.const 100) (i32.const 104))".to_owned(),
        "(call $send_local_response (i32.const 200) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
            (i32.const -4) (i32.const 8) (i32.const 0))"
            .to_owned(),
    ];
    let notes: String = calls.iter().map(|call| format!("(call $note {call})")).collect();
    let outcome = host(&on_request_headers(&format!("{notes} (i32.const 0)"))).request(good());
    assert_eq!(said(&outcome.logs), "6 6 6 6 6 6 6 6 6");
    assert!(outcome.continued());
}

#[test]
fn an_allocator_without_memory_is_told() {
    let body = on_request_headers(
        "(call $note (call $get_header_map_pairs (i32.const 0) (i32.const 100) (i32.const 104))) (i32.const 0)",
    );
    let nothing = r#"(func (export "malloc") (param i32) (result i32) (i32.const 0))"#;
    assert_eq!(said(&host(&format!("{nothing}{body}")).request(good()).logs), "6");
    let outside = r#"(func (export "malloc") (param i32) (result i32) (i32.const 0x3fffe))"#;
    assert_eq!(said(&host(&format!("{outside}{body}")).request(good()).logs), "6");
}

#[test]
fn an_allocator_that_traps_or_calls_more_than_logging_ends_the_callback() {
    let body = on_request_headers(
        "(call $note (call $get_header_map_pairs (i32.const 0) (i32.const 100) (i32.const 104))) (i32.const 0)",
    );
    let traps = r#"(func (export "malloc") (param i32) (result i32) (unreachable))"#;
    let outcome = host(&format!("{traps}{body}")).request(good());
    assert_eq!(outcome.trap().unwrap().cause, TrapCause::Unreachable);
    let calling = |call: &str| {
        let allocator =
            format!(r#"(func (export "malloc") (param i32) (result i32) {call} (i32.const 2048))"#);
        host(&format!("{allocator}{body}")).request(good())
    };
    assert_eq!(said(&calling("(call $note (i32.const 1))").logs), "1 0");
    let outcome = calling("(drop (call $get_current_time_nanoseconds (i32.const 2048)))");
    assert!(outcome.trap().unwrap().message.contains("while the guest allocates"));
}
