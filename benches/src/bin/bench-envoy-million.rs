//! A million keys in a real Envoy with two workers: how long from its start to the first right answer,
//! and how much memory, for nothing at all, for Portcullis, and for Envoy's own `api_key_auth`.
//!
//! ```text
//! cargo xtask build                                              # the filter
//! cargo run -p portcullis-benches --bin bench-envoy-million      # an Envoy is in target/envoy after `cargo xtask test`
//! cargo run -p portcullis-benches --bin bench-envoy-million -- 10000
//! ```
#![forbid(unsafe_code)]

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use portcullis_benches::envoy::{
    Envoy, Launch, Places, Setup, api_key_auth, bytes_value, message, wasm,
};
use portcullis_benches::options::{Options, Seed};
use portcullis_benches::record::Record;
use portcullis_benches::reference::{Granted, Reference, key};
use portcullis_benches::statistics::float;

const KEYS: usize = 1_000_000;

/// Workers of an Envoy, and of one that shows what a further one takes.
const WORKERS: usize = 2;
const MORE: usize = 4;

/// What one Envoy took.
struct Cost {
    /// From the start of the process to the first right answer.
    start: Duration,
    /// After each worker has answered, in bytes.
    resident: u64,
    /// As much of that as Envoy's allocator has given out.
    heap: u64,
}

/// Starts a real Envoy with a million keys, beside `api_key_auth` with the same keys
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    seed: Seed,
    /// How many keys; 1,000,000 unless set, 10,000 in a quick run
    keys: Option<usize>,
}

fn main() -> Result<()> {
    let Arguments { options, seed, keys } = Arguments::parse();
    let keys = keys.unwrap_or(if options.quick { 10_000 } else { KEYS });
    ensure!(keys > 0, "there is nothing to measure without keys; try 10000");
    let places = Places::find()?;

    eprintln!("compiling {keys} keys");
    let begin = Instant::now();
    let policy = without_addresses(keys);
    let million = policy.table().context("the keys do not fit a table")?;
    let compiled = begin.elapsed();
    let mut record = Record::new("envoy-million");
    let mut figure = |what: &str, measure: &str, value: f64, unit: &str| {
        println!("{what:<26} {measure:<36} {value:>16.2} {unit}");
        record.row(what, "keys", keys, measure, value, unit);
    };
    figure("table", "size", float(million.len()), "bytes");
    figure("table", "compile in this build", compiled.as_secs_f64(), "s");

    let one = without_addresses(1);
    let one_key = one.table().context("one key does not fit a table")?;
    let portcullis =
        |table: &[u8]| Setup::of([wasm("portcullis", &places.filter, &bytes_value(table))]);
    let own = || portcullis(&million);
    let others = || {
        let credential = |number| (key(number), format!("client-{:07}", number % policy.clients));
        Setup::of([api_key_auth((0..keys).map(credential), None)])
    };
    let mut measured = |name: &str, setup: Setup, workers, policy: Reference| -> Result<Cost> {
        eprintln!("starting Envoy with {workers} workers: {name}");
        let cost = measure(&places, setup, workers, policy, seed)?;
        let mut row = |measure: &str, value, unit| {
            figure(name, &format!("{measure} with {workers} workers"), value, unit);
        };
        row("start to first right answer", cost.start.as_secs_f64(), "s");
        row("resident", float(cost.resident), "bytes");
        row("heap in use", float(cost.heap), "bytes");
        Ok(cost)
    };
    let empty = measured("empty Envoy", Setup::default(), WORKERS, one)?;
    // What the machine for WebAssembly and the filter itself take.
    measured("portcullis one key", portcullis(&one_key), WORKERS, one)?;
    let (own, own_wide) = (
        measured("portcullis", own(), WORKERS, policy)?,
        measured("portcullis", own(), MORE, policy)?,
    );
    let (others, others_wide) = (
        measured("api_key_auth", others(), WORKERS, policy)?,
        measured("api_key_auth", others(), MORE, policy)?,
    );
    for (name, cost, wide) in
        [("portcullis", &own, &own_wide), ("api_key_auth", &others, &others_wide)]
    {
        let over = cost.over(&empty) / float(keys);
        figure(name, "resident a key over an empty Envoy", over, "bytes");
        let further = wide.over(cost) / float(MORE - WORKERS) / float(keys);
        figure(name, "resident a key for a further worker", further, "bytes");
    }
    let (memory, start) = (
        others.over(&empty) / own.over(&empty),
        others.start.as_secs_f64() / own.start.as_secs_f64(),
    );
    figure("api_key_auth / portcullis", "resident a key", memory, "x");
    figure("api_key_auth / portcullis", "start to first right answer", start, "x");
    options.finish(&record)
}

impl Cost {
    /// How much more is resident than in another.
    fn over(&self, other: &Self) -> f64 {
        float(self.resident.saturating_sub(other.resident))
    }
}

/// The policy of the budgets without what `api_key_auth` cannot do.
fn without_addresses(keys: usize) -> Reference {
    Reference { address_rules: 0, ..Reference::with_keys(keys) }
}

/// How long Envoy may take to be right: reading a configuration of a million keys takes its time.
const PATIENCE: Duration = Duration::from_secs(300);

/// Starts one Envoy, asks it until it is right, then until every worker has answered.
fn measure(
    places: &Places,
    setup: Setup,
    workers: usize,
    policy: Reference,
    seed: Seed,
) -> Result<Cost> {
    let asks = !setup.filters.is_empty();
    let folder = places.folder()?;
    setup.write(&folder.path().join("envoy.json"))?;
    let launch = Launch { program: places.envoy.clone(), workers, core: None };
    let mut envoy = Envoy::start(&launch, folder)?;
    let mut random = seed.random();
    // Keys from everywhere, so that no luck with the first is measured.
    let mut next = || {
        let Granted { key, path, .. } =
            policy.granted_request(random.usize(..policy.keys), &mut random);
        message(&path, &[("x-api-key", &key)])
    };
    let start = envoy.until(&next(), 200, PATIENCE)?;
    let start = start.with_context(|| {
        format!("no right answer in {} s: {}", PATIENCE.as_secs(), envoy.last_words())
    })?;
    let unknown = Reference { first: policy.keys, ..policy }.granted_request(0, &mut seed.random());
    let unknown = message(&unknown.path, &[("x-api-key", &unknown.key)]);
    ensure!(!asks || envoy.status(&unknown)? == 401, "a wrong key was let in");
    envoy.until_each_worker_answered(next, 200, PATIENCE)?;
    let memory = envoy.memory()?;
    Ok(Cost { start, resident: memory.resident, heap: memory.heap })
}
