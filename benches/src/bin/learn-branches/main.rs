//! Counts which way the branches of the filter go, with requests as gateways see them, and writes it down for the build.
#![forbid(unsafe_code)]

mod instrument;
mod traffic;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, anyhow};
use clap::Parser;
use host_sim::{Host, Module, Status};
use portcullis_benches::options::Filter;
use portcullis_benches::statistics::float;
use portcullis_benches::workspace;
use portcullis_branches::{Profile, Way, functions};

use traffic::Traffic;

/// Counts which way the branches of the filter go, and writes it to filter/branches/profile.csv
#[derive(Parser)]
#[command(
    after_help = "Build the filter first: cargo xtask build\n\nExample:\n  cargo xtask learn"
)]
struct Arguments {
    #[command(flatten)]
    filter: Filter,
    /// Where the profile goes [default: filter/branches/profile.csv]
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
}

/// A branch that goes one way in at least this part of all cases nearly always does.
const NEARLY_ALWAYS: f64 = 0.95;

/// How often a branch was not taken, and how often it was.
type Counts = [u64; 2];

fn main() -> Result<()> {
    let Arguments { filter, profile } = Arguments::parse();
    let file = filter.path()?;
    let module = std::fs::read(&file).with_context(|| {
        format!("cannot read `{}`; build the filter with `cargo xtask build`", file.display())
    })?;
    let counts = count(&instrument::instrumented(&module)?)?;
    let learned = learned(&module, &counts)?;
    let profile = profile
        .unwrap_or_else(|| workspace::root().join("filter").join("branches").join("profile.csv"));
    std::fs::write(&profile, learned.to_string())
        .with_context(|| format!("cannot write `{}`", profile.display()))?;
    let reached = counts.iter().filter(|[no, yes]| no + yes > 0).count();
    println!(
        "{} of {reached} branches that were reached nearly always go one way: {}",
        learned.count(),
        profile.display()
    );
    Ok(())
}

/// Sends all traffic through the module and counts what it tells.
fn count(instrumented: &[u8]) -> Result<Vec<Counts>> {
    let module = Module::from_bytes(instrumented).map_err(|error| anyhow!("{error}"))?;
    let counts: Arc<Mutex<Vec<Counts>>> = Arc::default();
    for traffic in Traffic::all()? {
        let noted = Arc::clone(&counts);
        let host = Host::builder(&module).configuration(traffic.table.as_slice());
        let host = host.foreign_function(instrument::NAME, move |told: &[u8]| {
            note(&mut noted.lock().unwrap_or_else(PoisonError::into_inner), told);
            // Nothing to answer, for which memory would be asked.
            Err(Status::NotFound)
        });
        let mut host = host.start().map_err(|error| anyhow!("{error}"))?;
        traffic.pass(&mut host)?;
    }
    let counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(counts.clone())
}

/// Notes one way of one branch.
fn note(counts: &mut Vec<Counts>, told: &[u8]) {
    let &[a, b, c, d, taken, ..] = told else { return };
    let Ok(number) = usize::try_from(u32::from_le_bytes([a, b, c, d])) else { return };
    if counts.len() <= number {
        counts.resize(number + 1, [0; 2]);
    }
    if let Some(count) =
        counts.get_mut(number).and_then(|ways| ways.get_mut(usize::from(taken != 0)))
    {
        *count += 1;
    }
}

/// What the counts say of each function; branches are numbered through the module.
fn learned(module: &[u8], counts: &[Counts]) -> Result<Profile> {
    let mut counts = counts.iter().copied().chain(std::iter::repeat([0; 2]));
    let mut profile = Profile::default();
    for function in functions(module)? {
        let ways = counts.by_ref().take(function.branches.len()).map(way).collect();
        if let Some(fingerprint) = function.fingerprint {
            profile.insert(&fingerprint, ways);
        }
    }
    Ok(profile)
}

fn way([no, yes]: Counts) -> Option<Way> {
    let [no, yes] = [no, yes].map(|count| float(usize::try_from(count).unwrap_or(usize::MAX)));
    let most = (no + yes) * NEARLY_ALWAYS;
    match (no, yes) {
        (0.0, 0.0) => None,
        (no, _) if no >= most => Some(Way::NotTaken),
        (_, yes) if yes >= most => Some(Way::Taken),
        _ => None,
    }
}
