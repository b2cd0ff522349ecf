//! What a decision costs in WebAssembly, as a multiple of the SHA-256 of the key alone in the same run.

use std::hint::black_box;
use std::time::Instant;

use anyhow::{Result, ensure};
use clap::Parser;
use fastrand::Rng;
use portcullis_bench_guest::Subject;
use portcullis_benches::reference::{Ending, Reference};
use portcullis_benches::samples::{Samples, Summary};
use portcullis_benches::wasm::{Call, Guest, GuestModule};

/// Times single decisions in WebAssembly and natively
#[derive(Parser)]
#[command(
    after_help = "Examples:\n  cargo run --release -p portcullis-benches --bin bench-wasm -- --quick\n  cargo run --release -p portcullis-benches --bin bench-wasm -- --keys 100000"
)]
struct Options {
    /// A tenth of the samples, and no growth
    #[arg(long)]
    quick: bool,
    /// Keys of the reference policy
    #[arg(long, default_value_t = 1_000_000)]
    keys: usize,
    /// Seed of the requests
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Calls of one kind in a row, before it is the next kind's turn.
const BLOCK: usize = 5_000;
/// Keys that recur.
const RECURRING: usize = 1_000;
const GRANTED: u32 = policy_table::Reason::Granted as u32;

fn main() -> Result<()> {
    let options = Options::parse();
    let rounds = if options.quick { 4 } else { 40 };
    println!(
        "seed {}, {} samples of each, every call timed by itself",
        options.seed,
        rounds * BLOCK
    );
    let module = GuestModule::build(false)?;
    let reference = Reference::with_keys(options.keys);
    let table = reference.table()?;
    let mut wasm = module.start()?;
    wasm.load(&table)?;
    let mut native = Subject::default();
    native.load(&table)?;
    println!("{} keys, {} bytes of table\n", options.keys, table.len());
    report("WebAssembly", &measure(&mut wasm, &reference, rounds, options.seed)?);
    report("native", &measure(&mut native, &reference, rounds, options.seed)?);
    report_fuel(&reference, &table, options.seed)?;
    if !options.quick {
        growth(&module, rounds, options.seed)?;
    }
    Ok(())
}

/// Where requests are decided.
trait Place {
    fn request(&mut self, block: &[u8]) -> Result<()>;
    fn call(&mut self, call: Call) -> Result<u32>;
}

impl Place for Guest {
    fn request(&mut self, block: &[u8]) -> Result<()> {
        Guest::request(self, block)
    }

    #[inline]
    fn call(&mut self, call: Call) -> Result<u32> {
        Guest::call(self, call)
    }
}

impl Place for Subject<'_> {
    fn request(&mut self, block: &[u8]) -> Result<()> {
        ensure!(Subject::request(self, block).is_some(), "the request cannot be read");
        Ok(())
    }

    #[inline]
    fn call(&mut self, call: Call) -> Result<u32> {
        let subject = black_box(&*self);
        Ok(black_box(match call {
            Call::Decide => subject.decide(),
            Call::Digest => subject.digest(),
            _ => subject.nothing(),
        }))
    }
}

/// The times of one run.
#[derive(Default)]
struct Times {
    nothing: Samples,
    digest: Samples,
    uniform: Samples,
    recurring: Samples,
}

fn measure(
    place: &mut impl Place,
    reference: &Reference,
    rounds: usize,
    seed: u64,
) -> Result<Times> {
    let mut random = Rng::with_seed(seed);
    let recurring: Vec<Vec<u8>> = (0..RECURRING)
        .map(|_| reference.request(random.usize(..reference.keys), &mut random))
        .collect();
    let mut times = Times::default();
    for _ in 0..rounds {
        let uniform: Vec<Vec<u8>> = (0..BLOCK)
            .map(|_| reference.request(random.usize(..reference.keys), &mut random))
            .collect();
        time(place, Call::Nothing, &uniform, &mut times.nothing)?;
        time(place, Call::Digest, &uniform, &mut times.digest)?;
        time(place, Call::Decide, &uniform, &mut times.uniform)?;
        // Keys that recur have been seen before.
        time(place, Call::Decide, &recurring, &mut Samples::default())?;
        for _ in 0..BLOCK / RECURRING {
            time(place, Call::Decide, &recurring, &mut times.recurring)?;
        }
    }
    Ok(times)
}

