//! `cargo xtask soak`: random policies and requests through every engine, until time is up or two engines disagree.

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{build, install, step};

/// How long and with what.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask soak --minutes 10\n  cargo xtask soak --minutes 60 --engine native --seed 1"
)]
pub(crate) struct Options {
    /// For all engines together
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    minutes: u32,
    /// Where to begin; the clock decides where this is left out, and the seed is printed
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// What the oracle is compared with
    #[arg(long, value_enum, default_value_t = Engine::All)]
    engine: Engine,
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

impl Engine {
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Native => &["native"],
            Self::Simulator => &["simulator"],
            Self::Envoy => &["envoy"],
            Self::All => &["native", "simulator", "envoy"],
        }
    }
}

/// Builds what takes part, optimised, and lets it run.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.engine != Engine::Native {
        build::filter(workspace)?;
    }
    if matches!(options.engine, Engine::Envoy | Engine::All) {
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
    for name in options.engine.names() {
        cargo.args(["--engine", name]);
    }
    step::loud("random decisions", &mut cargo)
}
