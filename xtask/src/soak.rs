//! `cargo xtask soak`: random policies and requests through every engine, until time is up or two engines disagree.

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{build, install, step};

/// It needs no filter.
const NATIVE: &str = "native";
/// It is installed first.
const ENVOY: &str = "envoy";

/// How long and with what.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask soak --minutes 10\n  cargo xtask soak --minutes 60 --engine native,simulator --seed 1"
)]
pub(crate) struct Options {
    /// For all engines together
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    minutes: u32,
    /// Where to begin; the clock decides where this is left out, and the seed is printed
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// What the oracle is compared with: one, or several with commas between them
    #[arg(long, value_enum, value_delimiter = ',', default_value = "all")]
    engine: Vec<Engine>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Engine {
    /// The decision function on the table
    Native,
    /// The filter in host-sim
    Simulator,
    /// The filter in a real Envoy
    Envoy,
    /// One after the other
    All,
}

impl Options {
    /// The engines that take part, by the names that the program has for them, each once.
    fn engines(&self) -> Vec<&'static str> {
        [(Engine::Native, NATIVE), (Engine::Simulator, "simulator"), (Engine::Envoy, ENVOY)]
            .into_iter()
            .filter(|(engine, _)| {
                self.engine.iter().any(|one| [*engine, Engine::All].contains(one))
            })
            .map(|(_, name)| name)
            .collect()
    }
}

/// Builds what takes part, optimised, and lets it run.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let engines = options.engines();
    if engines != [NATIVE] {
        build::filter(workspace)?;
    }
    if engines.contains(&ENVOY) {
        install::envoy(workspace)?;
    }
    let mut cargo = workspace.cargo();
    cargo.args(["run", "--quiet", "--package", "portcullis-tests", "--bin", "soak"]);
    // Dependencies are optimised in any build; with these two the rest of a random decision is, too.
    for package in ["portcullis-tests", "policy-compiler"] {
        cargo.args(["--config", &format!("profile.dev.package.{package}.opt-level=2")]);
    }
    cargo.args(["--", "--minutes", &options.minutes.to_string()]);
    if let Some(seed) = options.seed {
        cargo.args(["--seed", &seed.to_string()]);
    }
    for engine in engines {
        cargo.args(["--engine", engine]);
    }
    step::loud("random decisions", &mut cargo)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    #[test]
    fn engines_are_given_one_by_one_or_together() {
        for (arguments, engines) in [
            (&[][..], &["native", "simulator", "envoy"][..]),
            (&["--engine", "native"], &["native"]),
            (&["--engine", "simulator,native"], &["native", "simulator"]),
            (&["--engine", "envoy", "--engine", "envoy"], &["envoy"]),
            (&["--engine", "native,all"], &["native", "simulator", "envoy"]),
        ] {
            let line = Line::parse_from(["soak"].iter().chain(arguments));
            assert_eq!(line.options.engines(), engines, "{arguments:?}");
        }
    }
}
