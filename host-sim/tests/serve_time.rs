//! `host-sim serve` and the clock: ticks, timeouts of calls, streams that are held, the end.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;
#[path = "common/server.rs"]
mod server;

use std::io::Write;
use std::process::Command;

use common::{data, map, on_request_headers};
use server::{Server, read_until, upstream};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// Ticks every 10 ms; each tick runs `body` when `$context` has been set.
fn ticking(body: &str) -> String {
    format!(
        r#"(global $context (mut i32) (i32.const 0))
        (func (export "proxy_on_vm_start") (param i32 i32) (result i32)
            (drop (call $set_tick_period_milliseconds (i32.const 10))) (i32.const 1))
        (func (export "proxy_on_tick") (param i32)
            (if (global.get $context) (then
                (drop (call $set_effective_context (global.get $context)))
                (global.set $context (i32.const 0))
                {body})))"#
    )
}

/// Holds the headers, in either direction.
fn holds(direction: &str) -> String {
    format!(
        r#"(func (export "proxy_on_{direction}_headers") (param i32 i32 i32) (result i32)
            (global.set $context (local.get 0)) (i32.const 1))"#
    )
}

#[test]
fn a_tick_lets_a_held_stream_go_on() {
    for (direction, stream) in [("request", 0), ("response", 1)] {
        let (upstream, seen) = upstream("\r\n\r\n", OK);
        let resume = format!("(drop (call $continue_stream (i32.const {stream})))");
        let module = format!("{} {}", ticking(&resume), holds(direction));
        let mut server = Server::start(&module, &upstream);
        let answer = server.ask("GET /a HTTP/1.1");
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("ok"), "{answer}");
        assert!(seen.join().unwrap().starts_with("GET /a HTTP/1.1\r\n"));
        assert_eq!(server.told()["verdict"], "continued");
    }
}

#[test]
fn what_the_module_logs_of_a_stream_is_said_when_it_logs_it() {
    let log = |at| format!("(drop (call $log (i32.const 2) (i32.const {at}) (i32.const 4)))");
    let (upstream, _) = upstream("\r\n\r\n", OK);
    let module = format!(
        r#"{}{}{}{}{} (func (export "proxy_on_log") (param i32) {})"#,
        data(1024, "held"),
        data(1100, "tick"),
        data(1200, "ends"),
        ticking(&format!("{} (drop (call $continue_stream (i32.const 0)))", log(1100))),
        on_request_headers(&format!(
            "(global.set $context (local.get $context)) {} (i32.const 1)",
            log(1024)
        )),
        log(1200),
    );
    let mut server = Server::start(&module, &upstream);
    assert!(server.ask("GET / HTTP/1.1").starts_with("HTTP/1.1 200 "));
    for expected in ["held", "tick", "ends"] {
        assert_eq!(server.said(), format!("module: info: {expected}"));
    }
}

/// By a tick, which lets several callbacks of the stream follow each other.
#[test]
fn what_a_stream_that_goes_on_logs_is_said_once() {
    let resume = "(drop (call $continue_stream (i32.const 0)))";
    let module = format!(
        r#"{}{}
        (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
            (call $note (local.get 1)) (call $note (local.get 2)) (i32.const 0))
        (func (export "proxy_on_log") (param i32) (call $note (i32.const 9)))"#,
        ticking(resume),
        holds("request")
    );
    let (upstream, _) = upstream("up", OK);
    let mut server = Server::start(&module, &upstream);
    let mut client = server.connect();
    client.write_all(b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 2\r\n\r\nup").unwrap();
    read_until(&mut client, "ok");
    // Two bytes that came while it was held, and the end with them; then the end of the stream.
    for expected in ["2", "1", "9"] {
        assert_eq!(server.said(), format!("module: info: {expected}"));
    }
    let told = server.told();
    let entries = &told["cost"]["entries"];
    assert_eq!(*entries, 3, "headers, body, log: no callback came twice: {told}");
}

#[test]
fn a_response_that_is_held_at_its_end_is_a_504() {
    let module = r#"(func (export "proxy_on_response_body") (param i32 i32 i32) (result i32)
        (i32.const 1))"#;
    let (upstream, _) = upstream("\r\n\r\n", OK);
    let mut server = Server::start(module, &upstream);
    assert!(server.ask("GET / HTTP/1.1").starts_with("HTTP/1.1 504 "));
    assert_eq!(server.told()["verdict"], "paused");
}

