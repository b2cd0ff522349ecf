//! How a decision grows with keys, clients, endpoints and ranges of addresses.

use anyhow::Result;
use clap::Parser;
use fastrand::Rng;
use policy_table::Reason;
use portcullis_benches::measure::{BLOCK, Batch};
use portcullis_benches::options::{Options, Seed};
use portcullis_benches::record::Record;
use portcullis_benches::reference::Reference;
use portcullis_benches::samples::Samples;
use portcullis_benches::statistics::float;
use portcullis_benches::wasm::{Call, Guest, GuestModule};

/// Times decisions in WebAssembly by the size of the policy, all sizes in turn
#[derive(Parser)]
#[command(
    after_help = "Example:\n  cargo run --release -p portcullis-benches --bin bench-growth -- --quick"
)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    seed: Seed,
}

/// The most that a decision may grow from the fewest to the most keys.
const GROWTH: f64 = 2.2;

/// A policy of one size and what is measured of it.
struct Point {
    amount: usize,
    reference: Reference,
    guest: Guest,
    fuel: u64,
    samples: Samples,
}

fn main() -> Result<()> {
    let Arguments { options, seed } = Arguments::parse();
    let (module, counting) = (GuestModule::build(false)?, GuestModule::build(true)?);
    let mut record = Record::new("growth");
    for (by, sizes) in dimensions() {
        // In a quick run the largest tables would take longest.
        let kept = sizes.len() - usize::from(options.quick);
        let sizes = sizes.into_iter().take(kept);
        let mut points = Vec::new();
        for (amount, reference) in sizes {
            let table = reference.table()?;
            let mut guest = module.start()?;
            guest.load(&table)?;
            let mut counted = counting.start()?;
            counted.load(&table)?;
            let batch = batch(&reference, &mut seed.random(), 1_000);
            let fuel = batch.fuel(&mut counted, Call::Decide)?;
            points.push(Point { amount, reference, guest, fuel, samples: Samples::new() });
        }
        let (nothing, digest) = measure(&mut points, &options, seed)?;
        report(by, &points, nothing, &mut record);
        record.row("digest of the key in WebAssembly", by, 1, "p50", digest, "ns");
    }
    options.finish(&record)
}

/// What grows, and policies in which nothing else does.
fn dimensions() -> Vec<(&'static str, Vec<(usize, Reference)>)> {
    let keys = |keys| (keys, Reference::with_keys(keys));
    let base = Reference::with_keys(100_000);
    let clients = |clients| (clients, Reference { clients, ..base });
    let endpoints = |each| (20 * each, Reference { endpoints: each, ..base });
    let ranges = |prefixes| (prefixes, Reference { address_rules: 1, prefixes, ..base });
    vec![
        ("keys", [1_000, 10_000, 100_000, 1_000_000, 4_000_000].map(keys).into()),
        ("clients", [10, 100, 1_000, 10_000, 100_000].map(clients).into()),
        ("endpoints", [1, 10, 100, 1_000, 5_000].map(endpoints).into()),
        ("ranges", [1, 10, 100, 1_000, 10_000, 100_000].map(ranges).into()),
    ]
}

fn batch(reference: &Reference, random: &mut Rng, count: usize) -> Batch {
    Batch::new(count, Reason::Granted, |_| {
        reference.request(random.usize(..reference.keys), random)
    })
}

/// Times all sizes in turn; returns the times of a call that does nothing, and of the digest alone.
fn measure(points: &mut [Point], options: &Options, seed: Seed) -> Result<(f64, f64)> {
    let mut random = seed.random();
    let [mut nothing, mut digest] = [const { Samples::new() }; 2];
    for _ in 0..options.rounds() {
        for Point { reference, guest, samples, .. } in &mut *points {
            let batch = batch(reference, &mut random, BLOCK);
            batch.time(guest, Call::Nothing, &mut nothing)?;
            batch.time(guest, Call::Digest, &mut digest)?;
            batch.time(guest, Call::Decide, samples)?;
        }
    }
    let nothing = nothing.summary(0.0).p50;
    Ok((nothing, digest.summary(nothing).p50))
}

fn report(by: &str, points: &[Point], nothing: f64, record: &mut Record) {
    const WHAT: &str = "decide in WebAssembly";
    println!("\n{WHAT} by {by}: ns, without the {nothing:.0} ns of a call that does nothing");
    println!("  {:>9} {:>6} {:>6} {:>6} {:>7}", by, "p50", "p99", "mean", "fuel");
    let mut first = None;
    for Point { amount, fuel, samples, .. } in points {
        let summary = samples.summary(nothing);
        let [p50, p99, mean] = [summary.p50, summary.p99, summary.mean];
        println!("  {amount:>9} {p50:>6.0} {p99:>6.0} {mean:>6.0} {fuel:>7}");
        for (measure, value) in [("p50", p50), ("p99", p99), ("mean", mean)] {
            record.row(WHAT, by, *amount, measure, value, "ns");
        }
        record.row(WHAT, by, *amount, "fuel", float(*fuel), "fuel");
        let smallest = *first.get_or_insert(p50);
        if by == "keys" && *amount == 4_000_000 {
            record.row(WHAT, by, *amount, "p50 / p50 with 1000", p50 / smallest, "x");
            record.budget(GROWTH);
        }
    }
}
