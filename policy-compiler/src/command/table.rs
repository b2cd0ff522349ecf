//! Opens the table that a command is given.

use std::fs;
use std::path::Path;

use policy_table::Table;

use super::{Outcome, output};

/// Reads and proves a table and hands it on, with its bytes.
pub(super) fn open(path: &Path, then: impl FnOnce(&[u8], &Table<'_>) -> Outcome) -> Outcome {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => return output::refuse(format!("cannot read `{}`: {error}", path.display())),
    };
    match Table::from_bytes(&bytes) {
        Ok(table) => then(&bytes, &table),
        Err(error) => {
            output::say_line(format!("error: `{}` is no table: {error}", path.display()));
            Outcome::Failure
        }
    }
}
