//! `host-sim run`: runs a module's cases.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use super::render::{self, Row};
use super::{Failure, PluginArguments, read};
use crate::cases;

/// Runs the cases of a file through a module, and prints outcome and cost of each
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  host-sim run filter.wasm --config table.bin --cases cases.yaml
  host-sim run filter.wasm --cases cases.yaml --fuel --json | jq .cost

Exit status: 0 when every expectation holds, 1 when one does not or the module does not run,
2 when a file cannot be read or is no case file.")]
pub(super) struct Arguments {
    #[command(flatten)]
    plugin: PluginArguments,
    /// The cases, in YAML
    #[arg(long, value_name = "CASES.yaml")]
    cases: PathBuf,
    /// Counts fuel: about one unit for every instruction
    #[arg(long)]
    fuel: bool,
    /// Prints one JSON object a case, with everything that is known of it. Bytes that are not
    /// UTF-8 become `{"base64": "…"}`
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let text = read(&arguments.cases)?;
    let in_file = |message: &dyn std::fmt::Display| {
        Failure::Misuse(format!("{}:{message}", arguments.cases.display()))
    };
    let text = str::from_utf8(&text).map_err(|error| in_file(&format!(" {error}")))?;
    let cases = cases::parse(text).map_err(|error| in_file(&error))?;
    let mut host = arguments.plugin.start(|builder| builder.fuel(arguments.fuel))?;
    let rows: Vec<Row> = cases
        .into_iter()
        .map(|case| {
            let (outcome, failures) = case.run(&mut host);
            Row { case, outcome, failures }
        })
        .collect();
    let text =
        if arguments.json { render::json(&rows) } else { render::table(&rows, arguments.fuel) };
    io::stdout()
        .write_all(text.as_bytes())
        .map_err(|error| Failure::Misuse(format!("cannot write to standard output: {error}")))?;
    let all_hold = rows.iter().all(|row| row.failures.is_empty());
    Ok(if all_hold { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
