//! What a run says at its end.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use portcullis_benches::record::Record;
use portcullis_benches::statistics::{Spread, float, mebibytes, quantile, slope};

use crate::keeper::Kept;
use crate::load::Load;

/// By how much of itself memory may grow between the end of the warm-up, a quarter of the run, and the
/// end, along the line that fits it best.
const FLAT: f64 = 0.05;

/// Prints and records the outcome.
///
/// # Errors
/// Where memory is not flat, or a file cannot be written.
pub(crate) fn report(
    load: &Load,
    kept: &Kept,
    most: f64,
    rate: f64,
    folder: Option<&Path>,
) -> Result<()> {
    let mut summary = Record::new("envoy-soak");
    let seconds = kept.memory.last().map_or(0.0, |(seconds, _)| *seconds);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds of a run")]
    let length = seconds as usize;
    let mut row = |what: &str, measure: &str, value: f64, unit: &str| {
        println!("{what:<24} {measure:<24} {value:>14.2} {unit}");
        summary.row(what, "seconds", length, measure, value, unit);
    };
    row("load", "most", most, "a second");
    row("load", "rate", rate, "a second");
    let answers: u64 = load.answers.values().sum();
    row("load", "served", float(answers) / seconds, "a second");
    for (status, count) in &load.answers {
        row(&format!("answers {status}"), "count", float(*count), "answers");
    }
    row("wrong decisions", "count", 0.0, "answers");
    row("dropped", "count", 0.0, "requests");
    for (measure, part) in [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)] {
        row("latency", measure, latency(load, part), "ms");
    }
    let changes: Vec<f64> = kept.changes.iter().map(Duration::as_secs_f64).collect();
    row("tables", "count", float(changes.len()), "changes");
    if let Some(spread) = Spread::of(&changes) {
        row("a change until in force", "median", spread.median * 1e3, "ms");
        let slowest = changes.iter().copied().fold(0.0, f64::max);
        row("a change until in force", "slowest", slowest * 1e3, "ms");
    }
    let resident: Vec<(f64, f64)> =
        kept.memory.iter().map(|(at, memory)| (*at, mebibytes(memory.resident))).collect();
    let warm: Vec<(f64, f64)> =
        resident.iter().copied().filter(|(at, _)| *at >= seconds / 4.0).collect();
    let mut level: Vec<f64> = warm.iter().map(|(_, value)| *value).collect();
    level.sort_by(f64::total_cmp);
    let (Some(slope), Some(level)) = (slope(&warm), quantile(&level, 0.5)) else {
        println!("too short to say anything of memory");
        return Ok(());
    };
    row("memory after warm-up", "median", level, "MiB");
    row("memory after warm-up", "growth an hour", slope * 3_600.0, "MiB");
    let growth = slope * seconds * 0.75 / level;
    row("memory after warm-up", "growth / median", growth, "x");
    summary.budget(FLAT);
    if let Some(folder) = folder {
        write(&summary, kept, folder)?;
    }
    ensure!(
        growth <= FLAT,
        "memory is not flat: after warm-up it grew by {growth:.3} of itself, allowed is {FLAT}"
    );
    Ok(())
}

/// Writes the summary and what memory was when, and draws that.
fn write(summary: &Record, kept: &Kept, folder: &Path) -> Result<()> {
    let mut samples = Record::new("envoy-soak-memory");
    for (at, memory) in &kept.memory {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "seconds of a run"
        )]
        let at = at.round() as usize;
        samples.row("RSS", "seconds", at, "memory", mebibytes(memory.resident), "MiB");
        samples.row("heap", "seconds", at, "memory", mebibytes(memory.heap), "MiB");
    }
    summary.write(folder)?;
    let file = samples.write(folder)?;
    portcullis_benches::envoy_plots::soak(samples.rows(), &file.with_extension("svg"))
        .context("the plot of memory")
}

/// Milliseconds that this part of the answers took at most.
fn latency(load: &Load, part: f64) -> f64 {
    let all: u64 = load.latencies.values().sum();
    let mut counted = 0.0;
    for (tenths, count) in &load.latencies {
        counted += float(*count);
        if counted >= float(all) * part {
            return f64::from(u32::try_from(*tenths).unwrap_or(u32::MAX)) / 10.0 + 0.1;
        }
    }
    0.0
}
