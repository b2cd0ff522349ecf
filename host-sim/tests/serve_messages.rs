//! `host-sim serve` and the forms of messages: trailers, lengths without a body, what cannot be sent.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;
#[path = "common/server.rs"]
mod server;

use std::io::Write;
use std::net::TcpListener;

use common::{data, on_request_headers};
use server::{Server, read_until, upstream};

const UPLOAD: &[u8] = b"POST / HTTP/1.1\r\nhost: h\r\nte: trailers\r\ntransfer-encoding: chunked\r\ntrailer: x-t\r\n\r\n\
    2\r\nup\r\n0\r\nx-t: 1\r\n\r\n";
const DOWNLOAD: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-t\r\n\r\n\
    4\r\ndown\r\n0\r\nx-t: 1\r\n\r\n";

/// How both end.
const UNCHANGED: &str = "x-t: 1\r\n\r\n";

/// Adds a trailer `x-m: 2` to what has trailers.
fn in_trailers(direction: &str, map: u32) -> String {
    format!(
        r#"(func (export "proxy_on_{direction}_trailers") (param i32 i32) (result i32)
            (call $note (local.get 1))
            (drop (call $add_header_map_value (i32.const {map}) (i32.const 1024) (i32.const 3)
                (i32.const 1027) (i32.const 1)))
            (i32.const 0))"#
    )
}

fn in_body(direction: &str) -> String {
    format!(
        r#"(func (export "proxy_on_{direction}_body") (param i32 i32 i32) (result i32)
            (call $note (local.get 1)) (i32.const 0))"#
    )
}

/// What the upstream and the client get of an upload and a download with trailers, whose end is
/// this in both directions, and what the module logs of it.
fn exchanged(module: &str, end: &'static str, logs: usize) -> (String, String, Vec<String>) {
    let (upstream, seen) = upstream(end, DOWNLOAD);
    let mut server = Server::start(module, &upstream);
    let mut connection = server.connect();
    connection.write_all(UPLOAD).unwrap();
    let got = read_until(&mut connection, end);
    assert_eq!(server.told()["verdict"], "continued", "{got}");
    (seen.join().unwrap(), got, (0..logs).map(|_| server.said()).collect())
}

#[test]
fn trailers_go_through_the_module() {
    let module = format!(
        "{}{}{}",
        data(1024, "x-m2"),
        in_trailers("request", 1),
        in_trailers("response", 3)
    );
    let (upload, download, logs) = exchanged(&module, "x-m: 2\r\n\r\n", 2);
    for (message, body) in [(upload, "2\r\nup\r\n"), (download, "4\r\ndown\r\n")] {
        assert!(message.contains("trailer: x-t, x-m\r\n"), "{message}");
        assert!(message.contains(&format!("{body}0\r\nx-t: 1\r\nx-m: 2\r\n")), "{message}");
    }
    assert_eq!(logs, ["module: info: 1", "module: info: 1"]);
}

#[test]
fn a_body_that_is_held_keeps_its_trailers() {
    let (upload, download, logs) =
        exchanged(&format!("{}{}", in_body("request"), in_body("response")), UNCHANGED, 2);
    assert!(upload.contains("2\r\nup\r\n0\r\nx-t: 1\r\n"), "{upload}");
    assert!(download.contains("4\r\ndown\r\n0\r\nx-t: 1\r\n"), "{download}");
    assert_eq!(logs, ["module: info: 2", "module: info: 4"]);
}

#[test]
fn trailers_that_the_module_does_not_want_go_through_untouched() {
    let (upload, download, _) = exchanged(&on_request_headers("(i32.const 0)"), UNCHANGED, 0);
    assert!(upload.contains("0\r\nx-t: 1\r\n"), "{upload}");
    assert!(download.contains("0\r\nx-t: 1\r\n"), "{download}");
}

