//! `host-sim serve`: bodies in pieces, and HTTP/2.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;
#[path = "common/server.rs"]
mod server;

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::Duration;

use common::on_request_headers;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use server::{Server, read_until};

/// Nobody could send the second piece before the other side has got the first, if bodies were
/// held whole.
#[test]
fn bodies_that_the_module_does_not_want_go_through_piece_by_piece() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let upstream = listener.local_addr().unwrap().to_string();
    let server = Server::start(&on_request_headers("(i32.const 0)"), &upstream);
    let (client_has_first, first) = mpsc::channel();
    let (upstream_has_first, seen_first) = mpsc::channel();
    let answering = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        read_until(&mut connection, "request one");
        upstream_has_first.send(()).unwrap();
        read_until(&mut connection, "request two");
        connection
            .write_all(
                b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nc\r\nresponse one\r\n",
            )
            .unwrap();
        first.recv_timeout(Duration::from_secs(60)).unwrap();
        connection.write_all(b"c\r\nresponse two\r\n0\r\n\r\n").unwrap();
    });
    let mut connection = TcpStream::connect(&server.address).unwrap();
    connection
        .write_all(
            b"POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\nb\r\nrequest one\r\n",
        )
        .unwrap();
    seen_first.recv_timeout(Duration::from_secs(60)).unwrap();
    connection.write_all(b"b\r\nrequest two\r\n0\r\n\r\n").unwrap();
    read_until(&mut connection, "response one");
    client_has_first.send(()).unwrap();
    read_until(&mut connection, "response two");
    answering.join().unwrap();
}

#[test]
fn a_body_that_the_module_wants_comes_to_it_whole() {
    // Answers with the size of the body as its status.
    let sizing = r#"(func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
        (if (i32.eqz (local.get 2)) (then (return (i32.const 1))))
        (drop (call $send_local_response (i32.add (i32.const 400) (local.get 1)) (i32.const 0) (i32.const 0)
            (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1)))
        (i32.const 1))"#;
    let mut server = Server::start(sizing, "127.0.0.1:1");
    let mut connection = TcpStream::connect(&server.address).unwrap();
    connection
        .write_all(b"POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n")
        .unwrap();
    assert!(read_until(&mut connection, "\r\n\r\n").starts_with("HTTP/1.1 407 "));
    let told = server.told();
    assert_eq!((&told["verdict"], &told["status"]), (&"local_reply".into(), &407.into()), "{told}");
}

#[test]
fn http_2_comes_to_the_same_port() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let upstream = listener.local_addr().unwrap().to_string();
    let answering = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let seen = read_until(&mut connection, "body of two");
        connection
            .write_all(b"HTTP/1.1 201 Created\r\nx-up: 1\r\ncontent-length: 5\r\n\r\nhello")
            .unwrap();
        seen
    });
    // Denies what is not HTTP/2.
    let module = format!(
        r#"(data (i32.const 1024) "request\00protocol") {}"#,
        on_request_headers(
            "(drop (call $get_property (i32.const 1024) (i32.const 16) (i32.const 100) (i32.const 104)))
             (if (i32.ne (i32.load (i32.const 104)) (i32.const 6)) (then
                (drop (call $send_local_response (i32.const 426) (i32.const 0) (i32.const 0)
                    (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1)))))
             (i32.const 0)"
        )
    );
    let server = Server::start(&module, &upstream);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let connection = tokio::net::TcpStream::connect(&server.address).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(connection))
                .await
                .unwrap();
        tokio::spawn(connection);
        let request = hyper::Request::post("http://example.com/a?b")
            .header("x-down", "2")
            .body(Full::new(Bytes::from("body of two")))
            .unwrap();
        let response = sender.send_request(request).await.unwrap();
        assert_eq!(
            (response.status(), &response.headers()["x-up"]),
            (201.try_into().unwrap(), &"1".parse().unwrap())
        );
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(&body[..], b"hello");
    });
    let seen = answering.join().unwrap();
    assert!(seen.starts_with("POST /a?b HTTP/1.1\r\n"), "{seen}");
    assert!(seen.contains("host: example.com\r\n") && seen.contains("x-down: 2\r\n"), "{seen}");

    let mut connection = TcpStream::connect(&server.address).unwrap();
    connection.write_all(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
    assert!(read_until(&mut connection, "\r\n\r\n").starts_with("HTTP/1.1 426 "));
}

