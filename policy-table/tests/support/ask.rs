//! Requests in the words of a test.

use policy_table::{Decision, PlainRequest, Table, decide};

use super::NOW;

/// A request in the words of a test.
#[derive(Debug, Clone)]
pub struct Ask {
    pub method: &'static str,
    pub host: &'static str,
    pub path: String,
    pub headers: Vec<(String, Vec<u8>)>,
    pub address: Option<&'static str>,
    pub now: i64,
}

pub fn get(path: &str) -> Ask {
    Ask {
        method: "GET",
        host: "other.test",
        path: path.into(),
        headers: Vec::new(),
        address: Some("10.0.0.1"),
        now: NOW,
    }
}

impl Ask {
    pub fn method(self, method: &'static str) -> Self {
        Self { method, ..self }
    }

    pub fn host(self, host: &'static str) -> Self {
        Self { host, ..self }
    }

    pub fn from(self, address: &'static str) -> Self {
        Self { address: Some(address), ..self }
    }

    pub fn nowhere(self) -> Self {
        Self { address: None, ..self }
    }

    pub fn at(self, now: i64) -> Self {
        Self { now, ..self }
    }

    pub fn header(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn key(self, key: &str) -> Self {
        self.header("x-api-key", key)
    }

    pub fn decide(&self, table: &Table<'_>) -> Decision {
        self.with(|request| decide(table, request))
    }

    /// What `answer` makes of it.
    pub fn with<T>(&self, answer: impl FnOnce(&PlainRequest<'_>) -> T) -> T {
        let headers: Vec<(&[u8], &[u8])> =
            self.headers.iter().map(|(name, value)| (name.as_bytes(), value.as_slice())).collect();
        answer(&PlainRequest {
            method: self.method.as_bytes(),
            host: self.host.as_bytes(),
            path: self.path.as_bytes(),
            headers: &headers,
            address: self.address.map(|address| address.parse().unwrap()),
            now: self.now,
        })
    }

    pub fn reason(&self, bytes: &[u8]) -> &'static str {
        self.decide(&Table::from_bytes(bytes).unwrap()).reason.code()
    }
}
