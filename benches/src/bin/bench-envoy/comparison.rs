//! All contenders with the same number of keys, side by side.

use std::time::Duration;

use anyhow::{Context, Result};
use portcullis_benches::envoy::{Latency, open_loop};
use portcullis_benches::statistics::{Spread, float};

use crate::contenders::{Contender, World};
use crate::policy::Kind;
use crate::progress::Progress;
use crate::report::Report;
use crate::rounds::{Effort, Series, interleave};
use crate::running::{Authorizer, PATIENCE, Running, Starter};

/// A contender with so many keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) contender: Contender,
    pub(crate) keys: usize,
}

/// Fixed rate at which latency is measured, where half of what a contender can do is more.
const RATE: f64 = 5_000.0;

/// Starts all entries, measures them and records it.
pub(crate) fn compare(
    starter: &Starter,
    world: &World,
    authorizer: &Authorizer,
    entries: &[Entry],
    effort: Effort,
    latency: Option<Duration>,
    report: &mut Report,
) -> Result<()> {
    let keys = entries.first().map_or(0, |entry| entry.keys);
    let title = format!("{keys} keys");
    let (mut running, mut started) = (Vec::new(), Vec::new());
    let mut progress = Progress::new(&format!("{title}: starting"), entries.len());
    for entry in entries {
        let Entry { contender, keys } = *entry;
        progress.step(contender.name());
        let requests = contender.requests(world, keys, Kind::Granted).context("no request")?;
        let setup = contender.setup(world, keys)?;
        match starter.start(setup, &requests).with_context(|| contender.name())? {
            Some(envoy) => {
                running.push(envoy);
                started.push(*entry);
            }
            None => {
                let seconds = PATIENCE.as_secs_f64();
                report.row(contender.name(), keys, "did not start within 60 s", seconds, "s");
            }
        }
    }
    drop(progress);
    let mut series = Vec::new();
    let mut kinds = Vec::new();
    let token = world.tokens.requests(Kind::Granted, keys, 200);
    for (place, entry) in started.iter().enumerate() {
        for kind in Kind::ALL {
            let Some(requests) = entry.contender.requests(world, entry.keys, kind) else {
                continue;
            };
            // The first entry has no filter: once with keys, once with the longer tokens.
            let baseline = match entry.contender {
                Contender::None => None,
                Contender::JwtAuthn => Some(1),
                _ => Some(0),
            };
            let name = format!("{} {}", entry.contender.name(), kind.name());
            let mut one = Series::new(name, place, requests, baseline);
            if entry.contender == Contender::ExtAuthz {
                one.helper = Some(authorizer.processor_time());
            }
            series.push(one);
            kinds.push((*entry, kind));
        }
        if entry.contender == Contender::None {
            series.push(Series::new("none granted with a token", place, token.clone(), None));
            kinds.push((*entry, Kind::Granted));
        }
    }
    interleave(&title, &mut series, &mut running, effort)?;
    for (one, (entry, _)) in series.iter().zip(&kinds) {
        report.series(&one.name, entry.keys, one, &series)?;
    }
    resources(&started, &running, report)?;
    if let Some(time) = latency {
        latencies(&series, &kinds, &mut running, time, report)?;
    }
    Ok(())
}

/// Memory, start and configuration.
fn resources(entries: &[Entry], running: &[Running], report: &mut Report) -> Result<()> {
    let empty = running.first().context("nobody runs")?.memory()?;
    for (entry, running) in entries.iter().zip(running) {
        let (name, keys) = (entry.contender.name(), entry.keys);
        let memory = running.memory()?;
        report.row(name, keys, "start", running.start.as_secs_f64(), "s");
        report.row(name, keys, "configuration", float(running.configuration), "bytes");
        let mebibytes =
            |bytes: u64| float(usize::try_from(bytes).unwrap_or(usize::MAX)) / 1_048_576.0;
        for (measure, of, without) in [
            ("RSS", memory.resident, empty.resident),
            ("PSS", memory.proportional, empty.proportional),
            ("heap in use", memory.heap, empty.heap),
        ] {
            report.row(name, keys, measure, mebibytes(of), "MiB");
            if entry.contender != Contender::None {
                let over = mebibytes(of) - mebibytes(without);
                report.row(name, keys, &format!("{measure} over none"), over, "MiB");
            }
        }
    }
    Ok(())
}

/// Latency of granted requests at a rate that none of them is busy with.
fn latencies(
    series: &[Series],
    kinds: &[(Entry, Kind)],
    running: &mut [Running],
    time: Duration,
    report: &mut Report,
) -> Result<()> {
    const ROUNDS: usize = 3;
    let granted: Vec<(&Series, Entry)> = series
        .iter()
        .zip(kinds)
        .filter_map(|(one, (entry, kind))| (*kind == Kind::Granted).then_some((one, *entry)))
        .collect();
    let mut progress = Progress::new("latency", granted.len() * ROUNDS);
    let mut all = vec![Latency::default(); granted.len()];
    let rate = |one: &Series| -> Result<f64> {
        let busy = Spread::of(&one.busy).context("nothing was measured")?.median.min(1.0);
        Ok(RATE.min(0.5e6 * busy / one.used()?.median))
    };
    for _ in 0..ROUNDS {
        for (sum, (one, _)) in all.iter_mut().zip(&granted) {
            progress.step(&one.name);
            let envoy = running.get(one.running).context("no such Envoy")?;
            let server = envoy.envoy.listener()?;
            sum.add(&open_loop(server, &one.requests, rate(one)?, time)?);
        }
    }
    for (latency, (one, entry)) in all.iter().zip(&granted) {
        report.row(&one.name, entry.keys, "rate", rate(one)?, "a second");
        for (measure, part) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)] {
            let value = latency.quantile(part).context("nothing was measured")?;
            report.row(&one.name, entry.keys, measure, value, "us");
        }
    }
    Ok(())
}
