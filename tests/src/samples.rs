//! Small policies that several tests use.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::http::{Connection, Message};
use crate::policy;

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

/// The same policy with another key in the place of `first-key`.
pub fn with_key(key: &str) -> Result<Vec<u8>> {
    compile(&PLAIN.replace("first-key", key))
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
