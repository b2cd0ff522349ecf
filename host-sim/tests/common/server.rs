//! `host-sim serve` as a process, and upstreams for it.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::thread::JoinHandle;

use serde_json::Value;
use tempfile::TempDir;

use crate::common::text;

/// A server that ends with the test.
pub struct Server {
    pub process: Child,
    pub address: String,
    stdout: BufReader<ChildStdout>,
    stderr: BufReader<ChildStderr>,
    _files: TempDir,
}

impl Server {
    pub fn start(body: &str, upstream: &str) -> Self {
        Self::with(body, upstream, &[])
    }

    pub fn with(body: &str, upstream: &str, more: &[&str]) -> Self {
        let files = TempDir::new().unwrap();
        let module = files.path().join("module.wasm");
        std::fs::write(&module, wat::parse_str(text(body)).unwrap()).unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_host-sim"))
            .args(["serve", module.to_str().unwrap(), "--json"])
            .args(["--upstream", upstream])
            .args(if more.contains(&"--listen") { &[][..] } else { &["--listen", "127.0.0.1:0"] })
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let stderr = BufReader::new(process.stderr.take().unwrap());
        let mut server = Self { process, address: String::new(), stdout, stderr, _files: files };
        // What the module logs while it starts comes before.
        while server.address.is_empty() {
            let said = server.said();
            assert!(!said.is_empty(), "it did not start");
            server.address = said.strip_prefix("listening on ").unwrap_or_default().to_owned();
        }
        server
    }

    /// The next line on standard error.
    pub fn said(&mut self) -> String {
        let mut line = String::new();
        self.stderr.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    /// What is told of the next request.
    pub fn told(&mut self) -> Value {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    pub fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).unwrap()
    }

    /// What comes back until the connection ends; `head` is the request without its end.
    pub fn ask(&self, head: &str) -> String {
        let mut connection = self.connect();
        let request = format!("{head}\r\nhost: h\r\nconnection: close\r\n\r\n");
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).unwrap();
        String::from_utf8(answer).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An upstream that reads one request until this text comes, and then answers it: its address, and
/// what it read.
pub fn upstream(until: &'static str, answer: &'static str) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let seen = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let seen = read_until(&mut connection, until);
        connection.write_all(answer.as_bytes()).unwrap();
        seen
    });
    (address, seen)
}

/// Reads until the text comes.
pub fn read_until(connection: &mut TcpStream, text: &str) -> String {
    let mut seen = Vec::new();
    while !seen.windows(text.len()).any(|window| window == text.as_bytes()) {
        let mut part = [0; 1024];
        let size = connection.read(&mut part).unwrap();
        assert!(size > 0, "ended before `{text}`: {}", seen.escape_ascii());
        seen.extend_from_slice(&part[..size]);
    }
    String::from_utf8(seen).unwrap()
}
