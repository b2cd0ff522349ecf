//! The commands of `portcullis`: thin, one file a verb.
//!
//! Data goes to stdout, everything for people that is not the data to stderr. A command ends
//! with 0 on success, 1 when what it checked does not hold, 2 on misuse.

mod calendar;
mod check;
mod compile;
mod diff;
mod emit;
mod explain;
mod inspect;
mod key;
mod key_choice;
mod moment;
mod output;
mod policy;
mod progress;
mod questions;
mod resolve;
mod table;

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Parser, Subcommand};

/// Compiles API access policies into tables for the edge.
#[derive(Debug, Parser)]
#[command(name = "portcullis", version, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Check(check::CheckArguments),
    Compile(compile::CompileArguments),
    Inspect(inspect::InspectArguments),
    Resolve(resolve::ResolveArguments),
    Explain(explain::ExplainArguments),
    Key(key::KeyArguments),
    Emit(emit::EmitArguments),
    Diff(diff::DiffArguments),
    WhoCan(questions::WhoCanArguments),
    WhatCan(questions::WhatCanArguments),
    BlastRadius(questions::BlastRadiusArguments),
    Calendar(calendar::CalendarArguments),
}

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    let outcome = match Arguments::parse().verb {
        Verb::Check(arguments) => check::run(&arguments),
        Verb::Compile(arguments) => compile::run(&arguments),
        Verb::Inspect(arguments) => inspect::run(&arguments),
        Verb::Resolve(arguments) => resolve::run(&arguments),
        Verb::Explain(arguments) => explain::run(&arguments),
        Verb::Key(arguments) => key::run(&arguments),
        Verb::Emit(arguments) => emit::run(&arguments),
        Verb::Diff(arguments) => diff::run(&arguments),
        Verb::WhoCan(arguments) => questions::who_can(&arguments),
        Verb::WhatCan(arguments) => questions::what_can(&arguments),
        Verb::BlastRadius(arguments) => questions::blast_radius(&arguments),
        Verb::Calendar(arguments) => calendar::run(&arguments),
    };
    outcome.into()
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it was asked for, and what it checked holds.
    Success,
    /// What it checked does not hold.
    Failure,
    /// It could not do what it was asked for: a file is missing, an argument makes no sense.
    Misuse,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Success => Self::SUCCESS,
            Outcome::Failure => Self::from(1),
            Outcome::Misuse => Self::from(2),
        }
    }
}

/// This moment in Unix seconds.
fn now() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX)
}
