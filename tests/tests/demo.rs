//! The demo as a user runs it.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code: a panic is a failed test")]

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use portcullis_tests::http::{Connection, Message};
use portcullis_tests::places;
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn host_sim_and_envoy_agree_on_every_row() {
    let output = demo().args(["--envoy", "--json"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut decisions: BTreeMap<String, Vec<(Value, Value, Value)>> = BTreeMap::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let field = |name: &str| row.get(name).unwrap().clone();
        assert_eq!(field("as_expected"), true, "{line}");
        let decision = (field("verdict"), field("status"), field("reason"));
        decisions.entry(field("name").to_string()).or_default().push(decision);
    }
    assert!(decisions.len() >= 12);
    for (name, decisions) in decisions {
        let [host_sim, envoy] = decisions.as_slice() else { panic!("{name}: {decisions:?}") };
        assert_eq!(host_sim, envoy, "{name}");
    }
}

#[test]
fn it_shows_a_row_a_request_and_what_the_upstream_got() {
    let output = demo().output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    for words in [
        "key_expired",
        "credential_malformed",
        "method_not_allowed",
        "x-client-id: acme",
        "decided as expected",
    ] {
        assert!(text.contains(words), "`{words}` is not in:\n{text}");
    }
    assert!(!text.contains("NotARealKey"), "{text}");
}

#[test]
fn serving_with_host_sim_ends_without_a_trace() {
    serve_and_end(&[]);
}

#[test]
fn serving_with_envoy_ends_without_a_trace() {
    serve_and_end(&["--envoy"]);
}

#[test]
fn a_port_in_use_gives_one_clear_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = demo().args(["--serve", "--listen", &address]).output().unwrap();
    assert!(!output.status.success());
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains(&format!("cannot listen on {address}")), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
}

fn serve_and_end(options: &[&str]) {
    let address = free_address();
    let mut server = demo()
        .args(options)
        .args(["--serve", "--listen", &address.to_string()])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    wait("the server", &mut server, || TcpStream::connect(address).is_ok());
    let health = Message::get("api.example.com", "/healthz");
    assert_eq!(Connection::open(address).unwrap().send(&health).unwrap().status, 200);
    let orders = Message::get("api.example.com", "/acme/orders-v1/orders");
    assert_eq!(Connection::open(address).unwrap().send(&orders).unwrap().status, 401);

    let ended = Command::new("kill").args(["-TERM", &server.id().to_string()]).status().unwrap();
    assert!(ended.success());
    let status = server.wait().unwrap();
    assert!(status.success(), "{status}");
    let start = Instant::now();
    while TcpStream::connect(address).is_ok() {
        assert!(start.elapsed() < PATIENCE, "something still listens on {address}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn demo() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_demo"));
    command.arg("--example").arg(places::root().join("examples/acme"));
    command
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn wait(what: &str, server: &mut Child, done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(server.try_wait().unwrap().is_none(), "the demo ended while waiting for {what}");
        assert!(start.elapsed() < PATIENCE, "waited for {what} in vain");
        std::thread::sleep(Duration::from_millis(20));
    }
}
