//! Small policies that several tests use.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::{Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::http::{Connection, Message};
use crate::policy;

/// Where callers are who come to Envoy from elsewhere: an address for documents (RFC 5737).
pub const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));

/// One client `acme` with the key `first-key` and the collection `orders`, everything else at its default.
pub const PLAIN: &str = "
version: 1
gateway:
  credentials: [ { header: x-api-key } ]
  strip_credential: false
collections:
  orders: { base_path: /orders }
clients:
  acme:
    collections: [orders]
    keys:
      first: { sha256: sha256(first-key) }
";

/// A document with another text in the place of one.
///
/// # Errors
/// Where that text is not in it: a test would go on with what it meant to change.
pub fn changed(document: &str, from: &str, to: &str) -> Result<String> {
    ensure!(document.contains(from), "`{from}` is not in the document");
    Ok(document.replace(from, to))
}

/// [`PLAIN`] with another key in the place of `first-key`.
pub fn with_key(key: &str) -> Result<Vec<u8>> {
    compile(&changed(PLAIN, "first-key", key)?)
}

/// A table with settings around it, which are the rest of a JSON object: `"mode":"shadow"`.
pub fn with_settings(table: &[u8], settings: &str) -> Vec<u8> {
    format!(r#"{{"table":"{}",{settings}}}"#, STANDARD.encode(table)).into_bytes()
}

/// A request for what these policies grant, with a key.
pub fn request(key: &str) -> Message {
    Message::get("api.example.com", "/orders").header("x-api-key", key)
}

/// The status of such a request, on a connection of its own.
pub fn status(address: SocketAddr, key: &str) -> Result<u16> {
    Ok(Connection::open(address)?.send(&request(key))?.status)
}

/// Compiles a document that refers to no file.
pub fn compile(document: &str) -> Result<Vec<u8>> {
    policy::compile("sample.yaml", document, Path::new("."))
}
