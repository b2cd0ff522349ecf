//! The commands of `portcullis`: thin, one file a verb.
//!
//! Data goes to stdout, everything for people that is not the data to stderr. A command ends
//! with 0 on success, 1 when what it checked does not hold, 2 on misuse.

mod calendar;
mod check;
mod client;
mod colour;
mod compile;
mod completions;
mod diff;
mod edit;
mod emit;
mod explain;
mod find;
mod init;
mod inspect;
mod key;
mod man;
mod moment;
mod output;
mod policy;
mod profile;
mod progress;
mod questions;
mod resolve;
mod schema;
mod stdin;
mod table;

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{CommandFactory, Parser, Subcommand};

/// What the command is called.
const NAME: &str = "portcullis";

/// Compiles API access policies into tables for the edge
///
/// One reviewed document says who may call what, with which key, from where and until when. It is
/// checked, compiled into a table, and explained request by request.
#[derive(Debug, Parser)]
#[command(name = NAME, version, disable_help_subcommand = true,
    after_help = "Examples:\n  portcullis init\n  portcullis check policy.yaml\n  portcullis compile policy.yaml -o policy.table"
)]
struct Arguments {
    /// When reports for people have colours; `auto` heeds NO_COLOR, CLICOLOR, CLICOLOR_FORCE, TERM
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    color: colour::When,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Init(init::InitArguments),
    Check(check::CheckArguments),
    Compile(compile::CompileArguments),
    Inspect(inspect::InspectArguments),
    Resolve(resolve::ResolveArguments),
    Explain(explain::ExplainArguments),
    Key(key::KeyArguments),
    Client(client::ClientArguments),
    Profile(profile::ProfileArguments),
    Emit(emit::EmitArguments),
    Diff(diff::DiffArguments),
    WhoCan(questions::WhoCanArguments),
    WhatCan(questions::WhatCanArguments),
    BlastRadius(questions::BlastRadiusArguments),
    Calendar(calendar::CalendarArguments),
    Schema(schema::SchemaArguments),
    Completions(completions::CompletionsArguments),
    Man(man::ManArguments),
}

/// Every command with its arguments.
pub fn tree() -> clap::Command {
    Arguments::command()
}

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return output::misused(&error).into(),
    };
    colour::choose(arguments.color);
    let outcome = match arguments.verb {
        Verb::Init(arguments) => init::run(&arguments),
        Verb::Check(arguments) => check::run(&arguments),
        Verb::Compile(arguments) => compile::run(&arguments),
        Verb::Inspect(arguments) => inspect::run(&arguments),
        Verb::Resolve(arguments) => resolve::run(&arguments),
        Verb::Explain(arguments) => explain::run(&arguments),
        Verb::Key(arguments) => key::run(&arguments),
        Verb::Client(arguments) => client::run(&arguments),
        Verb::Profile(arguments) => profile::run(&arguments),
        Verb::Emit(arguments) => emit::run(&arguments),
        Verb::Diff(arguments) => diff::run(&arguments),
        Verb::WhoCan(arguments) => questions::who_can(&arguments),
        Verb::WhatCan(arguments) => questions::what_can(&arguments),
        Verb::BlastRadius(arguments) => questions::blast_radius(&arguments),
        Verb::Calendar(arguments) => calendar::run(&arguments),
        Verb::Schema(arguments) => schema::run(&arguments),
        Verb::Completions(arguments) => completions::run(&arguments),
        Verb::Man(arguments) => man::run(&arguments),
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
