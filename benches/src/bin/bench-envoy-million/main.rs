//! A million keys in a real Envoy with two workers: how long from its start to the first right answer,
//! and how much memory, for nothing at all, for Portcullis, and for Envoy's own `api_key_auth`.
//!
//! ```text
//! cargo xtask build                                              # the filter
//! cargo run -p portcullis-benches --bin bench-envoy-million      # an Envoy is in target/envoy after `cargo xtask test`
//! cargo run -p portcullis-benches --bin bench-envoy-million -- 10000
//! ```
#![forbid(unsafe_code)]

mod configuration;
mod envoy;
mod record;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use portcullis_benches::{key, table};

use configuration::Filter;
use envoy::Envoy;
use record::Record;

const KEYS: usize = 1_000_000;

/// What one Envoy took.
struct Cost {
    /// From the start of the process to the first right answer.
    start: Duration,
    /// After each worker has answered, in bytes.
    resident: u64,
    /// The most until then: reading a configuration takes more than keeping it.
    peak: u64,
}

fn main() -> Result<()> {
    let keys = match std::env::args().nth(1) {
        None => KEYS,
        Some(keys) => keys.parse().context("the number of keys is no number; try 10000")?,
    };
    ensure!(keys > 0, "there is nothing to measure without keys; try 10000");
    let (program, module) = (
        find("PORTCULLIS_ENVOY", "envoy/bin/envoy")?,
        find("PORTCULLIS_FILTER", "portcullis.wasm")?,
    );

    eprintln!("compiling {keys} keys");
    let begin = Instant::now();
    let table = table(keys).context("the keys do not fit a table")?;
    let compiled = begin.elapsed();
    let mut record = Record::new(keys);
    record.row("table", "size", bytes(table.len()), "bytes");
    record.row("table", "compile in this build", compiled.as_secs_f64(), "s");

    let mut costs = Vec::new();
    let one = portcullis_benches::table(1).context("one key does not fit a table")?;
    for (name, filter, keys) in [
        ("empty Envoy", Filter::None, 1),
        // What the machine for WebAssembly and the filter itself take.
        ("portcullis, one key", Filter::Portcullis { module: module.clone(), table: one }, 1),
        ("portcullis", Filter::Portcullis { module, table }, keys),
        ("api_key_auth", Filter::ApiKeyAuth { keys }, keys),
    ] {
        eprintln!("starting Envoy: {name}");
        let cost = measure(&program, &filter, keys)?;
        record.row(name, "start to first right answer", cost.start.as_secs_f64(), "s");
        record.row(name, "resident after each worker answered", bytes_of(cost.resident), "bytes");
        record.row(name, "peak resident", bytes_of(cost.peak), "bytes");
        costs.push((name, cost));
    }
    let [(_, empty), _, others @ ..] = costs.as_slice() else { bail!("nothing was measured") };
    for (name, cost) in others {
        let own = cost.resident.saturating_sub(empty.resident);
        record.row(
            name,
            "resident a key over an empty Envoy",
            bytes_of(own) / bytes(keys),
            "bytes",
        );
    }
    if let [(_, portcullis), (_, other)] = others {
        let over = |cost: &Cost| bytes_of(cost.resident.saturating_sub(empty.resident));
        record.row(
            "api_key_auth / portcullis",
            "resident a key",
            over(other) / over(portcullis),
            "x",
        );
        let start = other.start.as_secs_f64() / portcullis.start.as_secs_f64();
        record.row("api_key_auth / portcullis", "start to first right answer", start, "x");
    }
    record.write()
}

/// Starts one Envoy, asks it until it is right, then until both workers have answered.
fn measure(program: &std::path::Path, filter: &Filter, keys: usize) -> Result<Cost> {
    let folder = tempfile::tempdir().context("cannot make a folder for Envoy's configuration")?;
    let mut envoy = Envoy::start(program, filter, folder)?;
    // Keys from everywhere, so that no luck with the first is measured.
    let mut asked = (0..).map(|turn: usize| key(turn.wrapping_mul(7_919) % keys));
    let mut next = || asked.next().unwrap_or_default();
    let start = envoy.until_right(&next())?;
    ensure!(filter.takes_anyone() || envoy.status("not-a-key")? == 401, "a wrong key was let in");
    while !envoy.each_worker_answered()? {
        let status = envoy.status(&next())?;
        ensure!(status == 200, "a right key got {status}");
    }
    let memory = envoy.memory()?;
    Ok(Cost { start, resident: memory.resident, peak: memory.peak })
}

/// A file in the target folder, or where a variable says.
fn find(variable: &str, in_target: &str) -> Result<PathBuf> {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    let file = std::env::var_os(variable).map_or_else(|| target.join(in_target), PathBuf::from);
    ensure!(
        file.is_file(),
        "{} is missing: run `cargo xtask build` for the filter and `cargo xtask test` for Envoy, start this in the \
         folder of the workspace, or set {variable}",
        file.display()
    );
    Ok(file)
}

#[expect(clippy::cast_precision_loss, reason = "figures of bytes and keys are far below 2^53")]
fn bytes_of(bytes: u64) -> f64 {
    bytes as f64
}

fn bytes(bytes: usize) -> f64 {
    bytes_of(u64::try_from(bytes).unwrap_or(u64::MAX))
}
