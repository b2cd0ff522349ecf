//! A key from standard input: never from an argument, which others could see.

use std::io::{self, BufRead, IsTerminal, Read};

use policy_table::MAX_CREDENTIAL_BYTES;

use super::{Outcome, output};

/// What is read at most: a longest key, its line end, and a byte by which more is noticed.
const MOST: usize = MAX_CREDENTIAL_BYTES + 3;

/// The one line of standard input, without its end.
pub(super) fn read_key() -> Result<Vec<u8>, Outcome> {
    let mut input = Vec::new();
    let mut stdin = io::stdin().lock().take(u64::try_from(MOST).unwrap_or(u64::MAX));
    let read = if io::stdin().is_terminal() {
        output::say_line("write or paste the key, then press Enter:");
        stdin.read_until(b'\n', &mut input)
    } else {
        stdin.read_to_end(&mut input)
    };
    if let Err(error) = read {
        return Err(output::refuse(format!("cannot read standard input: {error}")));
    }
    let key = input.strip_suffix(b"\n").unwrap_or(&input);
    let key = key.strip_suffix(b"\r").unwrap_or(key);
    if key.is_empty() {
        return Err(output::refuse("there is no key on standard input"));
    }
    if key.contains(&b'\n') {
        return Err(output::refuse(
            "standard input has more than one line: write one key and nothing else",
        ));
    }
    if key.len() > MAX_CREDENTIAL_BYTES {
        return Err(output::refuse(format!(
            "no key is longer than {MAX_CREDENTIAL_BYTES} bytes, standard input is: write one key and nothing else"
        )));
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
