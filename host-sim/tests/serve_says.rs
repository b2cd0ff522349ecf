//! What `host-sim serve` says on standard error, and of which request.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;
#[path = "common/server.rs"]
mod server;

use std::io::Write;

use common::{data, on_request_headers};
use server::{Server, read_until, upstream};

/// One more than is held of a body.
const TOO_MANY: usize = (16 << 20) + 1;

#[test]
fn each_line_of_the_module_is_said_once_whichever_stream_or_vm_it_is_of() {
    // Holds requests, traps on one with more headers, and says 7 when it starts.
    let module = format!(
        r#"(func (export "proxy_on_configure") (param i32 i32) (result i32)
            (call $note (i32.const 7))
            (drop (call $set_tick_period_milliseconds (i32.const 100000))) (i32.const 1)) {}"#,
        on_request_headers(
            "(if (i32.gt_u (local.get $count) (i32.const 5)) (then (unreachable)))
             (call $note (i32.const 1)) (i32.const 1)"
        )
    );
    let mut server = Server::with(&module, "127.0.0.1:1", &["--failure-policy", "fail-reload"]);
    let mut held = server.connect();
    held.write_all(b"GET /held HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
    assert_eq!(server.said(), "module: info: 1");
    let trapped = server.ask("GET /traps?key=secret HTTP/1.1\r\nx-a: 1\r\nx-b: 2");
    assert!(trapped.starts_with("HTTP/1.1 503 "), "{trapped}");
    read_until(&mut held, "HTTP/1.1 503 ");
    let mut next = server.connect();
    next.write_all(b"GET /next HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
    let said: Vec<String> = (0..4).map(|_| server.said()).collect();
    // The one that was held went with the VM.
    for (said, request) in said.iter().zip(["GET /traps", "GET /held"]) {
        let expected = format!("error: `{request}`: `proxy_on_request_headers` trapped: ");
        assert!(said.starts_with(&expected), "{said}");
    }
    assert_eq!(said[2..], ["module: info: 7", "module: info: 1"]);
}

#[test]
fn a_body_that_is_too_large_is_a_413_and_one_that_is_broken_a_400() {
    let wants = r#"(func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
        (i32.const 0))"#;
    let large = format!("content-length: {TOO_MANY}\r\n\r\n{}", "x".repeat(TOO_MANY));
    let broken = "transfer-encoding: chunked\r\n\r\nno length\r\n".to_owned();
    for (body, status, why) in [
        (large, 413, "it is larger than 16 MiB, the most that is held "),
        (broken, 400, "it broke off: "),
    ] {
        let mut server = Server::start(wants, "127.0.0.1:1");
        let mut connection = server.connect();
        connection.write_all(b"POST /a HTTP/1.1\r\nhost: h\r\n").unwrap();
        connection.write_all(body.as_bytes()).unwrap();
        read_until(&mut connection, &format!("HTTP/1.1 {status} "));
        let said = server.said();
        let expected = format!("error: `POST /a`: its body is refused: {why}");
        assert!(said.starts_with(&expected), "{said}");
    }
}

#[test]
fn a_response_that_is_too_large_is_a_502_that_says_why() {
    let wants = r#"(func (export "proxy_on_response_body") (param i32 i32 i32) (result i32)
        (i32.const 0))"#;
    let body = "x".repeat(TOO_MANY);
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {TOO_MANY}\r\n\r\n{body}");
    let (address, _) = upstream("\r\n\r\n", answer.leak());
    let mut server = Server::start(wants, &address);
    assert!(server.ask("GET /a HTTP/1.1").starts_with("HTTP/1.1 502 "));
    assert_eq!(
        server.said(),
        format!(
            "error: `GET /a`: response of upstream `{address}`: it is larger than 16 MiB, the most that is \
             held for a module with a callback for bodies or trailers"
        )
    );
}

#[test]
fn the_destination_is_where_the_connection_arrived() {
    let module = format!(
        "{}{}",
        data(1024, b"destination\0address"),
        on_request_headers(
            "(drop (call $get_property (i32.const 1024) (i32.const 19) (i32.const 100) (i32.const 104)))
             (call $say) (i32.const 0)"
        )
    );
    let mut server = Server::with(&module, "127.0.0.1:1", &["--listen", "0.0.0.0:0"]);
    let port = server.address.strip_prefix("0.0.0.0:").unwrap().to_owned();
    server.ask("GET / HTTP/1.1");
    assert_eq!(server.said(), format!("module: info: 127.0.0.1:{port}"));
}

/// The thread of the module and those of the connections both say something; the first one has to
/// be done before the others hear what became of the request.
#[test]
fn what_the_module_says_of_a_request_comes_before_that_the_upstream_is_not_there() {
    let module = on_request_headers("(call $note (i32.const 1)) (i32.const 0)");
    let mut server = Server::start(&module, "127.0.0.1:1");
    for _ in 0..1000 {
        server.ask("GET /a HTTP/1.1");
        assert_eq!(server.said(), "module: info: 1");
        let said = server.said();
        assert!(said.starts_with("error: `GET /a`: upstream `127.0.0.1:1`: "), "{said}");
        // Or else a pipe would be full at last.
        server.told();
    }
}
