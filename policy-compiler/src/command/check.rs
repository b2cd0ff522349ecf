//! `portcullis check`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::moment::{read_period, read_time};
use super::policy::Given;
use super::progress::Bar;
use super::{Outcome, output};
use crate::diagnostic::{Code, Report};
use crate::escape::shown;
use crate::lint::{Lint, LintOptions};
use crate::load::LoadOptions;

/// Reports everything that is wrong with a policy, and writes nothing
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  portcullis check policy.yaml --deny warnings\n  portcullis check --explain L003\n\nExits 0 when there are no errors (warnings count with `--deny warnings` alone), 1 when there\nare, 2 when the document cannot be read."
)]
pub(super) struct CheckArguments {
    /// The policy document; `-` is stdin
    #[arg(required_unless_present = "explain")]
    policy: Option<PathBuf>,
    /// How to write the report: all but `human` go to stdout
    #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    format: Format,
    /// The same as `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// What makes a policy fail beside errors
    #[arg(long, value_enum, value_name = "WHAT")]
    deny: Option<Deny>,
    /// The moment at which keys are looked at, instead of now
    #[arg(long, value_name = "TIME", value_parser = read_time)]
    at: Option<i64>,
    /// How long before its end a key is reported
    #[arg(long, value_name = "PERIOD", default_value = "30d", value_parser = read_period)]
    within: i64,
    /// Tell every finding in list and key files, not the first and their number
    #[arg(long)]
    verbose: bool,
    /// Tell what a code means, with an example and the remedy
    #[arg(
        long,
        value_name = "CODE",
        conflicts_with_all = ["policy", "format", "json", "deny", "at", "within", "verbose"]
    )]
    explain: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, to stderr
    Human,
    /// All there is to know
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands of GitHub Actions
    Github,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Deny {
    /// Every warning
    Warnings,
}

pub(super) fn run(arguments: &CheckArguments) -> Outcome {
    match (&arguments.explain, &arguments.policy) {
        (Some(code), _) => explain(code),
        (None, Some(policy)) => check(arguments, policy),
        (None, None) => output::refuse("name a policy document"),
    }
}

fn check(arguments: &CheckArguments, policy: &Path) -> Outcome {
    let lint = LintOptions {
        at: Some(arguments.at.unwrap_or_else(super::now)),
        within: arguments.within,
        every: arguments.verbose,
    };
    let (bar, watcher) = Bar::new();
    let given = match Given::read(policy, &watcher) {
        Ok(given) => given,
        Err(outcome) => return outcome,
    };
    let name = given.name().to_owned();
    let loaded = given.load(&LoadOptions { lint, watcher });
    drop(bar);
    let (report, valid) = match loaded {
        Ok(loaded) => (loaded.warnings, true),
        Err(report) => (report, false),
    };
    let denied = arguments.deny == Some(Deny::Warnings) && report.warnings() > 0;
    let outcome = if valid && !denied { Outcome::Success } else { Outcome::Failure };
    let format = if arguments.json { Format::Json } else { arguments.format };
    let written = match format {
        Format::Human => {
            show(&report, &name, valid, denied);
            Outcome::Success
        }
        Format::Json => output::json(&report.as_json()),
        Format::Sarif => {
            let base = std::env::current_dir().unwrap_or_default();
            output::json(&report.to_sarif(&base))
        }
        Format::Github => output::text(report.to_github()),
    };
    if written == Outcome::Success { outcome } else { written }
}

fn show(report: &Report, policy: &Path, valid: bool, denied: bool) {
    output::show(report);
    let lint = report.diagnostics().iter().find(|one| matches!(one.code, Code::Lint(_)));
    if let Some(lint) = lint {
        let code = lint.code.name();
        output::say_line(format!("`portcullis check --explain {code}` tells more about {code}"));
    }
    let policy = shown(policy);
    if valid && denied {
        output::say_line(format!("{policy} is a valid policy, but warnings are denied"));
    } else if valid {
        output::say_line(format!("{policy} is a valid policy"));
    }
}

fn explain(code: &str) -> Outcome {
    if let Some(lint) = Lint::find(code) {
        return output::data(lint.text());
    }
    match Code::ALL.iter().find(|known| known.name() == code) {
        Some(known) => output::data(format!("{code}\n\n{}: an error", known.summary())),
        None => {
            let (first, last) = (Lint::ALL.first(), Lint::ALL.last());
            let ends = first.zip(last).map(|(first, last)| (first.code(), last.code()));
            let (first, last) = ends.unwrap_or_default();
            output::refuse(format!(
                "there is no code `{code}`; lints are {first} to {last}, errors as reports name them"
            ))
        }
    }
}
