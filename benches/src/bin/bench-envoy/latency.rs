//! Latency of granted requests at a rate that none of the contenders is busy with.

use std::time::Duration;

use anyhow::{Context, Result};
use portcullis_benches::envoy::{Latency, open_loop};

use crate::comparison::Entry;
use crate::policy::Kind;
use crate::progress::Progress;
use crate::report::Report;
use crate::rounds::Series;
use crate::running::Running;

/// Fixed rate at which latency is measured, where half of what a contender can do is more.
const RATE: f64 = 5_000.0;

/// One after the other is measured so often in each generation.
const ROUNDS: u8 = 2;

/// Answers of all generations together.
#[derive(Debug, Default)]
pub(crate) struct Latencies(Vec<Measured>);

#[derive(Debug)]
struct Measured {
    /// Which series.
    place: usize,
    name: String,
    keys: usize,
    /// The same in all generations.
    rate: f64,
    latency: Latency,
}

impl Latencies {
    /// Measures each series of granted requests whose Envoy runs for this time. The rate is found in the first
    /// generation, from what its rounds say.
    pub(crate) fn measure(
        &mut self,
        series: &[Series],
        kinds: &[(Entry, Kind)],
        running: &[Option<Running>],
        time: Duration,
    ) -> Result<()> {
        if self.0.is_empty() {
            let measured = series.iter().zip(kinds).enumerate();
            self.0 = measured.filter_map(|(place, (one, kind))| first(place, one, kind)).collect();
        }
        let mut progress = Progress::new("latency", self.0.len() * usize::from(ROUNDS));
        for _ in 0..ROUNDS {
            for measured in &mut self.0 {
                progress.step(&measured.name);
                let one = series.get(measured.place).context("no such series")?;
                let Some(running) = running.get(one.running).and_then(Option::as_ref) else {
                    continue;
                };
                let server = running.envoy.listener()?;
                let answers =
                    open_loop(server, &one.requests, measured.rate, time / u32::from(ROUNDS))?;
                measured.latency.add(&answers);
            }
        }
        Ok(())
    }

    pub(crate) fn report(&self, report: &mut Report) -> Result<()> {
        for Measured { name, keys, rate, latency, .. } in &self.0 {
            report.row(name, *keys, "rate", *rate, "a second");
            for (measure, part) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)] {
                let value = latency.quantile(part).context("nothing was measured")?;
                report.row(name, *keys, measure, value, "us");
            }
        }
        Ok(())
    }
}

/// Half of what the series can do, and not more than the common rate; `None` where it is not granted or never ran.
fn first(place: usize, one: &Series, (entry, kind): &(Entry, Kind)) -> Option<Measured> {
    if *kind != Kind::Granted {
        return None;
    }
    let busy = one.busy.spread()?.median.min(1.0);
    let rate = RATE.min(0.5e6 * busy / one.used.spread()?.median);
    let (name, keys) = (one.name.clone(), entry.keys);
    Some(Measured { place, name, keys, rate, latency: Latency::default() })
}
