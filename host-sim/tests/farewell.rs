//! How contexts go when the module wants to be waited for: `proxy_on_done` returns false, and `proxy_done` comes later.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{built, data, said};
use host_sim::{Connect, Host, HttpAnswer, Peer, Profile, Request, Response};

/// Says `D`, `L` and `X` with the context for `proxy_on_done`, which returns false,
/// `proxy_on_log`, in which it looks for the request's path, and `proxy_on_delete`. A tick calls
/// `proxy_done` for the stream or connection that came last, twice.
const WAITS: &str = r#"
    (global $last (mut i32) (i32.const 0))
    (func $letter (param i32) (i32.store8 (i32.const 0) (local.get 0)) (drop (call $log (i32.const 2) (i32.const 0) (i32.const 1))))
    (func (export "proxy_on_context_create") (param $context i32) (param $parent i32)
        (if (local.get $parent)
            (then (global.set $last (local.get $context)))
            (else (drop (call $set_tick_period_milliseconds (i32.const 10))))))
    (func (export "proxy_on_tick") (param i32)
        (if (global.get $last) (then
            (call $note (call $set_effective_context (global.get $last)))
            (call $note (call $done)) (call $note (call $done)))))
    (func (export "proxy_on_done") (param i32) (result i32)
        (call $letter (i32.const 68)) (call $note (local.get 0)) (i32.const 0))
    (func (export "proxy_on_log") (param i32)
        (call $letter (i32.const 76)) (call $note (local.get 0))
        (call $note (call $get_header_map_value (i32.const 0) (i32.const 1024) (i32.const 5) (i32.const 100) (i32.const 104))))
    (func (export "proxy_on_delete") (param i32) (call $letter (i32.const 88)) (call $note (local.get 0)))
    (data (i32.const 1024) ":path")"#;

fn strict() -> Host {
    built(WAITS, |builder| builder.profile(Profile::Strict))
}

#[test]
fn a_stream_logs_and_goes_after_proxy_done() {
    let mut host = strict();
    let outcome = host.request(Request::get("/"));
    assert!(outcome.continued());
    assert_eq!(said(&outcome.logs), "D 2");
    // Another one comes and goes meanwhile.
    assert_eq!(said(&host.request(Request::get("/")).logs), "D 3");
    // It is there, done once, and reads its headers in the log as in any.
    assert_eq!(said(&host.tick().logs), "0 0 1 L 3 0 X 3");
    assert_eq!(said(&host.tick().logs), "2 1 1", "it is gone");
}

#[test]
fn a_connection_logs_and_goes_after_proxy_done() {
    let mut host = strict();
    let connection = host.connect(Connect::from("192.0.2.1:1234".parse().unwrap()));
    host.send_downstream(&connection, "ping");
    let outcome = host.disconnect(connection);
    assert_eq!((said(&outcome.logs), outcome.to_upstream), ("D 2".to_owned(), b"ping".to_vec()));
    assert_eq!(said(&host.tick().logs), "0 0 1 L 2 2 X 2");
    assert_eq!(said(&host.tick().logs), "2 1 1", "it is gone");
}

/// Its outcome is there whenever the module is done.
#[test]
fn a_connection_that_is_done_before_it_is_asked_for_has_its_outcome() {
    let mut host = strict();
    let connection = host.connect(Connect::from("192.0.2.1:1234".parse().unwrap()));
    host.send_downstream(&connection, "ping");
    host.close_downstream(&connection, Peer::Remote);
    assert_eq!(said(&host.tick().logs), "0 0 1 L 2 2 X 2");
    assert!(host.is_closed(&connection));
    assert_eq!(host.passed(&connection), (b"ping".to_vec(), Vec::new()));
    assert_eq!(said(&host.tick().logs), "2 1 1", "to the module it is gone");
    let outcome = host.disconnect(connection);
    let logs = "D 2 L 2 2 X 2".to_owned();
    assert_eq!((said(&outcome.logs), outcome.to_upstream), (logs, b"ping".to_vec()));
}

/// Envoy does not wait for it.
#[test]
fn a_connection_that_is_closed_is_gone_before_it_is_asked_for() {
    let mut host = built(WAITS, |builder| builder);
    let connection = host.connect(Connect::from("192.0.2.1:1234".parse().unwrap()));
    host.send_downstream(&connection, "ping");
    host.close_downstream(&connection, Peer::Remote);
    assert_eq!(said(&host.tick().logs), "2 1 1", "to the module it is gone");
    let outcome = host.disconnect(connection);
    let logs = "D 2 L 2 2 X 2".to_owned();
    assert_eq!((said(&outcome.logs), outcome.to_upstream), (logs, b"ping".to_vec()));
}

#[test]
fn a_root_context_waits_for_a_stream_that_is_not_done() {
    let mut host = strict();
    drop(host.request(Request::get("/")));
    host.configure("").unwrap();
    assert_eq!(host.root_contexts(), 2);
    // The stream goes, and the old root context takes its leave: it wants to be waited for, too.
    assert_eq!(said(&host.tick().logs), "0 0 1 L 2 0 X 2 2 1 1 D 1");
    assert_eq!(host.root_contexts(), 2);
}

#[test]
fn a_stream_may_be_done_in_the_answer_of_a_call_that_it_made_at_its_end() {
    let head = common::map(&[(":method", "GET"), (":path", "/"), (":authority", "log")]);
    let module = format!(
        r#"{}{}
        (global $stream (mut i32) (i32.const 0))
        (func (export "proxy_on_done") (param i32) (result i32)
            (global.set $stream (local.get 0))
            (call $note (call $http_call (i32.const 1024) (i32.const 3) (i32.const 1100) (i32.const {})
                (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 200)))
            (i32.const 0))
        (func (export "proxy_on_http_call_response") (param i32 i32 i32 i32 i32)
            (drop (call $set_effective_context (global.get $stream))) (call $note (call $done)))
        (func (export "proxy_on_delete") (param i32) (call $note (local.get 0)))"#,
        data(1024, "log"),
        data(1100, &head),
        head.len()
    );
    let mut host = built(&module, |builder| {
        builder
            .profile(Profile::Strict)
            .on_http_call("log", |_| HttpAnswer::from(Response::new(200)))
    });
    let outcome = host.request(Request::get("/"));
    assert_eq!(said(&outcome.logs), "0 0 2");
    assert_eq!(outcome.callouts.len(), 1);
}

#[test]
fn a_trap_while_it_is_waited_for_is_not_the_streams() {
    let module = WAITS.replace("(call $letter (i32.const 76))", "(unreachable)");
    let mut host = built(&module, |builder| builder.profile(Profile::Strict));
    let outcome = host.request(Request::get("/"));
    assert!(outcome.continued() && outcome.trap().is_none());
    host.tick();
    assert!(host.is_dead());
}
