//! Small policies that several tests use.

use std::path::Path;

use anyhow::Result;

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

/// Compiles a document that refers to no file.
pub fn compile(document: &str) -> Result<Vec<u8>> {
    policy::compile("sample.yaml", document, Path::new("."))
}
