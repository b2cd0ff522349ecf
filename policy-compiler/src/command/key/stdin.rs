//! A key from standard input: never from an argument, which others could see.

use std::io::{self, BufRead, IsTerminal, Read};

use super::super::{Outcome, output};

/// Longer than any header that a proxy lets through.
const MAX_BYTES: u64 = 1 << 16;

/// The first line of standard input, without its end.
pub(super) fn read_key() -> Result<Vec<u8>, Outcome> {
    if io::stdin().is_terminal() {
        output::say_line("write or paste the key, then press Enter:");
    }
    let mut key = Vec::new();
    let mut input = io::stdin().lock().take(MAX_BYTES);
    if let Err(error) = input.read_until(b'\n', &mut key) {
        return Err(output::refuse(format!("cannot read standard input: {error}")));
    }
    let key = key.strip_suffix(b"\n").unwrap_or(&key);
    let key = key.strip_suffix(b"\r").unwrap_or(key);
    if key.is_empty() {
        return Err(output::refuse("there is no key on standard input"));
    }
    if key.first().is_some_and(u8::is_ascii_whitespace)
        || key.last().is_some_and(u8::is_ascii_whitespace)
    {
        output::say_line(
            "note: the key begins or ends with a blank, which was taken as a part of it",
        );
    }
    Ok(key.to_vec())
}
