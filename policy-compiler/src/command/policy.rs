//! Opens the policy that a command is given: a table, or a document, which is compiled in memory.

use std::path::Path;

use policy_table::Table;

use super::progress::Bar;
use super::{Outcome, output, table};
use crate::compile::{Compiled, Names, compile_file_watched};
use crate::model::Legacy;

/// Every table begins so, and no text does (`docs/format.md`).
const TABLE: &[u8] = b"\x89PCT";

/// The bytes of a table, from a table or a document.
///
/// # Errors
/// How the command ends; why was said.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Outcome> {
    read_with_dates(path).map(|(table, _)| table)
}

/// The bytes of a table and, from a document, the dates of its legacy access profiles.
///
/// # Errors
/// How the command ends; why was said.
pub(super) fn read_with_dates(path: &Path) -> Result<(Vec<u8>, Option<Legacy>), Outcome> {
    let bytes = table::read(path)?;
    if bytes.starts_with(TABLE) {
        return Ok((bytes, None));
    }
    let (bar, watcher) = Bar::new();
    let compiled = compile_file_watched(path, Names::Include, &watcher);
    drop(bar);
    match compiled {
        Ok(compiled) => {
            // The process ends soon, which is quicker than giving back a million keys one by one.
            let Compiled { table, policy, .. } = compiled;
            let legacy = policy.legacy;
            std::mem::forget(policy);
            Ok((table, Some(legacy)))
        }
        Err(report) => {
            output::show(&report);
            Err(output::fail(format!("`{}` is no valid policy", path.display())))
        }
    }
}

/// Opens a policy and hands its table on.
pub(super) fn open(
    path: &Path,
    then: impl FnOnce(&Table<'_>) -> Result<Outcome, Outcome>,
) -> Outcome {
    let opened = read(path).and_then(|bytes| then(&table::prove(path, &bytes)?));
    opened.unwrap_or_else(|outcome| outcome)
}
