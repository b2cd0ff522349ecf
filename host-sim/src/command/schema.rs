//! `host-sim schema`: the JSON Schema of case files.

use std::process::ExitCode;

use super::{Failure, print};
use crate::cases;

/// Prints the JSON Schema of case files, for editors and other checks
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  host-sim schema > cases.schema.json

An editor with a YAML language server checks a case file against it while it is written, when the
file begins with: # yaml-language-server: $schema=cases.schema.json

Exit status: 0, or 2 when it cannot be written.")]
pub(super) struct Arguments {
    /// Prints it on one line
    #[arg(long)]
    json: bool,
}

pub(super) fn schema(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let schema = cases::schema();
    let text = if arguments.json { format!("{schema}") } else { format!("{schema:#}") };
    print(&format!("{text}\n"))?;
    Ok(ExitCode::SUCCESS)
}