/// Its end has been seen when the response's end comes.
#[test]
fn a_request_that_was_held_is_shown_once() {
    let (upload, download, logs) = exchanged(&in_body("request"), UNCHANGED, 1);
    assert!(upload.contains("2\r\nup\r\n") && download.contains("4\r\ndown\r\n"));
    assert_eq!(logs, ["module: info: 2"]);
    let mut server = Server::start(&in_body("request"), &upstream("up", DOWNLOAD).0);
    let mut connection = server.connect();
    connection.write_all(b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 2\r\n\r\nup").unwrap();
    read_until(&mut connection, "\r\n0\r\n");
    let told = server.told();
    // The piece and its end.
    assert_eq!((&told["verdict"], &told["cost"]["entries"]), (&"continued".into(), &2.into()));
}

/// By Envoy, too: the headers have gone, and a 503 would come too late.
#[test]
fn a_response_is_broken_off_by_a_trap_behind_its_headers() {
    let traps = r#"(func (export "proxy_on_response_body") (param i32 i32 i32) (result i32)
        unreachable)"#;
    let (upstream, _) = upstream("\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    let server = Server::start(traps, &upstream);
    assert_eq!(server.ask("GET / HTTP/1.1"), "");
    assert!(server.ask("GET / HTTP/1.1").starts_with("HTTP/1.1 503 "), "the module is dead");
}

#[test]
fn by_http_1_the_end_of_a_body_is_a_piece_without_bytes() {
    let notes = |direction: &str| {
        format!(
            r#"(func (export "proxy_on_{direction}_body") (param i32 i32 i32) (result i32)
                (call $note (i32.add (i32.mul (local.get 1) (i32.const 2)) (local.get 2)))
                (i32.const 0))"#
        )
    };
    let (upstream, _) = upstream("up", "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ndown");
    let mut server =
        Server::start(&format!("{}{}", notes("request"), notes("response")), &upstream);
    let mut connection = server.connect();
    connection.write_all(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nup").unwrap();
    read_until(&mut connection, "down");
    // Twice the bytes, and one more at the end.
    let said: Vec<String> = (0..4).map(|_| server.said()).collect();
    assert_eq!(said, ["4", "1", "8", "1"].map(|number| format!("module: info: {number}")));
}

#[test]
fn an_end_that_comes_by_itself_is_a_piece() {
    let notes = r#"(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (call $note (local.get 2)) (i32.const 0))
        (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
            (call $note (i32.add (i32.mul (local.get 1) (i32.const 2)) (local.get 2))) (i32.const 0))"#;
    for (head, body, expected) in [
        ("transfer-encoding: chunked", "0\r\n\r\n", &["0", "1"][..]),
        ("content-length: 0", "", &["1"]),
    ] {
        let (upstream, _) = upstream("\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n");
        let mut server = Server::start(notes, &upstream);
        let mut connection = server.connect();
        write!(connection, "POST / HTTP/1.1\r\nhost: h\r\n{head}\r\n\r\n{body}").unwrap();
        read_until(&mut connection, "\r\n\r\n");
        for number in expected {
            assert_eq!(server.said(), format!("module: info: {number}"), "{head}");
        }
        assert_eq!(server.told()["verdict"], "continued");
    }
}

/// What an upstream says of the length of nothing is not the module's mistake.
#[test]
fn a_length_behind_a_204_is_passed_over() {
    let (upstream, _) =
        upstream("\r\n\r\n", "HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n");
    let server = Server::start(&in_body("response"), &upstream);
    let got = server.ask("GET / HTTP/1.1");
    assert!(got.starts_with("HTTP/1.1 204 "), "{got}");
}

/// A DELETE with the length 0 is another request than one without a length.
#[test]
fn a_length_of_nothing_goes_on() {
    let (upstream, seen) = upstream("\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n");
    let server = Server::start("", &upstream);
    server.ask("DELETE / HTTP/1.1\r\ncontent-length: 0");
    let seen = seen.join().unwrap();
    assert!(seen.contains("content-length: 0\r\n"), "{seen}");
}

#[test]
fn a_get_can_have_a_body_without_a_length() {
    let (upstream, seen) = upstream("\r\n\r\n2\r\nup\r\n", "HTTP/1.1 204 No Content\r\n\r\n");
    let server = Server::start("", &upstream);
    let mut connection = server.connect();
    connection
        .write_all(
            b"GET / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n2\r\nup\r\n0\r\n\r\n",
        )
        .unwrap();
    assert!(read_until(&mut connection, "\r\n\r\n").starts_with("HTTP/1.1 204 "));
    assert!(seen.join().unwrap().contains("transfer-encoding: chunked\r\n"));
}

#[test]
fn the_length_of_a_body_that_is_not_sent_stays() {
    for (method, status) in [("HEAD", "200 OK"), ("GET", "304 Not Modified")] {
        for module in ["".to_owned(), in_body("response")] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let upstream = listener.local_addr().unwrap().to_string();
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 1234\r\n\r\n");
            let answering = std::thread::spawn(move || {
                let (mut connection, _) = listener.accept().unwrap();
                read_until(&mut connection, "\r\n\r\n");
                connection.write_all(answer.as_bytes()).unwrap();
            });
            let server = Server::start(&module, &upstream);
            let got = server.ask(&format!("{method} / HTTP/1.1"));
            assert!(got.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{got}");
            assert!(got.contains("\r\ncontent-length: 1234\r\n"), "{got}");
            assert!(got.ends_with("\r\n\r\n"), "{got}");
            answering.join().unwrap();
        }
    }
    // That of a local reply, too.
    let reply = on_request_headers(
        "(drop (call $send_local_response (i32.const 403) (i32.const 0) (i32.const 0)
            (i32.const 1024) (i32.const 9) (i32.const 0) (i32.const 0) (i32.const -1))) (i32.const 1)",
    );
    let server = Server::start(&reply, "127.0.0.1:1");
    let got = server.ask("HEAD / HTTP/1.1");
    assert!(got.contains("\r\ncontent-length: 9\r\n") && got.ends_with("\r\n\r\n"), "{got}");
}

