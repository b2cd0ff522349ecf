//! What a decision costs in WebAssembly, as a multiple of the SHA-256 of the key alone in the same run.

use anyhow::Result;
use clap::Parser;
use policy_table::Reason;
use portcullis_benches::measure::{BLOCK, Batch, Native, Place};
use portcullis_benches::options::{Options, Seed};
use portcullis_benches::record::Record;
use portcullis_benches::reference::{Ending, Reference};
use portcullis_benches::samples::{Samples, Summary};
use portcullis_benches::statistics::float;
use portcullis_benches::wasm::{Call, GuestModule};

/// Times single decisions in WebAssembly and natively, against the digest of the key alone
#[derive(Parser)]
#[command(
    after_help = "Examples:\n  cargo run --release -p portcullis-benches --bin bench-wasm -- --quick\n  cargo run --release -p portcullis-benches --bin bench-wasm -- --keys 100000"
)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    seed: Seed,
    /// Keys of the reference policy
    #[arg(long, default_value_t = 1_000_000)]
    keys: usize,
}

/// Keys that recur.
const RECURRING: usize = 1_000;

fn main() -> Result<()> {
    let Arguments { options, seed, keys } = Arguments::parse();
    let samples = options.rounds() * BLOCK;
    println!("seed {}, {samples} samples of each, every call timed by itself", seed.number);
    let reference = Reference::with_keys(keys);
    let table = reference.table()?;
    println!("{keys} keys, {} bytes of table", table.len());
    let mut record = Record::new("decide");
    let mut guest = GuestModule::build(false)?.start()?;
    guest.load(&table)?;
    measure(&mut guest, &reference, (&options, seed), &mut record, true)?;
    measure(&mut Native::new(&table)?, &reference, (&options, seed), &mut record, false)?;
    report_fuel(&reference, &table, seed, &mut record)?;
    options.finish(&record)
}

/// Times each kind of call in turn. The budgets are those of WebAssembly.
fn measure<P: Place>(
    place: &mut P,
    reference: &Reference,
    (options, seed): (&Options, Seed),
    record: &mut Record,
    budgets: bool,
) -> Result<()> {
    let mut random = seed.random();
    let mut batch = |count| {
        Batch::new(count, Reason::Granted, |_| {
            reference.request(random.usize(..reference.keys), &mut random)
        })
    };
    let recurring = batch(RECURRING);
    let [mut nothing, mut digest, mut uniform, mut again] = [const { Samples::new() }; 4];
    for _ in 0..options.rounds() {
        let batch = batch(BLOCK);
        batch.time(place, Call::Nothing, &mut nothing)?;
        batch.time(place, Call::Digest, &mut digest)?;
        batch.time(place, Call::DecideRemembering, &mut uniform)?;
        // Keys that recur have been seen before.
        recurring.time(place, Call::DecideRemembering, &mut Samples::new())?;
        for _ in 0..BLOCK / RECURRING {
            recurring.time(place, Call::DecideRemembering, &mut again)?;
        }
    }
    let nothing = nothing.summary(0.0).p50;
    let digest = digest.summary(nothing);
    println!("\n{}: ns, without the {nothing:.0} ns of a call that does nothing", P::NAME);
    println!("  {:<24} {:>6} {:>6} {:>6}   p50/digest p99/digest", "", "p50", "p99", "mean");
    let mut line = |what: &str, Summary { p50, p99, mean }, limits: Option<(f64, f64)>| {
        let (half, most) = (p50 / digest.p50, p99 / digest.p50);
        println!("  {what:<24} {p50:>6.0} {p99:>6.0} {mean:>6.0}   {half:>9.2}x {most:>9.2}x");
        let what = format!("{what} {}", P::NAME);
        for (measure, value) in [("p50", p50), ("p99", p99), ("mean", mean)] {
            record.row(&what, "keys", reference.keys, measure, value, "ns");
        }
        for (measure, value, limit) in [
            ("p50 / digest", half, limits.map(|limits| limits.0)),
            ("p99 / digest", most, limits.map(|limits| limits.1)),
        ] {
            record.row(&what, "keys", reference.keys, measure, value, "x");
            if let Some(limit) = limit.filter(|limit| budgets && limit.is_finite()) {
                record.budget(limit);
            }
        }
    };
    line("digest of the key", digest, None);
    line("decide with uniform keys", uniform.summary(nothing), Some((1.8, 2.3)));
    line("decide with 1000 keys", again.summary(nothing), Some((1.35, f64::INFINITY)));
    Ok(())
}

/// Where the work goes: fuel of decisions that end sooner and later.
fn report_fuel(reference: &Reference, table: &[u8], seed: Seed, record: &mut Record) -> Result<()> {
    let mut guest = GuestModule::build(true)?.start()?;
    guest.load(table)?;
    println!("\nfuel, about one unit an instruction, the same in every run (mean of 1000)");
    let mut line = |what: String, fuel: u64| {
        println!("  {what:<40} {fuel:>6}");
        record.row(&what, "keys", reference.keys, "fuel", float(fuel), "fuel");
    };
    for ending in Ending::ALL {
        let mut random = seed.random();
        let batch = Batch::new(1_000, ending.reason(), |_| {
            reference.request_ending(ending, random.usize(..reference.keys), &mut random)
        });
        let what = format!("decide until {}", ending.reason().code());
        line(what, batch.fuel(&mut guest, Call::Decide)?);
        if ending == Ending::Granted {
            // Fewer than are remembered: all of them are from the second time on.
            batch.fuel(&mut guest, Call::DecideRemembering)?;
            let remembered = batch.fuel(&mut guest, Call::DecideRemembering)?;
            line("decide with a key that is remembered".to_owned(), remembered);
            line("digest of the key".to_owned(), batch.fuel(&mut guest, Call::Digest)?);
        }
    }
    Ok(())
}