/// Hands over each request without a clock, then times the call.
fn time(
    place: &mut impl Place,
    call: Call,
    requests: &[Vec<u8>],
    into: &mut Samples,
) -> Result<()> {
    for request in requests {
        place.request(request)?;
        let start = Instant::now();
        let answer = place.call(call)?;
        into.push(start.elapsed());
        ensure!(call != Call::Decide || answer == GRANTED, "a request was not granted");
    }
    Ok(())
}

fn report(title: &str, times: &Times) {
    let nothing = times.nothing.summary(0.0);
    let digest = times.digest.summary(nothing.p50);
    println!(
        "{title}: ns, the {:.0} ns of a call that does nothing subtracted from each",
        nothing.p50
    );
    println!(
        "  {:<22} {:>7} {:>7} {:>7}   {:>6} {:>6}",
        "", "p50", "p99", "mean", "p50/d", "p99/d"
    );
    line("digest of the key", digest, digest);
    line("decide, uniform keys", times.uniform.summary(nothing.p50), digest);
    line("decide, recurring keys", times.recurring.summary(nothing.p50), digest);
    println!();
}

fn line(what: &str, summary: Summary, digest: Summary) {
    let Summary { p50, p99, mean } = summary;
    println!(
        "  {what:<22} {p50:>7.0} {p99:>7.0} {mean:>7.0}   {:>5.2}x {:>5.2}x",
        p50 / digest.p50,
        p99 / digest.p50
    );
}

/// Where the work goes: fuel of decisions that end sooner and later.
fn report_fuel(reference: &Reference, table: &[u8], seed: u64) -> Result<()> {
    let mut guest = GuestModule::build(true)?.start()?;
    guest.load(table)?;
    let mut random = Rng::with_seed(seed);
    let numbers: Vec<usize> = (0..1_000).map(|_| random.usize(..reference.keys)).collect();
    println!(
        "fuel, about one unit an instruction, the same in every run (mean of {})",
        numbers.len()
    );
    let mut digest = 0;
    for ending in Ending::ALL {
        let mut fuel = 0;
        for number in &numbers {
            guest.request(&reference.request_ending(ending, *number, &mut random))?;
            let nothing = guest.fuel(Call::Nothing)?;
            fuel += guest.fuel(Call::Decide)? - nothing;
            digest += guest.fuel(Call::Digest)? - nothing;
            let answer = guest.call(Call::Decide)?;
            ensure!(answer == ending.reason() as u32, "{ending:?} ended otherwise: {answer}");
        }
        println!("  decision ending with {:<20} {:>7}", ending.reason().code(), fuel / 1_000);
    }
    println!("  digest of the key                         {:>7}\n", digest / 5_000);
    Ok(())
}

/// The same calls on tables of two sizes, interleaved.
fn growth(module: &GuestModule, rounds: usize, seed: u64) -> Result<()> {
    let references = [Reference::with_keys(1_000), Reference::with_keys(4_000_000)];
    let mut random = Rng::with_seed(seed);
    let mut guests = Vec::new();
    for reference in references {
        let mut guest = module.start()?;
        guest.load(&reference.table()?)?;
        guests.push((reference, guest, Samples::default()));
    }
    let mut nothing = Samples::default();
    for _ in 0..rounds {
        for (reference, guest, samples) in &mut guests {
            let uniform: Vec<Vec<u8>> = (0..BLOCK)
                .map(|_| reference.request(random.usize(..reference.keys), &mut random))
                .collect();
            time(guest, Call::Nothing, &uniform, &mut nothing)?;
            time(guest, Call::Decide, &uniform, samples)?;
        }
    }
    let nothing = nothing.summary(0.0).p50;
    let summaries: Vec<Summary> =
        guests.iter().map(|(_, _, samples)| samples.summary(nothing)).collect();
    if let [small, large] = summaries.as_slice() {
        println!(
            "growth from 1,000 to 4,000,000 keys: p50 {:.0} to {:.0} ns ({:.2}x), mean {:.0} to {:.0} ns ({:.2}x)",
            small.p50,
            large.p50,
            large.p50 / small.p50,
            small.mean,
            large.mean,
            large.mean / small.mean
        );
    }
    Ok(())
}
