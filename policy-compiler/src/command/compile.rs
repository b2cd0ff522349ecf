//! `portcullis compile`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::policy::Given;
use super::progress::Bar;
use super::{Outcome, output};
use crate::compile::{CompileOptions, Compiled, Names, Summary};
use crate::diagnostic::Report;
use crate::edit::{replace_file, same_file};
use crate::load::LoadOptions;
use crate::resolve::NamesFile;

/// Compiles a policy into a table
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  portcullis compile policy.yaml -o policy.table\n\nThe same policy always gives the same bytes. A policy with errors leaves TABLE untouched;\nexits 0 when the table was written, 1 when the policy has errors.\n\nThe names of very many clients and keys can weigh more than all the rest of a table:\n  portcullis compile policy.yaml -o policy.table --names omit\n  portcullis resolve policy.table.names key-9f86d081884c7d65"
)]
pub(super) struct CompileArguments {
    /// The policy document; `-` is stdin
    policy: PathBuf,
    /// Where to write the table
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
    let (bar, watcher) = Bar::new();
    let given = match Given::read(&arguments.policy, &watcher) {
        Ok(given) => given,
        Err(outcome) => return outcome,
    };
    let load = LoadOptions { watcher, ..LoadOptions::default() };
    let compiled = given.compile(&CompileOptions { load, names });
    drop(bar);
    match compiled {
        Ok(compiled) => {
            let outcome = write(arguments, &compiled);
            // The process ends here, which is quicker than giving back a million keys one by one.
            std::mem::forget(compiled);
            outcome
        }
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
    let summary = &compiled.summary;
    let table = &arguments.output;
    let names = (arguments.names == NamesArgument::Omit).then(|| names_file(table));
    for written in names.iter().chain([table]) {
        // A path written in the wrong place must not cost the policy.
        if let Some(input) = compiled.warnings.files().find(|file| same_file(file.path(), written))
        {
            return output::refuse(format!(
                "`{}` is a file that the policy is read from (`{}`): name another one for the table",
                written.display(),
                input.name()
            ));
        }
    }
    // The names first: a table without them would be one whose ids nobody can read.
    if let Some(names) = &names {
        let content = NamesFile::of(&compiled.policy, &summary.table_id).to_text();
        if let Err(outcome) = put(names, content.as_bytes()) {
            return outcome;
        }
    }
    if let Err(outcome) = put(table, &compiled.table) {
        return outcome;
    }
    if arguments.json {
        return output::json(&with_summary(&compiled.warnings, Some(summary)));
    }
    output::show(&compiled.warnings);
    output::data(output::aligned(&summary.lines()))
}

fn put(path: &Path, content: &[u8]) -> Result<(), Outcome> {
    replace_file(path, content)
        .map_err(|error| output::refuse(format!("cannot write `{}`: {error}", path.display())))
}

/// Beside the table, so that both travel together until the table is shipped.
fn names_file(table: &Path) -> PathBuf {
    let mut name = table.as_os_str().to_owned();
    name.push(".names");
    name.into()
}

fn with_summary(report: &Report, summary: Option<&Summary>) -> serde_json::Value {
    let mut value = report.to_json();
    if let serde_json::Value::Object(fields) = &mut value {
        fields.insert("table".to_owned(), serde_json::json!(summary));
    }
    value
}
