//! A table on its way to its proof, and the policy it was made from.

use std::path::{Path, PathBuf};

use policy_table::write::{Unproved, WriteError};

use super::{CompileOptions, Summary, write};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::load::read;
use crate::model::Policy;
use crate::progress::Step;
use crate::threads;

/// A policy and its table, which nothing has proved yet.
#[derive(Debug)]
pub(crate) struct Made {
    pub(super) table: Unproved,
    /// The policy it was made from.
    pub(crate) policy: Policy,
    /// What the author of the policy should look at.
    pub(crate) warnings: Report,
}

/// Makes the table of a policy text, while its keys are compared and lints look at it.
///
/// # Errors
/// Everything that is wrong with the document and its files, in one report.
pub(crate) fn make(
    name: impl Into<PathBuf>,
    text: String,
    base: &Path,
    options: &CompileOptions,
) -> Result<Made, Report> {
    let CompileOptions { load, names } = options;
    let (policy, findings) = read(name.into(), text, base, None, load)?;
    let check = || {
        let warnings = findings.check(&policy, load);
        load.watcher.begin(Step::Write);
        warnings
    };
    let (warnings, table) = threads::both(check, || write(&policy, *names));
    // Of a policy with errors the table means nothing.
    let warnings = warnings?;
    match table {
        Ok(table) => Ok(Made { table, policy, warnings }),
        Err(error) => Err(refused(warnings, &error)),
    }
}

impl Made {
    /// The bytes of the table.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.table.bytes()
    }

    /// Proves the table.
    ///
    /// # Errors
    /// When the policy breaks a rule of the format: see [`refused`](Self::refused).
    pub(crate) fn prove(&self) -> Result<Summary, WriteError> {
        self.table.prove(|table| Summary::of(table, self.bytes().len()))
    }

    /// The report on a policy whose table was not proved.
    pub(crate) fn refused(self, error: &WriteError) -> Report {
        refused(self.warnings, error)
    }
}

/// The report on a policy that cannot become a table.
fn refused(mut report: Report, error: &WriteError) -> Report {
    report.push(Diagnostic::of_document(
        Code::DocumentLimit,
        error.to_string(),
        "the table cannot hold this policy",
    ));
    report
}