#[test]
fn requests_of_one_connection_have_its_number() {
    // Answers with the number as its status.
    let module = format!(
        r#"(data (i32.const 1024) "connection\00id") {}"#,
        on_request_headers(
            "(drop (call $get_property (i32.const 1024) (i32.const 13) (i32.const 100) (i32.const 104)))
             (drop (call $send_local_response
                (i32.add (i32.const 400) (i32.load (i32.load (i32.const 100)))) (i32.const 0)
                (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1)))
             (i32.const 1)"
        )
    );
    let server = Server::start(&module, "127.0.0.1:1");
    for number in 1..3 {
        let mut connection = TcpStream::connect(&server.address).unwrap();
        for _ in 0..2 {
            connection.write_all(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
            let answer = read_until(&mut connection, "\r\n\r\n");
            assert!(answer.starts_with(&format!("HTTP/1.1 40{number} ")), "{number}: {answer}");
        }
    }
}

/// A client that offers to go on by HTTP/2 is answered by HTTP/1.1, twice on its connection, and
/// nobody else learns of the offer.
#[test]
fn an_upgrade_to_h2c_is_passed_over() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let upstream = listener.local_addr().unwrap().to_string();
    let answering = std::thread::spawn(move || {
        [(); 2].map(|()| {
            let (mut connection, _) = listener.accept().unwrap();
            let seen = read_until(&mut connection, "\r\n\r\n");
            connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").unwrap();
            seen
        })
    });
    let server = Server::start(&on_request_headers("(i32.const 0)"), &upstream);
    let mut connection = TcpStream::connect(&server.address).unwrap();
    for path in ["one", "two"] {
        let request = format!(
            "GET /{path} HTTP/1.1\r\nhost: h\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\n\
             http2-settings: AAMAAABkAAQAAP__\r\nx-end-to-end: 1\r\n\r\n"
        );
        connection.write_all(request.as_bytes()).unwrap();
        let response = read_until(&mut connection, "\r\n\r\nok");
        assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    }
    for seen in answering.join().unwrap() {
        let seen = seen.to_ascii_lowercase();
        assert!(seen.contains("x-end-to-end: 1"), "{seen}");
        assert!(!seen.contains("upgrade") && !seen.contains("http2-settings"), "{seen}");
    }
}

/// Each piece of it would take forty times its size.
#[cfg(target_os = "linux")]
#[test]
fn a_body_in_pieces_of_one_byte_is_held_in_little_more_than_its_size() {
    const SIZE: usize = 1 << 20;
    let holding = r#"(func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
        (drop (call $send_local_response (i32.const 403) (i32.const 0) (i32.const 0)
            (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1)))
        (i32.const 1))"#;
    let server = Server::start(holding, "127.0.0.1:1");
    let most = || {
        let path = format!("/proc/{}/status", server.process.id());
        let status = std::fs::read_to_string(path).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
    };
    let before = most();
    let mut connection = server.connect();
    connection
        .write_all(b"POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n")
        .unwrap();
    connection.write_all(&b"1\r\na\r\n".repeat(SIZE)).unwrap();
    connection.write_all(b"0\r\n\r\n").unwrap();
    assert!(read_until(&mut connection, "\r\n\r\n").starts_with("HTTP/1.1 403 "));
    let taken = most() - before;
    assert!(taken < 16 * SIZE, "{taken} bytes for {SIZE}");
}
