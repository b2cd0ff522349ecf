//! A request that any engine can be given.

use std::net::IpAddr;

use anyhow::Result;
use policy_table::PlainRequest;

use crate::case::Case;

/// A request: bytes, because that is what requests carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Vec<u8>,
    /// The authority, or the header `Host`.
    pub host: Vec<u8>,
    /// Path and query.
    pub path: Vec<u8>,
    /// All header lines in order, `host` not among them.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// The peer of the connection; none where it cannot be told.
    pub address: Option<IpAddr>,
    /// Now, in seconds of Unix time.
    pub now: i64,
}

impl Request {
    /// The request of a case; without a time of its own it is sent now.
    pub fn of_case(case: &Case) -> Result<Self> {
        Ok(Self {
            method: case.method.as_bytes().to_vec(),
            host: case.host.as_bytes().to_vec(),
            path: case.path.as_bytes().to_vec(),
            headers: case.headers(),
            address: case.address()?,
            now: case.time.unwrap_or_else(jiff::Timestamp::now).as_second(),
        })
    }

    /// The header lines as [`plain`](Self::plain) takes them.
    pub fn header_lines(&self) -> Vec<(&[u8], &[u8])> {
        let lines = self.headers.iter();
        lines.map(|(name, value)| (name.as_slice(), value.as_slice())).collect()
    }

    /// The request as a table decides it.
    pub fn plain<'a>(&'a self, headers: &'a [(&'a [u8], &'a [u8])]) -> PlainRequest<'a> {
        PlainRequest {
            method: &self.method,
            host: &self.host,
            path: &self.path,
            headers,
            address: self.address,
            now: self.now,
        }
    }

    /// The values of a header, in order; names have no case.
    pub fn header<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.headers
            .iter()
            .filter(move |(known, _)| known.eq_ignore_ascii_case(name.as_bytes()))
            .map(|(_, value)| value.as_slice())
    }
}
