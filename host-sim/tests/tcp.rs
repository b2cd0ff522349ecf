//! TCP connections.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{built, data, host, said};
use host_sim::{Connect, FailurePolicy, Host, OpenConnection, Peer, Profile};

/// Says every callback by a letter and its numbers; returns the action at 2000 for data from
/// below, at 2001 for data from above.
const ALL: &str = r#"
    (func $letter (param i32) (i32.store8 (i32.const 0) (local.get 0)) (drop (call $log (i32.const 2) (i32.const 0) (i32.const 1))))
    (func (export "proxy_on_context_create") (param i32 i32)
        (if (i32.gt_u (local.get 1) (i32.const 0)) (then (call $letter (i32.const 99)))))
    (func (export "proxy_on_new_connection") (param i32) (result i32) (call $letter (i32.const 110)) (i32.const 1))
    (func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32)
        (call $letter (i32.const 100)) (call $note (local.get 1)) (call $note (local.get 2)) (i32.load8_u (i32.const 2000)))
    (func (export "proxy_on_upstream_data") (param i32 i32 i32) (result i32)
        (call $letter (i32.const 117)) (call $note (local.get 1)) (call $note (local.get 2)) (i32.load8_u (i32.const 2001)))
    (func (export "proxy_on_downstream_connection_close") (param i32 i32) (call $letter (i32.const 120)) (call $note (local.get 1)))
    (func (export "proxy_on_upstream_connection_close") (param i32 i32) (call $letter (i32.const 121)) (call $note (local.get 1)))
    (func (export "proxy_on_done") (param i32) (result i32) (call $letter (i32.const 79)) (i32.const 1))
    (func (export "proxy_on_log") (param i32) (call $letter (i32.const 76)))
    (func (export "proxy_on_delete") (param i32) (call $letter (i32.const 68)))
"#;

fn client() -> Connect {
    Connect::from("192.0.2.1:1234".parse().unwrap())
}

fn open(host: &mut Host) -> OpenConnection {
    host.connect(client())
}

#[test]
fn every_callback_comes_in_order() {
    let mut host = host(ALL);
    let connection = open(&mut host);
    host.send_downstream(&connection, "ping");
    host.send_upstream(&connection, "pong!");
    host.end_upstream(&connection);
    host.end_downstream(&connection);
    let outcome = host.disconnect(connection);
    // Of a connection the module takes leave before it logs; who closed the upstream's side Envoy
    // does not know (0), the client is remote (2).
    assert_eq!(said(&outcome.logs), "c n d 4 0 u 5 0 u 0 1 y 0 d 0 1 x 2 O L D");
    assert_eq!((outcome.to_upstream, outcome.to_client), (b"ping".to_vec(), b"pong!".to_vec()));
    assert!(!outcome.closed_by_module && outcome.trap.is_none());
    assert_eq!(outcome.cost.entries, u64::try_from(outcome.callbacks.len()).unwrap());
}

#[test]
fn data_that_is_held_is_shown_again_with_what_comes_later() {
    let mut host = host(&format!("{ALL}{}", data(2000, [1])));
    let connection = open(&mut host);
    host.send_downstream(&connection, "ab");
    host.send_downstream(&connection, "cde");
    assert_eq!(host.passed(&connection).0, b"");
    let outcome = host.disconnect(connection);
    assert!(said(&outcome.logs).starts_with("c n d 2 0 d 5 0 x"));
    assert_eq!(outcome.to_upstream, b"");
}

#[test]
fn data_is_read_and_changed_and_goes_on_when_the_module_says_so() {
    let body = format!(
        r#"{}
        (func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32)
            (drop (call $get_buffer_bytes (i32.const 2) (i32.const 0) (i32.const 9) (i32.const 100) (i32.const 104))) (call $say)
            (call $note (call $set_buffer_bytes (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 1024) (i32.const 2)))
            (call $note (call $continue_stream (i32.const 2)))
            (call $note (call $continue_stream (i32.const 3)))
            (i32.const 1))"#,
        data(1024, "> ")
    );
    let mut host = host(&body);
    let connection = open(&mut host);
    host.send_downstream(&connection, "hello");
    let outcome = host.disconnect(connection);
    assert_eq!(said(&outcome.logs), "hello 0 0 <", "the upstream's side cannot be continued");
    assert_eq!(outcome.to_upstream, b"> hello");
}

