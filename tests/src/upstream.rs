//! The server behind the proxy: it answers with what it got.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::json;

use crate::latin1;

/// A running upstream; it ends when this value is dropped.
#[derive(Debug)]
pub struct Upstream {
    address: SocketAddr,
    count: Arc<AtomicU64>,
    ended: Arc<AtomicBool>,
}

/// A request as the upstream got it, and the body of the upstream's answer.
///
/// Bytes stand as characters ([`latin1`]), so that none is lost in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Received {
    /// The method.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// All header lines in order, names in lower case.
    pub headers: Vec<(String, String)>,
}

impl Upstream {
    /// Starts on a free port of the loopback interface.
    pub fn start() -> Result<Self> {
        let listener =
            TcpListener::bind("127.0.0.1:0").context("cannot open a port for the upstream")?;
        let upstream =
            Self { address: listener.local_addr()?, count: Arc::default(), ended: Arc::default() };
        let (count, ended) = (Arc::clone(&upstream.count), Arc::clone(&upstream.ended));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                let count = Arc::clone(&count);
                std::thread::spawn(move || answer_all(stream, &count));
            }
        });
        Ok(upstream)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many requests it got so far.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // Wakes the listener, which then sees that it has ended.
        drop(TcpStream::connect(self.address));
    }
}

impl Received {
    /// All values of a header.
    pub fn header(&self, name: &str) -> Vec<&str> {
        self.headers
            .iter()
            .filter(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// As JSON with a line for each header, for a person who looks at it with curl.
    fn to_json(&self) -> Vec<u8> {
        let headers: Vec<String> =
            self.headers.iter().map(|(name, value)| json!([name, value]).to_string()).collect();
        format!(
            "{{\n  \"method\": {},\n  \"path\": {},\n  \"headers\": [\n    {}\n  ]\n}}\n",
            json!(self.method),
            json!(self.path),
            headers.join(",\n    "),
        )
        .into_bytes()
    }

    /// Whether a text stands anywhere in the request.
    pub fn contains(&self, text: &str) -> bool {
        self.path.contains(text)
            || self.headers.iter().any(|(name, value)| name.contains(text) || value.contains(text))
    }
}

/// Answers every request of a connection, until it ends or breaks.
fn answer_all(mut stream: TcpStream, count: &AtomicU64) {
    let mut unread = Vec::new();
    while let Ok(Some(received)) = read_request(&mut stream, &mut unread) {
        count.fetch_add(1, Ordering::SeqCst);
        let body = received.to_json();
        let mut response = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        if received.method != "HEAD" {
            response.extend(body);
        }
        if stream.write_all(&response).is_err() {
            return;
        }
    }
}

fn read_request(stream: &mut TcpStream, unread: &mut Vec<u8>) -> Result<Option<Received>> {
    let mut piece = [0; 16 * 1024];
    loop {
        let mut space = [httparse::EMPTY_HEADER; 128];
        let mut head = httparse::Request::new(&mut space);
        if let httparse::Status::Complete(length) = head.parse(unread)? {
            let received = Received {
                method: head.method.unwrap_or_default().to_owned(),
                path: head.path.unwrap_or_default().to_owned(),
                headers: head
                    .headers
                    .iter()
                    .map(|header| (header.name.to_ascii_lowercase(), latin1::text(header.value)))
                    .collect(),
            };
            unread.drain(..length);
            return Ok(Some(received));
        }
        let length = stream.read(&mut piece)?;
        if length == 0 {
            return Ok(None);
        }
        unread.extend(piece.iter().take(length));
    }
}
