//! `host-sim bench`: what requests cost in a module, and in another one beside it.

mod contestant;
mod plot;
mod render;
mod times;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use self::contestant::Contestant;
use super::progress::Progress;
use super::{Failure, PluginArguments, print, print_text, read_cases};
use crate::cases::Case;

/// Measures what requests cost in a module: time in percentiles, host calls, bytes, fuel, memory
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  host-sim bench filter.wasm --config table.bin --cases cases.yaml
  host-sim bench new.wasm --config table.bin --cases cases.yaml --against old.wasm --svg bench.svg
  host-sim bench filter.wasm --cases cases.yaml --requests 1000000 --json | jq .modules[0].memory

The requests of the cases come in turn, one at a time, in one VM. The time of a request is the time from
entering the module to its return, over all its callbacks: host functions are in it, the upstream is
not. Two modules take turns request by request, so that whatever else the machine does meets both.
Counts and fuel are the same in every run; times are not, and only compare within one run.

Exit status: 0 when it was measured, 1 when a module does not run or traps, 2 when a file cannot be
read or written, or is no case file, or when there are fewer requests than cases.")]
pub(super) struct Arguments {
    #[command(flatten)]
    plugin: PluginArguments,
    /// The requests, as a case file
    #[arg(long, value_name = "CASES.yaml")]
    cases: PathBuf,
    /// Another module, measured in turn with the first
    #[arg(long, value_name = "OTHER.wasm")]
    against: Option<PathBuf>,
    /// Its configuration: the same as the first module's unless given
    #[arg(long, value_name = "FILE", requires = "against")]
    against_config: Option<PathBuf>,
    /// How many requests each module gets: one for each case at least
    #[arg(
        long, value_name = "N", default_value_t = 100_000,
        value_parser = clap::value_parser!(u64).range(1..)
    )]
    requests: u64,
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
    /// Also draws the percentiles
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

pub(super) fn bench(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let cases = read_cases(&arguments.cases)?;
    check_each_is_measured(arguments.requests, &cases)?;
    let mut contestants = vec![Contestant::start(&arguments.plugin, &cases)?];
    if let Some(other) = &arguments.against {
        contestants.push(Contestant::start(&against(arguments, other), &cases)?);
    }
    measure(&mut contestants, &cases, arguments.requests)?;
    if let Some(path) = &arguments.svg {
        draw(path, &contestants)?;
    }
    if arguments.json {
        print(&format!("{}\n", render::object(&contestants, arguments.requests)))?;
    } else {
        print_text(&render::text(&contestants, arguments.requests))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A case that no request is sent for would have no times, and no outcome.
fn check_each_is_measured(requests: u64, cases: &[Case]) -> Result<(), Failure> {
    let cases = u64::try_from(cases.len()).unwrap_or(u64::MAX);
    if requests >= cases {
        return Ok(());
    }
    Err(Failure::Misuse(format!(
        "`--requests {requests}` is too few: expected one request for each of the {cases} cases at least; \
         write `--requests {cases}` or more"
    )))
}

fn against(arguments: &Arguments, module: &Path) -> PluginArguments {
    let mut plugin = arguments.plugin.clone();
    module.clone_into(&mut plugin.module);
    if let Some(config) = &arguments.against_config {
        plugin.config = Some(config.clone());
    }
    plugin
}

/// The first of two changes with every request, so that neither always finds the caches as the
/// other left them.
fn measure(contestants: &mut [Contestant], cases: &[Case], requests: u64) -> Result<(), Failure> {
    let bar = Progress::new(requests, "measuring");
    for (number, (index, case)) in (1..=requests).zip(cases.iter().enumerate().cycle()) {
        if number.is_multiple_of(2) {
            contestants.iter_mut().try_for_each(|one| one.run(number, index, case))?;
        } else {
            contestants.iter_mut().rev().try_for_each(|one| one.run(number, index, case))?;
        }
        bar.at(number);
    }
    Ok(())
}

fn draw(path: &Path, contestants: &[Contestant]) -> Result<(), Failure> {
    let svg = plot::percentiles(contestants)
        .map_err(|error| Failure::Misuse(format!("cannot draw: {error}")))?;
    std::fs::write(path, svg)
        .map_err(|error| Failure::Misuse(format!("cannot write `{}`: {error}", path.display())))
}