#[test]
fn a_stream_is_not_held_for_ever() {
    let module = format!("{} {}", ticking(""), holds("request"));
    let mut server = Server::with(&module, "127.0.0.1:1", &["--hold", "50ms"]);
    assert!(server.ask("GET / HTTP/1.1").starts_with("HTTP/1.1 504 "));
    assert_eq!(
        server.said(),
        "error: `GET /`: the module has held it for 50ms, the longest here (--hold)"
    );
    assert_eq!(server.told()["verdict"], "paused");
}

#[test]
fn a_stream_of_a_client_that_is_gone_is_not_held() {
    let log = |at| format!("(drop (call $log (i32.const 2) (i32.const {at}) (i32.const 4)))");
    for direction in ["request", "response"] {
        let (upstream, _) = upstream("\r\n\r\n", OK);
        let module = format!(
            r#"{}{}{}{} (func (export "proxy_on_log") (param i32) {})"#,
            data(1024, "held"),
            data(1100, "gone"),
            ticking(&log(1024)),
            holds(direction),
            log(1100),
        );
        let mut server = Server::start(&module, &upstream);
        let mut client = server.connect();
        client.write_all(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
        assert_eq!(server.said(), "module: info: held", "{direction}");
        drop(client);
        assert_eq!(server.said(), "module: info: gone", "{direction}");
        assert_eq!(server.told()["verdict"], "closed", "{direction}");
    }
}

#[test]
fn a_stream_that_nothing_lets_go_on_ends_at_once() {
    let mut server = Server::start(&on_request_headers("(i32.const 1)"), "127.0.0.1:1");
    assert!(server.ask("GET / HTTP/1.1").starts_with("HTTP/1.1 504 "));
    assert_eq!(
        server.said(),
        "error: `GET /`: the module holds it, and no tick or call can let it go on"
    );
}

/// Nobody answers the call: it ends by its timeout, which is a response with three headers, and
/// the module makes 403 of it.
#[test]
fn the_timeout_of_a_call_comes() {
    let head = map(&[(":method", "GET"), (":path", "/"), (":authority", "a")]);
    let module = format!(
        r#"{}{}{}
        (global $context (mut i32) (i32.const 0))
        (func (export "proxy_on_http_call_response") (param i32 i32 i32 i32 i32)
            (drop (call $set_effective_context (global.get $context)))
            (drop (call $send_local_response (i32.add (i32.const 400) (local.get 2)) (i32.const 0)
                (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1))))"#,
        data(1024, "auth"),
        data(1100, &head),
        on_request_headers(&format!(
            "(global.set $context (local.get $context))
             (drop (call $http_call (i32.const 1024) (i32.const 4) (i32.const 1100) (i32.const {})
                (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 20) (i32.const 200)))
             (i32.const 1)",
            head.len()
        ))
    );
    let server = Server::start(&module, "127.0.0.1:1");
    let answer = server.ask("GET / HTTP/1.1");
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
}

#[cfg(unix)]
#[test]
fn an_interrupt_and_a_termination_end_it_cleanly() {
    for signal in ["-INT", "-TERM"] {
        let mut server = Server::start("", "127.0.0.1:1");
        let process = server.process.id().to_string();
        assert!(Command::new("kill").args([signal, &process]).status().unwrap().success());
        assert_eq!(server.process.wait().unwrap().code(), Some(0), "{signal}");
    }
}
