//! `cargo xtask soak`: random policies and requests, on and on, until two readings of the rules disagree.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Parser;
use portcullis_tests::random::compare::{Progress, compare, seed};
use portcullis_tests::random::subject::{Engine, Subject};

/// Compares the oracle with the table, the filter in host-sim and the filter in Envoy
#[derive(Parser)]
struct Options {
    /// How long, for all engines together
    #[arg(long, default_value_t = 1.0)]
    minutes: f64,
    /// Where to begin; without it the clock decides, and the seed is printed
    #[arg(long)]
    seed: Option<u64>,
    /// What the oracle is compared with; several one after the other
    #[arg(long, value_enum, required = true)]
    engine: Vec<Engine>,
    /// Requests to each policy
    #[arg(long, default_value_t = 400)]
    requests: usize,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    let seed = options.seed.map_or_else(seed, Ok)?;
    let share =
        Duration::from_secs_f64(options.minutes * 60.0 / options.engine.len().max(1) as f64);
    for engine in &options.engine {
        let start = Instant::now();
        println!("{engine:?}: {share:.0?}, seed {seed}");
        let progress =
            compare(&Subject::new(*engine)?, seed, options.requests, |_| start.elapsed() < share)?;
        report(*engine, seed, &progress, start.elapsed());
    }
    Ok(())
}

fn report(engine: Engine, seed: u64, progress: &Progress, elapsed: Duration) {
    println!(
        "{engine:?}: {} decisions, 0 disagreements, {} policies, {} documents that are none, {} requests refused by the host, seed {seed}, {:.0} s",
        progress.decisions,
        progress.policies,
        progress.no_policies,
        progress.refused,
        elapsed.as_secs_f64()
    );
    println!("  {:?}", progress.reasons);
}
