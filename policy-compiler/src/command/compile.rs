//! `portcullis compile`.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;

use super::policy::{Given, is_stdin};
use super::progress::Bar;
use super::{Outcome, output};
use crate::compile::{CompileOptions, Made, Names, Summary};
use crate::diagnostic::Report;
use crate::escape::shown;
use crate::files::{Replacement, is_behind_stdin, is_behind_stdout, replace_file, same_file};
use crate::load::LoadOptions;
use crate::resolve::NamesFile;
use crate::text::SourceFile;
use crate::threads;

/// Compiles a policy into a table
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  portcullis compile policy.yaml -o policy.table\n\nThe same policy always gives the same bytes. A policy with errors leaves TABLE untouched;\nexits 0 when the table was written, 1 when the policy has errors.\n\nThe names of very many clients and keys can weigh more than all the rest of a table:\n  portcullis compile policy.yaml -o policy.table --names omit\n  portcullis resolve policy.table.names key-9f86d081884c7d65"
)]
pub(super) struct CompileArguments {
    /// The policy document; `-` is stdin
    policy: PathBuf,
    /// Where to write the table; `-` is stdout, and the summary goes to stderr then
    #[arg(short, long, value_name = "TABLE")]
    output: PathBuf,
    /// Whether the table has the names of clients and keys
    ///
    /// Without them, stable ids stand for them in logs and in `explain`, and TABLE.names is
    /// written, which `portcullis resolve` reads. Names that the policy forwards are kept.
    #[arg(long, value_enum, default_value_t = NamesArgument::Include)]
    names: NamesArgument,
    /// Write summary and report as JSON to stdout
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum NamesArgument {
    /// All names are in the table
    Include,
    /// Only names that the policy forwards; ids stand for the others
    Omit,
}

pub(super) fn run(arguments: &CompileArguments) -> Outcome {
    let names = match arguments.names {
        NamesArgument::Include => Names::Include,
        NamesArgument::Omit => Names::Omit,
    };
    if let Err(outcome) = require_stdout_once(arguments) {
        return outcome;
    }
    let (bar, watcher) = Bar::new();
    let given = match Given::read(&arguments.policy, &watcher) {
        Ok(given) => given,
        Err(outcome) => return outcome,
    };
    let load = LoadOptions { watcher, ..LoadOptions::default() };
    let options = CompileOptions { load, names };
    let made = given.make(&options);
    drop(bar);
    match made.and_then(|made| write(arguments, made)) {
        Ok(outcome) => outcome,
        Err(report) => {
            if arguments.json {
                let outcome = output::json(&report.as_json_with(json!(null)));
                return if outcome == Outcome::Success { Outcome::Failure } else { outcome };
            }
            output::show(&report);
            Outcome::Failure
        }
    }
}

/// Refuses what cannot be where the table goes to standard output.
fn require_stdout_once(arguments: &CompileArguments) -> Result<(), Outcome> {
    let beside = match arguments.names {
        NamesArgument::Omit => "`--names omit` writes TABLE.names beside the table",
        NamesArgument::Include if arguments.json => "`--json` writes to standard output, too",
        NamesArgument::Include => return Ok(()),
    };
    if is_stdout(&arguments.output) {
        return Err(output::refuse(format!("{beside}: name a file for the table")));
    }
    Ok(())
}

/// Whether an output is standard output, under whichever name.
fn is_stdout(output: &Path) -> bool {
    output == Path::new("-") || is_behind_stdout(output)
}

/// Writes the table and what belongs to it, unless its proof refuses it.
fn write(arguments: &CompileArguments, made: Made) -> Result<Outcome, Report> {
    let table = &arguments.output;
    let names = (arguments.names == NamesArgument::Omit).then(|| names_file(table));
    for written in names.iter().chain([table]) {
        // A path written in the wrong place must not cost the policy.
        let is_input = |file: &&SourceFile| same_file(file.path(), written);
        let input = made.warnings.files().find(is_input).map(SourceFile::name);
        let behind_stdin = is_stdin(&arguments.policy) && is_behind_stdin(written);
        if let Some(input) = input.or(behind_stdin.then_some("standard input")) {
            return Ok(output::refuse(format!(
                "`{}` is a file that the policy is read from (`{input}`): name another one for the table",
                shown(written),
            )));
        }
    }
    // Disks take their time: meanwhile the table is proved, and only then it is put in place.
    let write = || match is_stdout(table) {
        true => Ok(Replacement::Stdout(made.bytes())),
        false => Replacement::write(table, made.bytes()),
    };
    let (replacement, proof) = threads::both(write, || made.prove());
    match proof {
        Ok(summary) => {
            let outcome = put_in_place(arguments, &made, &summary, names.as_deref(), replacement);
            // The process ends here, which is quicker than giving back a million keys one by one.
            std::mem::forget(made);
            Ok(outcome.unwrap_or_else(|outcome| outcome))
        }
        Err(error) => {
            drop(replacement);
            Err(made.refused(&error))
        }
    }
}

fn put_in_place(
    arguments: &CompileArguments,
    made: &Made,
    summary: &Summary,
    names: Option<&Path>,
    table: io::Result<Replacement<'_>>,
) -> Result<Outcome, Outcome> {
    let not_written = |error| cannot_write(&arguments.output, &error);
    let table = table.map_err(not_written)?;
    // The names first: a table without them would be one whose ids nobody can read.
    if let Some(names) = names {
        let content = NamesFile::of(&made.policy, &summary.table_id).to_text();
        replace_file(names, content.as_bytes()).map_err(|error| cannot_write(names, &error))?;
    }
    table.put_in_place().map_err(not_written)?;
    if arguments.json {
        return Ok(output::json(&made.warnings.as_json_with(json!(summary))));
    }
    output::show(&made.warnings);
    let summary = output::aligned(&summary.lines());
    if is_stdout(&arguments.output) {
        output::say_line(summary);
        return Ok(Outcome::Success);
    }
    Ok(output::data(summary))
}

fn cannot_write(path: &Path, error: &io::Error) -> Outcome {
    output::refuse(format!("cannot write `{}`: {error}", shown(path)))
}

/// Beside the table, so that both travel together until the table is shipped.
fn names_file(table: &Path) -> PathBuf {
    let mut name = table.as_os_str().to_owned();
    name.push(".names");
    name.into()
}
