//! Work that is the same in every run: fuel, about one unit an instruction of WebAssembly.
//!
//! Clocks differ from day to day; fuel changes only with the code. The counts are recorded in
//! `benches/record/fuel.csv`, and a test holds the code to them.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use fastrand::Rng;
use policy_table::Reason;

use crate::measure::Batch;
use crate::record::{Record, Row};
use crate::reference::{Ending, Reference};
use crate::wasm::{Call, GuestModule};

/// Requests that a count is the mean of.
const REQUESTS: usize = 500;
/// Keys of policies in which something else grows; small, so that a test takes seconds.
const KEYS: usize = 10_000;

/// Another version of the compiler makes other code; what changes an algorithm changes more.
const ABOVE: f64 = 1.05;
/// Less by more than this should be recorded, or it could be lost again unseen.
const BELOW: f64 = 0.90;
const REMEDY: &str = "if the change is meant, record it: \
    cargo run --release -p portcullis-benches --bin bench-fuel -- --accept";

/// Counts decisions and loads of policies of several sizes.
///
/// # Errors
/// Where the guest cannot be built, or a decision is another than it should be.
pub fn record() -> Result<Record> {
    let module = GuestModule::build(true)?;
    let mut record = Record::new("fuel");
    endings(&module, &mut record)?;
    let base = Reference::with_keys(KEYS);
    let sizes = [
        ("keys", 100, Reference::with_keys(100)),
        ("keys", 100_000, Reference::with_keys(100_000)),
        ("clients", 10, Reference { clients: 10, ..base }),
        ("clients", 10_000, Reference { clients: 10_000, ..base }),
        ("endpoints", 20, Reference { endpoints: 1, ..base }),
        ("endpoints", 20_000, Reference { endpoints: 1_000, ..base }),
        ("ranges", 1, Reference { address_rules: 1, prefixes: 1, ..base }),
        ("ranges", 10_000, Reference { address_rules: 1, prefixes: 10_000, ..base }),
    ];
    for (by, amount, reference) in sizes {
        let mut guest = module.start()?;
        guest.load(&reference.table()?)?;
        let batch = granted(&reference);
        record.count("decide", by, amount, batch.fuel(&mut guest, Call::Decide)?);
    }
    load(&module, &base.table()?, &mut record)?;
    Ok(record)
}

/// Where the counts are recorded that the code is held to.
#[must_use]
pub fn recorded() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("record").join("fuel.csv")
}

/// Compares counts with recorded ones.
///
/// # Errors
/// Where other things were recorded, or a count is outside of the band; all of them are told.
pub fn compare(counted: &[Row], recorded: &[Row]) -> Result<()> {
    let names = |rows: &[Row]| -> Vec<(String, String, u64)> {
        rows.iter().map(|row| (row.what.clone(), row.by.clone(), row.amount)).collect()
    };
    ensure!(
        names(counted) == names(recorded),
        "other things are recorded than are counted\n{REMEDY}"
    );
    let wrong: Vec<String> = counted
        .iter()
        .zip(recorded)
        .filter(|(row, recorded)| !(BELOW..=ABOVE).contains(&(row.value / recorded.value)))
        .map(|(row, recorded)| {
            let Row { what, by, amount, value, .. } = row;
            format!("  {what}, {amount} {by}: recorded {:.0}, found {value:.0}\n", recorded.value)
        })
        .collect();
    ensure!(wrong.is_empty(), "fuel is not as recorded:\n{}{REMEDY}", wrong.concat());
    Ok(())
}

/// Decisions that end sooner and later, and the digest that is a part of the later ones.
fn endings(module: &GuestModule, record: &mut Record) -> Result<()> {
    let reference = Reference::with_keys(KEYS);
    let mut guest = module.start()?;
    guest.load(&reference.table()?)?;
    for ending in Ending::ALL {
        let mut random = Rng::with_seed(1);
        let batch = Batch::new(REQUESTS, ending.reason(), |_| {
            reference.request_ending(ending, random.usize(..KEYS), &mut random)
        });
        let what = format!("decide until {}", ending.reason().code());
        record.count(&what, "keys", KEYS, batch.fuel(&mut guest, Call::Decide)?);
    }
    let granted = granted(&reference);
    // Fewer than are remembered.
    for what in ["decide with a key to remember", "decide with a key that is remembered"] {
        record.count(what, "keys", KEYS, granted.fuel(&mut guest, Call::DecideRemembering)?);
    }
    record.count("digest of the key", "keys", KEYS, granted.fuel(&mut guest, Call::Digest)?);
    Ok(())
}

fn granted(reference: &Reference) -> Batch {
    let mut random = Rng::with_seed(1);
    Batch::new(REQUESTS, Reason::Granted, |_| {
        reference.request(random.usize(..reference.keys), &mut random)
    })
}

/// The proof of a table, and one SHA-256 of the same bytes.
fn load(module: &GuestModule, table: &[u8], record: &mut Record) -> Result<()> {
    let mut guest = module.start()?;
    guest.load(table)?;
    for (what, call) in [("load", Call::Load), ("sha256 of the table", Call::Sha256Table)] {
        record.count(what, "keys", KEYS, guest.fuel(call)?.1);
    }
    Ok(())
}
