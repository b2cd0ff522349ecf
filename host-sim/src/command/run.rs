//! `host-sim run`: runs a module's cases.

use std::path::PathBuf;
use std::process::ExitCode;

use super::render::{self, Row};
use super::{Failure, PluginArguments, metrics, print, print_text, read_cases, say_logs};
use crate::cases::Case;

/// Runs the cases of a file through a module, and prints outcome and cost of each
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  host-sim run filter.wasm --config table.bin --cases cases.yaml
  host-sim run filter.wasm --cases cases.yaml --fuel --json | jq .cost
  host-sim run filter.wasm --cases cases.yaml --metrics

What the module logs while it starts goes to standard error.

Exit status: 0 when every expectation holds, 1 when one does not, the module does not run, or it traps
where no case says how that request ends; 2 when a file cannot be read or is no case file.")]
pub(super) struct Arguments {
    #[command(flatten)]
    plugin: PluginArguments,
    /// The cases, in YAML
    #[arg(long, value_name = "CASES.yaml")]
    cases: PathBuf,
    /// Counts fuel, about one unit for every instruction: also done when a case has a budget for it
    #[arg(long)]
    fuel: bool,
    /// Prints below the cases what the module's metrics hold after the last one and a tick, where the
    /// module asks for ticks; with --json as one more object, `{"metrics": […]}`
    #[arg(long)]
    metrics: bool,
    /// Prints one JSON object a case, with everything that is known of it. Bytes that are not UTF-8
    /// become `{"base64": "…"}`
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let cases = read_cases(&arguments.cases)?;
    let fuel = arguments.fuel || cases.iter().any(Case::needs_fuel);
    let mut host = arguments.plugin.start(|builder| builder.fuel(fuel))?;
    say_logs(&host.start_activity().logs);
    let rows: Vec<Row> = cases
        .into_iter()
        .map(|case| {
            let (outcome, failures) = case.run(&mut host);
            Row { case, outcome, failures }
        })
        .collect();
    let metrics = if arguments.metrics {
        // Many modules keep counters to themselves until then.
        say_logs(&host.tick().logs);
        host.metrics()
    } else {
        Vec::new()
    };
    if arguments.json {
        let metrics = if arguments.metrics { metrics::json(&metrics) } else { String::new() };
        print(&(render::json(&rows) + &metrics))?;
    } else {
        print_text(&(render::rows(&rows, fuel) + &metrics::rows(&metrics)))?;
    }
    let all_hold = rows.iter().all(|row| row.failures.is_empty());
    Ok(if all_hold { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
