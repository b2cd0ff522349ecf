//! Opens the table that a command is given.

use std::fs;
use std::path::Path;

use policy_table::Table;

use super::{Outcome, output};
use crate::escape::shown;

/// Reads and proves a table and hands it on, with its bytes.
pub(super) fn open(
    path: &Path,
    then: impl FnOnce(&[u8], &Table<'_>) -> Result<Outcome, Outcome>,
) -> Outcome {
    let opened = read(path).and_then(|bytes| then(&bytes, &prove(path, &bytes)?));
    opened.unwrap_or_else(|outcome| outcome)
}

/// The bytes of a file.
///
/// # Errors
/// How the command ends; why was said.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Outcome> {
    fs::read(path).map_err(|error| output::unreadable(path, &error))
}

/// Proves the bytes of a table.
///
/// # Errors
/// How the command ends; why was said.
pub(super) fn prove<'b>(path: &Path, bytes: &'b [u8]) -> Result<Table<'b>, Outcome> {
    Table::from_bytes(bytes).map_err(|error| {
        let path = shown(path);
        // Text cannot begin as a table does; a table that was transferred as text has zero bytes.
        output::fail(match std::str::from_utf8(bytes) {
            Ok(text) if !text.is_empty() && !text.contains('\0') => format!(
                "`{path}` is no table but text; where it is a policy document, `portcullis compile` makes the table of it"
            ),
            _ => format!("`{path}` is no table: {error}"),
        })
    })
}