/// Puts `XY` in front of the first piece of a body, and takes `content-length` away where it should.
fn prepends(direction: &str, buffer: u32, map: u32, removes: bool) -> String {
    let remove = format!(
        "(drop (call $remove_header_map_value (i32.const {map}) (i32.const 1024) (i32.const 14)))"
    );
    format!(
        r#"{}{}
        (func (export "proxy_on_{direction}_headers") (param i32 i32 i32) (result i32)
            {} (i32.const 0))
        (func (export "proxy_on_{direction}_body") (param i32 i32 i32) (result i32)
            (if (local.get 1) (then (drop (call $set_buffer_bytes (i32.const {buffer}) (i32.const 0)
                (i32.const 0) (i32.const 1100) (i32.const 2)))))
            (i32.const 0))"#,
        data(1024, "content-length"),
        data(1100, "XY"),
        if removes { &remove } else { "" }
    )
}

/// In Envoy the peer gets the length that was, and takes what is left for the next message.
#[test]
fn a_length_that_is_not_that_of_the_body_is_not_sent() {
    let post = b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 2\r\n\r\nup";
    let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    let why = "`content-length`: it says 2 and the body has 4 bytes; remove or set it where the body is changed";
    for (direction, buffer, map, what) in [
        ("request", 0, 0, "the module's request cannot be sent"),
        ("response", 1, 2, "the response cannot be sent as the module left it"),
    ] {
        let (address, _) = upstream("up", ok);
        let mut server = Server::start(&prepends(direction, buffer, map, false), &address);
        let mut connection = server.connect();
        connection.write_all(post).unwrap();
        assert!(
            read_until(&mut connection, "\r\n\r\n").starts_with("HTTP/1.1 502 "),
            "{direction}"
        );
        assert_eq!(server.said(), format!("error: `POST /`: {what}: {why}"));

        let (address, seen) = upstream("up", ok);
        let server = Server::start(&prepends(direction, buffer, map, true), &address);
        let mut connection = server.connect();
        connection.write_all(post).unwrap();
        let got = read_until(&mut connection, "ok");
        let passed = seen.join().unwrap() + &got;
        assert!(passed.contains("XYup") || passed.contains("XYok"), "{passed}");
    }
}

#[test]
fn what_a_module_made_unsendable_is_not_blamed_on_the_upstream() {
    let replaces = |name: &str, value: &str| {
        format!(
            "{}{}{}",
            data(1024, name),
            data(1100, value),
            on_request_headers(&format!(
                "(drop (call $replace_header_map_value (i32.const 0) (i32.const 1024) (i32.const {})
                    (i32.const 1100) (i32.const {}))) (i32.const 0)",
                name.len(),
                value.len()
            ))
        )
    };
    for (name, value, why) in [
        (":path", "", "`:path`: it is empty or not there: expected a path, such as `/`"),
        (":path", "a", "`:path`: it does not begin with `/`"),
        (":path", "/a b", "`:path`: it has a byte that is not allowed in a path"),
        (":method", "G T", "`:method`: it is no method: expected a word, such as `GET`"),
        (":authority", "a\nb", "`:authority`: its value has a byte that HTTP does not allow"),
        ("x y", "1", "`x y`: it is no name of a header"),
        ("x-y", "1\n2", "`x-y`: its value has a byte that HTTP does not allow"),
        ("content-length", "x", "`content-length`: it is no number"),
        (
            "transfer-encoding",
            "chunked",
            "`transfer-encoding`: how a message is framed is not the module's to say: Envoy passes it on, and the peer waits for chunks that do not come; remove it",
        ),
    ] {
        let mut server = Server::start(&replaces(name, value), "127.0.0.1:1");
        assert!(server.ask("GET / HTTP/1.1").starts_with("HTTP/1.1 502 "), "{name}: {value}");
        assert_eq!(
            server.said(),
            format!("error: `GET /`: the module's request cannot be sent: {why}")
        );
    }
    for status in [100, 103, 199] {
        let reply = on_request_headers(&format!(
            "(drop (call $send_local_response (i32.const {status}) (i32.const 0) (i32.const 0)
                (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1))) (i32.const 1)"
        ));
        let mut server = Server::start(&reply, "127.0.0.1:1");
        assert!(server.ask("GET / HTTP/1.1").starts_with("HTTP/1.1 502 "), "{status}");
        assert_eq!(
            server.said(),
            "error: `GET /`: the response cannot be sent as the module left it: `:status`: expected the status \
             of a last response, from 200 to 999"
        );
    }
}
