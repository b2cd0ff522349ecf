//! The demo as a user runs it.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code: a panic is a failed test"
)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use portcullis_tests::http::{Connection, Message};
use portcullis_tests::places;
use portcullis_tests::waiting::wait;
use serde_json::Value;

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
    let (mut server, address) = Server::start(options);
    let health = Message::get("api.example.com", "/healthz");
    assert_eq!(Connection::open(address).unwrap().send(&health).unwrap().status, 200);
    let orders = Message::get("api.example.com", "/acme/orders-v1/orders");
    assert_eq!(Connection::open(address).unwrap().send(&orders).unwrap().status, 401);

    let status = server.end();
    assert!(status.success(), "{status}");
    wait("nothing to listen", || TcpStream::connect(address).is_err());
}

/// A demo that serves; it ends when this value is dropped, whatever became of the test.
struct Server {
    demo: Child,
    /// What it says is not read further, but it must have somebody to say it to.
    _said: Option<BufReader<ChildStdout>>,
}

impl Server {
    /// Starts it on a free port, and waits until it says which.
    fn start(options: &[&str]) -> (Self, SocketAddr) {
        let mut command = demo();
        command.args(options).args(["--serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped());
        let mut server = Self { demo: command.spawn().unwrap(), _said: None };
        let mut said = BufReader::new(server.demo.stdout.take().unwrap());
        let address = said.by_ref().lines().map(Result::unwrap).find_map(|line| {
            let (_, rest) = line.split_once(" serves on http://")?;
            rest.split_once(';').map(|(address, _)| address.parse().unwrap())
        });
        server._said = Some(said);
        (server, address.expect("the demo ended before it served"))
    }

    /// Asks it to end.
    fn end(&mut self) -> ExitStatus {
        let asked = Command::new("kill").args(["-TERM", &self.demo.id().to_string()]).status();
        assert!(asked.unwrap().success());
        self.demo.wait().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.demo.kill());
        drop(self.demo.wait());
    }
}

fn demo() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_demo"));
    command.arg("--example").arg(places::root().join("examples/acme"));
    command
}
