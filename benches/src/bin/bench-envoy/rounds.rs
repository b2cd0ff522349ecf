//! Everyone's turn in each round, so that what disturbs the machine disturbs all alike.

use std::time::Duration;

use anyhow::{Context, Result};
use fastrand::Rng;
use portcullis_benches::envoy::{CONNECTIONS, ProcessorTime, Requests};
use portcullis_benches::statistics::{Spread, float};

use crate::progress::Progress;
use crate::running::Running;

/// How often and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Effort {
    pub(crate) rounds: usize,
    /// About so long is a turn.
    pub(crate) turn: Duration,
}

/// Requests of one kind to one Envoy, and what they took.
pub(crate) struct Series {
    /// For people.
    pub(crate) name: String,
    /// Which Envoy.
    pub(crate) running: usize,
    pub(crate) requests: Requests,
    /// The series in which the same requests meet no filter.
    pub(crate) baseline: Option<usize>,
    /// Another process that works for this Envoy.
    pub(crate) helper: Option<ProcessorTime>,
    count: usize,
    /// Processor time of Envoy a request, in microseconds, one of each round.
    pub(crate) used: Vec<f64>,
    /// The same of the helper.
    pub(crate) helped: Vec<f64>,
    /// Part of the time in which Envoy worked: 1 where it never waited for the client.
    pub(crate) busy: Vec<f64>,
}

impl Series {
    pub(crate) fn new(
        name: impl Into<String>,
        running: usize,
        requests: Requests,
        baseline: Option<usize>,
    ) -> Self {
        let (used, helped, busy) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            name: name.into(),
            running,
            requests,
            baseline,
            helper: None,
            count: 0,
            used,
            helped,
            busy,
        }
    }

    pub(crate) fn used(&self) -> Result<Spread> {
        Spread::of(&self.used).context("nothing was measured")
    }

    /// What the filter adds: each round beside the same round without it.
    pub(crate) fn added(&self, all: &[Self]) -> Option<Spread> {
        Spread::of_differences(&self.used, &all.get(self.baseline?)?.used)
    }

    fn turn(&mut self, running: &mut Running) -> Result<()> {
        let envoy = running.envoy.processor_time();
        let before = (envoy.used()?, self.helper.map(ProcessorTime::used).transpose()?);
        let took = running.client.run(&self.requests, self.count)?;
        // A thread's time is counted when it goes to sleep, which is now.
        std::thread::sleep(Duration::from_millis(1));
        let used = envoy.used()?.saturating_sub(before.0);
        let each = |time: Duration| time.as_secs_f64() * 1e6 / float(self.count);
        self.used.push(each(used));
        self.busy.push(used.as_secs_f64() / took.as_secs_f64());
        if let (Some(helper), Some(before)) = (self.helper, before.1) {
            self.helped.push(each(helper.used()?.saturating_sub(before)));
        }
        Ok(())
    }

    /// Warms up, and finds how many requests are a turn.
    fn prepare(&mut self, running: &mut Running, turn: Duration) -> Result<()> {
        let rate = running.client.warm_up(&self.requests, turn / 2)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "some ten thousands at most"
        )]
        let count = (rate * turn.as_secs_f64()) as usize;
        self.count = count.next_multiple_of(CONNECTIONS);
        Ok(())
    }
}

/// Gives each series its turn in every round, in another order each time.
pub(crate) fn interleave(
    title: &str,
    series: &mut [Series],
    running: &mut [Running],
    effort: Effort,
) -> Result<()> {
    let failed = |series: &Series| format!("{title}: {}", series.name);
    let mut random = Rng::with_seed(1);
    let mut progress = Progress::new(title, series.len() * (effort.rounds + 1));
    for one in series.iter_mut() {
        let envoy = running.get_mut(one.running).context("no such Envoy")?;
        one.prepare(envoy, effort.turn).with_context(|| failed(one))?;
        progress.step(&one.name);
    }
    for _ in 0..effort.rounds {
        let mut order: Vec<usize> = (0..series.len()).collect();
        random.shuffle(&mut order);
        for place in order {
            let one = series.get_mut(place).context("no such series")?;
            let envoy = running.get_mut(one.running).context("no such Envoy")?;
            one.turn(envoy).with_context(|| failed(one))?;
            progress.step(&one.name);
        }
    }
    Ok(())
}
