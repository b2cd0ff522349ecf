//! The client of the benches in Envoy, against servers that answer as they should and as they should not.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use portcullis_benches::envoy::{Answers, Client, Requests, message, open_loop};

/// A server that gives these bytes for each request, in pieces of this size.
fn server(answer: &'static str, piece: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            std::thread::spawn(move || {
                let mut connection = connection.unwrap();
                let mut buffer = [0; 4_096];
                while connection.read(&mut buffer).is_ok_and(|length| length > 0) {
                    for piece in answer.as_bytes().chunks(piece) {
                        connection.set_nodelay(true).unwrap();
                        connection.write_all(piece).unwrap();
                    }
                }
            });
        }
    });
    address
}

fn requests(status: u16) -> Requests {
    Requests { messages: vec![message("/", &[("x-api-key", "a")])], status }
}

const GRANTED: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nserver: envoy\r\n\r\n";
const DENIED: &str = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 5\r\n\r\n\r\n\r\nx";

#[test]
fn answers_are_read_whole_however_they_arrive() {
    for piece in [1, 7, 1_000] {
        let mut answers = Answers::connect(server(DENIED, piece)).unwrap();
        for _ in 0..3 {
            answers.send(&message("/", &[])).unwrap();
            assert_eq!(answers.status().unwrap(), 401);
        }
    }
    let mut answers = Answers::connect(server(GRANTED, 5)).unwrap();
    answers.send(&message("/", &[])).unwrap();
    assert!(answers.answer().unwrap().head.ends_with("server: envoy"));
}

#[test]
fn a_wrong_status_ends_a_run_with_the_request() {
    let address = server(DENIED, 1_000);
    let mut client = Client::connect(address).unwrap();
    client.run(&requests(401), 100).unwrap();
    let error = client.run(&requests(200), 100).unwrap_err().to_string();
    assert!(error.contains("got 401 instead of 200") && error.contains("x-api-key: a"), "{error}");
    let time = Duration::from_millis(20);
    assert!(open_loop(address, &requests(200), 1_000.0, time).is_err());
}

#[test]
fn a_server_that_hangs_up_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || listener.incoming().for_each(drop));
    let mut client = Client::connect(address).unwrap();
    assert!(client.run(&requests(200), 1).is_err());
}

#[test]
fn a_fixed_rate_is_kept_and_every_answer_counted() {
    let time = Duration::from_millis(300);
    let latency = open_loop(server(GRANTED, 1_000), &requests(200), 1_000.0, time).unwrap();
    let (least, most) = (latency.quantile(0.0).unwrap(), latency.quantile(1.0).unwrap());
    assert!(least > 0.0 && least <= most, "{least} {most}");
    assert_eq!(latency.len(), 300);
}
