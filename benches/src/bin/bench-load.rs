//! What loading a table costs, as a multiple of one SHA-256 of its bytes in the same run.

use std::time::Instant;

use anyhow::{Result, ensure};
use clap::Parser;
use portcullis_benches::measure::{Native, Place};
use portcullis_benches::options::Options;
use portcullis_benches::record::Record;
use portcullis_benches::reference::Reference;
use portcullis_benches::samples::Samples;
use portcullis_benches::statistics::mebibytes;
use portcullis_benches::wasm::{Call, GuestModule};

/// Times the proof of a table in WebAssembly and natively, against one SHA-256 of the same bytes
#[derive(Parser)]
#[command(
    after_help = "Example:\n  cargo run --release -p portcullis-benches --bin bench-load -- --quick"
)]
struct Arguments {
    #[command(flatten)]
    options: Options,
}

/// The most that proving a table of 1,000,000 keys may take, as a multiple of one SHA-256.
const BUDGET: f64 = 3.0;

/// The most that keys to be remembered take, however often a table is loaded: those of the table that goes, those of
/// the one that comes, and a gap, 128 KiB each.
const REMEMBERED_BYTES: usize = 3 << 17;

fn main() -> Result<()> {
    let Arguments { options } = Arguments::parse();
    let module = GuestModule::build(false)?;
    let mut record = Record::new("load");
    println!("  {:>9} {:>11} {:<15} {:>9} {:>9}", "keys", "bytes", "", "load", "sha256");
    for keys in [1_000, 10_000, 100_000, 1_000_000] {
        let table = Reference::with_keys(keys).table()?;
        record.row("table", "keys", keys, "size", f64::from(u32::try_from(table.len())?), "bytes");
        let mut guest = module.start()?;
        let empty = guest.memory();
        guest.hand_over(&table)?;
        let handed_over = guest.memory();
        measure(&mut guest, keys, table.len(), &options, &mut record)?;
        let loaded = guest.memory();
        measure(&mut Native::new(&table)?, keys, table.len(), &options, &mut record)?;
        println!(
            "  memory of the guest: {:.2} MiB empty, {:.2} with the bytes, {:.2} after {} loads",
            mebibytes(empty),
            mebibytes(handed_over),
            mebibytes(loaded),
            rounds(&options, keys)
        );
        for (measure, bytes) in
            [("empty", empty), ("with the bytes", handed_over), ("loaded", loaded)]
        {
            record.row("memory of the guest", "keys", keys, measure, mebibytes(bytes), "MiB");
        }
        let taken = loaded.saturating_sub(handed_over);
        ensure!(taken <= REMEMBERED_BYTES, "proving a table took {taken} bytes of memory");
    }
    options.finish(&record)
}

/// Small tables take little time, so there is time for more of them.
fn rounds(options: &Options, keys: usize) -> usize {
    let rounds = if options.quick { 5 } else { 31 };
    rounds * (300_000 / keys).clamp(1, 50)
}

/// Loads and hashes in turn.
fn measure<P: Place>(
    place: &mut P,
    keys: usize,
    bytes: usize,
    options: &Options,
    record: &mut Record,
) -> Result<()> {
    let [mut load, mut hash] = [const { Samples::new() }; 2];
    for _ in 0..rounds(options, keys) {
        for (call, samples) in [(Call::Load, &mut load), (Call::Sha256Table, &mut hash)] {
            let start = Instant::now();
            let answer = place.call(call)?;
            samples.push(start.elapsed());
            ensure!(call != Call::Load || answer == 1, "the table is refused");
        }
    }
    let (load, hash) = (load.summary(0.0).p50 / 1e6, hash.summary(0.0).p50 / 1e6);
    let ratio = load / hash;
    println!("  {keys:>9} {bytes:>11} {:<15} {load:>6.2} ms {hash:>6.2} ms {ratio:>6.2}x", P::NAME);
    let what = format!("load {}", P::NAME);
    record.row(&what, "keys", keys, "p50", load, "ms");
    record.row(&format!("sha256 of the table {}", P::NAME), "keys", keys, "p50", hash, "ms");
    record.row(&what, "keys", keys, "p50 / sha256", ratio, "x");
    if keys == 1_000_000 && P::NAME == "in WebAssembly" {
        record.budget(BUDGET);
    }
    Ok(())
}
