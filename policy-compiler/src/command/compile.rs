//! `portcullis compile`.

use std::path::PathBuf;

use clap::Args;
use policy_table::Table;

use super::{Outcome, output};
use crate::compile::{Compiled, Summary, compile_file};
use crate::diagnostic::Report;

/// Compiles a policy into a table
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  portcullis compile policy.yaml -o policy.table\n\nThe same policy always gives the same bytes. A policy with errors leaves TABLE untouched;\nexits 0 when the table was written, 1 when the policy has errors."
)]
pub(super) struct CompileArguments {
    /// The policy document
    policy: PathBuf,
    /// Where to write the table
    #[arg(short, long, value_name = "TABLE")]
    output: PathBuf,
    /// Write summary and report as JSON to stdout
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &CompileArguments) -> Outcome {
    if let Err(outcome) = output::require_file(&arguments.policy) {
        return outcome;
    }
    match compile_file(&arguments.policy) {
        Ok(compiled) => write(arguments, &compiled),
        Err(report) => {
            if arguments.json {
                let outcome = output::json(&with_summary(&report, None));
                return if outcome == Outcome::Success { Outcome::Failure } else { outcome };
            }
            output::show(&report);
            Outcome::Failure
        }
    }
}

fn write(arguments: &CompileArguments, compiled: &Compiled) -> Outcome {
    let summary = match Table::from_bytes(&compiled.table) {
        Ok(table) => Summary::of(&table, compiled.table.len()),
        Err(error) => return output::refuse(format!("the table cannot be read back: {error}")),
    };
    if let Err(error) = output::replace_file(&arguments.output, &compiled.table) {
        return output::refuse(format!("cannot write `{}`: {error}", arguments.output.display()));
    }
    if arguments.json {
        return output::json(&with_summary(&compiled.warnings, Some(&summary)));
    }
    output::show(&compiled.warnings);
    output::data(output::aligned(&summary.lines()))
}

fn with_summary(report: &Report, summary: Option<&Summary>) -> serde_json::Value {
    let mut value = report.to_json();
    if let serde_json::Value::Object(fields) = &mut value {
        fields.insert("table".to_owned(), serde_json::json!(summary));
    }
    value
}