#[test]
fn the_module_closes_a_connection() {
    let body = ALL.replace(
        "(call $letter (i32.const 110)) (i32.const 1)",
        "(call $letter (i32.const 110)) (drop (call $close_stream (i32.const 2))) (i32.const 1)",
    );
    let mut host = host(&body);
    let connection = open(&mut host);
    assert!(host.is_closed(&connection));
    host.send_downstream(&connection, "nobody sees that");
    let outcome = host.disconnect(connection);
    assert_eq!(said(&outcome.logs), "c n x 1 O L D", "the proxy closed it (1)");
    assert!(outcome.closed_by_module);
}

#[test]
fn each_side_ends_once() {
    let mut host = host(ALL);
    let connection = open(&mut host);
    for _ in 0..2 {
        host.send_downstream(&connection, "ping");
        host.end_downstream(&connection);
        host.send_upstream(&connection, "pong!");
        host.end_upstream(&connection);
        host.close_upstream(&connection, Peer::Remote);
    }
    let outcome = host.disconnect(connection);
    assert_eq!(said(&outcome.logs), "c n d 4 0 d 0 1 u 5 0 u 0 1 y 0 x 2 O L D");
    assert_eq!((&outcome.to_upstream[..], &outcome.to_client[..]), (&b"ping"[..], &b"pong!"[..]));
}

#[test]
fn who_closes_is_told() {
    let mut host = host(ALL);
    let connection = open(&mut host);
    host.close_upstream(&connection, Peer::Remote);
    host.close_downstream(&connection, Peer::Local);
    assert_eq!(said(&host.disconnect(connection).logs), "c n y 0 x 1 O L D");
    let mut strict = built(ALL, |builder| builder.profile(Profile::Strict));
    let connection = open(&mut strict);
    strict.close_upstream(&connection, Peer::Remote);
    assert_eq!(said(&strict.disconnect(connection).logs), "c n y 2 x 2 O L D");
}

#[test]
fn properties_and_filter_state_are_those_of_the_connection() {
    let body = format!(
        r#"{}{}
        (func (export "proxy_on_new_connection") (param i32) (result i32)
            (call $note (call $get_property (i32.const 1024) (i32.const 14) (i32.const 100) (i32.const 104))) (call $say)
            (call $note (call $get_property (i32.const 1040) (i32.const 12) (i32.const 100) (i32.const 104)))
            (call $note (call $set_property (i32.const 1024) (i32.const 6) (i32.const 1031) (i32.const 7)))
            (i32.const 0))"#,
        data(1024, b"source\0address"),
        data(1040, b"request\0path"),
    );
    let mut host = host(&body);
    let connection = open(&mut host);
    let outcome = host.disconnect(connection);
    assert_eq!(said(&outcome.logs), "0 192.0.2.1:1234 1 0");
    assert_eq!(outcome.filter_state[&b"source"[..]], b"address");
}

#[test]
fn a_trap_closes_the_connection_and_the_failure_policy_holds_for_the_next() {
    let body = r#"(func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32) (unreachable))"#;
    for (policy, closed) in [(FailurePolicy::FailClosed, true), (FailurePolicy::FailOpen, false)] {
        let mut host = built(body, |builder| builder.failure_policy(policy));
        let connection = open(&mut host);
        host.send_downstream(&connection, "x");
        assert!(host.is_closed(&connection));
        let outcome = host.disconnect(connection);
        assert_eq!(outcome.trap.unwrap().callback, "proxy_on_downstream_data");
        let next = open(&mut host);
        assert_eq!(host.is_closed(&next), closed, "{policy:?}");
        assert!(host.disconnect(next).callbacks.is_empty());
    }
}

#[test]
fn what_comes_on_a_connection_that_the_module_does_not_see_passes_or_is_refused() {
    let body = r#"(func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32) (unreachable))"#;
    for (policy, passed) in [(FailurePolicy::FailClosed, ""), (FailurePolicy::FailOpen, "x")] {
        let mut host = built(body, |builder| builder.failure_policy(policy));
        let connection = open(&mut host);
        host.send_downstream(&connection, "x");
        drop(host.disconnect(connection));
        let connections = [open(&mut host), open(&mut host)];
        for connection in &connections {
            host.send_downstream(connection, "x");
            host.send_upstream(connection, "X");
        }
        for connection in connections {
            let expected = (passed.to_owned(), passed.to_uppercase());
            assert_eq!(texts(host.passed(&connection)), expected, "{policy:?}");
            host.close_downstream(&connection, Peer::Remote);
            assert!(host.is_closed(&connection));
            host.send_downstream(&connection, "late");
            let outcome = host.disconnect(connection);
            assert_eq!(texts((outcome.to_upstream, outcome.to_client)), expected, "{policy:?}");
        }
    }
}

fn texts((one, other): (Vec<u8>, Vec<u8>)) -> (String, String) {
    (String::from_utf8(one).unwrap(), String::from_utf8(other).unwrap())
}
