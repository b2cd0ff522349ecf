//! What `host-sim serve` shows a module of a request as Envoy shows it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;
#[path = "common/server.rs"]
mod server;

use std::io::Write;

use common::{data, on_request_headers};
use server::{Server, read_until, upstream};

/// Answers with the value of a header, or with status 299 where there is none.
fn tells(name: &str) -> String {
    let answer = |status: u32, body: &str| {
        format!(
            "(drop (call $send_local_response (i32.const {status}) (i32.const 0) (i32.const 0) {body}
                (i32.const 0) (i32.const 0) (i32.const -1)))"
        )
    };
    format!(
        "{}{}",
        data(1024, name),
        on_request_headers(&format!(
            "(if (call $get_header_map_value (i32.const 0) (i32.const 1024) (i32.const {}) (i32.const 100) (i32.const 104))
                (then {}) (else {})) (i32.const 1)",
            name.len(),
            answer(299, "(i32.const 0) (i32.const 0)"),
            answer(200, "(i32.load (i32.const 100)) (i32.load (i32.const 104))"),
        ))
    )
}

/// A filter that saw the first one alone would judge another host than a server that takes the last.
#[test]
fn several_hosts_are_one_with_a_comma_between() {
    let server = Server::start(&tells(":authority"), "127.0.0.1:1");
    let mut connection = server.connect();
    connection.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nx-b: 1\r\nhost: b\r\n\r\n").unwrap();
    let answer = read_until(&mut connection, "a,b");
    assert!(answer.ends_with("\r\n\r\na,b"), "{answer}");
}

#[test]
fn connect_has_no_path_and_no_route() {
    let request = b"CONNECT a.example:443 HTTP/1.1\r\nhost: a.example:443\r\n\r\n";
    for (module, status) in [(tells(":path"), 299), (on_request_headers("(i32.const 0)"), 404)] {
        let server = Server::start(&module, "127.0.0.1:1");
        let mut connection = server.connect();
        connection.write_all(request).unwrap();
        let answer = read_until(&mut connection, "\r\n\r\n");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    }
}

#[test]
fn te_stays_where_it_stood_and_says_nothing_but_trailers() {
    let (upstream, seen) = upstream("\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    let server = Server::start(&on_request_headers("(i32.const 0)"), &upstream);
    let mut connection = server.connect();
    let request = b"GET / HTTP/1.1\r\nhost: h\r\nx-a: 1\r\nte: gzip, trailers\r\nconnection: te\r\nx-b: 1\r\n\r\n";
    connection.write_all(request).unwrap();
    read_until(&mut connection, "\r\n\r\nok");
    let seen = seen.join().unwrap().to_ascii_lowercase();
    let place = |text: &str| seen.find(text).unwrap_or_else(|| panic!("{text}: {seen}"));
    assert!(place("x-a: 1") < place("te: trailers"), "{seen}");
    assert!(place("te: trailers") < place("x-b: 1"), "{seen}");
}
