//! `portcullis inspect`.

use std::path::PathBuf;

use clap::Args;

use super::{Outcome, output, table};
use crate::inspect::Inspection;

/// Shows what is inside a table
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  portcullis inspect policy.table\n\nExits 1 when the file is no table of this version."
)]
pub(super) struct InspectArguments {
    /// The table
    table: PathBuf,
    /// Write the figures as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &InspectArguments) -> Outcome {
    let with_table = |bytes: &[u8], table: &policy_table::Table<'_>| {
        let inspection = Inspection::of(table, bytes.len());
        if arguments.json {
            return Ok(output::json(&inspection));
        }
        let version = ("format version", inspection.format_version.to_string());
        let lines: Vec<_> = std::iter::once(version).chain(inspection.summary.lines()).collect();
        Ok(output::data(format!("{}\n\n{}", output::aligned(&lines), inspection.chart())))
    };
    table::open(&arguments.table, with_table)
}
