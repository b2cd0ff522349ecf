//! `portcullis check`.

use std::path::PathBuf;

use clap::Args;

use super::{Outcome, output};
use crate::load::load_file;

/// Reports everything that is wrong with a policy, and writes nothing
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  portcullis check policy.yaml\n\nExits 0 when there are no errors (warnings do not count), 1 otherwise."
)]
pub(super) struct CheckArguments {
    /// The policy document
    policy: PathBuf,
    /// Write the report as JSON to stdout
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &CheckArguments) -> Outcome {
    if let Err(outcome) = output::require_file(&arguments.policy) {
        return outcome;
    }
    let (report, outcome) = match load_file(&arguments.policy) {
        Ok(loaded) => (loaded.warnings, Outcome::Success),
        Err(report) => (report, Outcome::Failure),
    };
    if arguments.json {
        return match output::json(&report.to_json()) {
            Outcome::Success => outcome,
            failed => failed,
        };
    }
    output::show(&report);
    if outcome == Outcome::Success {
        output::say_line(format!("{} is a valid policy", arguments.policy.display()));
    }
    outcome
}
