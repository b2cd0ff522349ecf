//! Requests as bytes, made before any clock runs.

/// Whom the requests are for.
pub const HOST: &str = "api.example.com";

/// Requests that all end alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requests {
    /// One or more, as they go over the wire.
    pub messages: Vec<Vec<u8>>,
    /// The status of every answer.
    pub status: u16,
}

impl Requests {
    /// The request whose turn it is, from the first again after the last.
    #[must_use]
    pub fn at(&self, turn: usize) -> &[u8] {
        self.messages.get(turn % self.messages.len().max(1)).map_or(&[], Vec::as_slice)
    }
}

/// A request as curl sends it, with these headers of its own.
#[must_use]
pub fn message(path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut text = format!(
        "GET {path} HTTP/1.1\r\nhost: {HOST}\r\nuser-agent: curl/8.5.0\r\naccept: */*\r\naccept-encoding: gzip, deflate\r\n"
    );
    for (name, value) in headers {
        text.extend([name, ": ", value, "\r\n"]);
    }
    text.push_str("\r\n");
    text.into_bytes()
}
