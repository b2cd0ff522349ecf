//! Policies of cases, where keys stand in clear text so that a reader sees which request carries which key.

use std::path::Path;

use anyhow::{Result, anyhow};
use policy_compiler::Compiled;
use sha2::{Digest, Sha256};

/// Compiles a document in which `sha256(KEY)` stands for the digest of `KEY`.
pub fn load(name: &str, document: &str, folder: &Path) -> Result<Compiled> {
    policy_compiler::compile_text(name, with_digests(document), folder, &Default::default())
        .map_err(|report| anyhow!("{name} does not compile: {report}"))
}

/// Compiles a document as it stands.
pub fn load_file(path: &Path) -> Result<Compiled> {
    policy_compiler::compile_file(path, &Default::default())
        .map_err(|report| anyhow!("{} does not compile: {report}", path.display()))
}

/// The table of a document in which `sha256(KEY)` stands for the digest of `KEY`.
pub fn compile(name: &str, document: &str, folder: &Path) -> Result<Vec<u8>> {
    Ok(load(name, document, folder)?.table)
}

/// The document with every `sha256(KEY)` replaced by the digest of `KEY`.
pub fn with_digests(document: &str) -> String {
    let mut pieces = document.split("sha256(");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_once(')') {
            Some((key, rest)) => {
                text.push_str(&digest(key));
                text.push_str(rest);
            }
            // Left as it stands: no document with it compiles.
            None => text.extend(["sha256(", piece]),
        }
    }
    text
}

fn digest(key: &str) -> String {
    Sha256::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_becomes_its_digest() {
        assert_eq!(
            with_digests("sha256: sha256(test)\nname: a"),
            "sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\nname: a"
        );
    }
}
