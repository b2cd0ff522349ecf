//! `cargo xtask bench-envoy` and `cargo xtask soak-envoy`: the programs of the benches that need a real Envoy.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::bench::{built, must_be_whole, released, sum_up};
use crate::workspace::Workspace;
use crate::{install, step};

/// How much and what.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask bench-envoy --quick                                          three minutes, results in target/bench/\n  cargo xtask bench-envoy                                                  everything\n  cargo xtask bench-envoy --part floor                                     what is added, beside a bare module\n  cargo xtask bench-envoy --only portcullis,api_key_auth --keys 1000       one comparison\n  cargo xtask bench-envoy --record benches/record                          as the results in docs/ were made"
)]
pub(crate) struct BenchOptions {
    /// Fewer rounds, smaller sizes
    #[arg(long)]
    quick: bool,
    /// Generations, in each of which each contender has a new Envoy
    #[arg(long, value_name = "N")]
    generations: Option<usize>,
    /// Rounds of each generation, in which each contender has its turn
    #[arg(long, value_name = "N")]
    rounds: Option<usize>,
    /// Only these parts: comparison, floor, growth, memory
    #[arg(long = "part", value_name = "PART,…")]
    parts: Option<String>,
    /// Only these contenders: none, floor, portcullis, portcullis-keys, api_key_auth, rbac-policies, rbac-matcher, lua,
    /// jwt_authn, ext_authz
    #[arg(long, value_name = "CONTENDER,…")]
    only: Option<String>,
    /// Numbers of keys, such as 10,1000
    #[arg(long, value_name = "N,…")]
    keys: Option<String>,
    /// Folder for CSV files and plots [default: target/bench]
    #[arg(long, value_name = "FOLDER")]
    record: Option<PathBuf>,
}

/// The least that a published soak lasts.
const PUBLISHED_MINUTES: u32 = 30;

/// How long.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask soak-envoy --minutes 2\n  cargo xtask soak-envoy --minutes 30 --record benches/record"
)]
pub(crate) struct SoakOptions {
    /// How long, in minutes
    #[arg(long, value_name = "N", default_value_t = PUBLISHED_MINUTES, value_parser = clap::value_parser!(u32).range(1..))]
    minutes: u32,
    /// Folder for CSV files and plots [default: target/bench]
    #[arg(long, value_name = "FOLDER")]
    record: Option<PathBuf>,
}

/// Builds what takes part and compares it.
pub(crate) fn bench(workspace: &Workspace, options: &BenchOptions) -> Result<()> {
    let partial = [
        ("--quick", options.quick),
        ("--part", options.parts.is_some()),
        ("--only", options.only.is_some()),
        ("--keys", options.keys.is_some()),
        ("--generations", options.generations.is_some()),
        ("--rounds", options.rounds.is_some()),
    ];
    must_be_whole(workspace, options.record.as_deref(), &partial)?;
    run(workspace, "bench-envoy", options.record.clone(), |program| {
        if options.quick {
            program.arg("--quick");
        }
        for (name, value) in [("--generations", options.generations), ("--rounds", options.rounds)]
        {
            if let Some(value) = value {
                program.args([name, &value.to_string()]);
            }
        }
        for (name, value) in
            [("--part", &options.parts), ("--only", &options.only), ("--keys", &options.keys)]
        {
            if let Some(value) = value {
                program.args([name, value]);
            }
        }
    })
}

/// Builds what takes part and lets it run.
pub(crate) fn soak(workspace: &Workspace, options: &SoakOptions) -> Result<()> {
    let partial = [("--minutes", options.minutes < PUBLISHED_MINUTES)];
    must_be_whole(workspace, options.record.as_deref(), &partial)?;
    run(workspace, "soak-envoy", options.record.clone(), |program| {
        program.args(["--minutes", &options.minutes.to_string()]);
    })
}

fn run(
    workspace: &Workspace,
    name: &str,
    record: Option<PathBuf>,
    arguments: impl FnOnce(&mut Command),
) -> Result<()> {
    built(workspace)?;
    install::envoy(workspace)?;
    let folder = record.unwrap_or_else(|| workspace.target().join("bench"));
    let mut program = workspace.command(released(workspace, name));
    program.arg("--record").arg(&folder);
    arguments(&mut program);
    step::loud(name, &mut program)?;
    sum_up(workspace, &folder)
}
