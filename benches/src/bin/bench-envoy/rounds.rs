//! Everyone's turn in each round, so that what disturbs the machine disturbs all alike.

use std::time::Duration;

use anyhow::{Context, Result};
use fastrand::Rng;
use portcullis_benches::envoy::{CONNECTIONS, ProcessorTime, Requests};
use portcullis_benches::generations::Generations;
use portcullis_benches::statistics::float;

use crate::progress::Progress;
use crate::running::Running;

/// How often and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Effort {
    /// Each with new Envoys.
    pub(crate) generations: usize,
    /// Of each generation.
    pub(crate) rounds: usize,
    /// About so long is a turn.
    pub(crate) turn: Duration,
}

/// Requests of one kind to one Envoy, and what they took.
pub(crate) struct Series {
    /// For people.
    pub(crate) name: String,
    /// Which Envoy of each generation.
    pub(crate) running: usize,
    pub(crate) requests: Requests,
    /// The series in which the same requests meet no filter.
    pub(crate) baseline: Option<usize>,
    /// Another process that works for this Envoy.
    pub(crate) helper: Option<ProcessorTime>,
    count: usize,
    /// Processor time of Envoy a request, in microseconds, one of each round.
    pub(crate) used: Generations,
    /// The same of the helper.
    pub(crate) helped: Generations,
    /// Part of the time in which Envoy worked: 1 where it never waited for the client.
    pub(crate) busy: Generations,
}

impl Series {
    pub(crate) fn new(
        name: impl Into<String>,
        running: usize,
        requests: Requests,
        baseline: Option<usize>,
    ) -> Self {
        Self {
            name: name.into(),
            running,
            requests,
            baseline,
            helper: None,
            count: 0,
            used: Generations::default(),
            helped: Generations::default(),
            busy: Generations::default(),
        }
    }

    /// What the filter adds: each round beside the same round without it.
    pub(crate) fn added(&self, all: &[Self]) -> Option<Generations> {
        Some(self.used.less(&all.get(self.baseline?)?.used))
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

    /// Begins a generation: warms up, and finds how many requests are a turn.
    fn prepare(&mut self, running: &mut Running, turn: Duration) -> Result<()> {
        for figures in [&mut self.used, &mut self.helped, &mut self.busy] {
            figures.begin();
        }
        let rate = running.client.warm_up(&self.requests, turn / 2)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "some ten thousands at most"
        )]
        let count = (rate * turn.as_secs_f64()) as usize;
        self.count = count.max(1).next_multiple_of(CONNECTIONS);
        Ok(())
    }
}

/// One generation: gives each series whose Envoy runs its turn in every round, in another order each time.
pub(crate) fn interleave(
    title: &str,
    series: &mut [Series],
    running: &mut [Option<Running>],
    effort: Effort,
    generation: usize,
) -> Result<()> {
    let title = format!("{title}, generation {}", generation + 1);
    let failed = |series: &Series| format!("{title}: {}", series.name);
    let mut random = Rng::with_seed(generation as u64);
    let runs = |one: &Series| running.get(one.running).is_some_and(Option::is_some);
    let mut order: Vec<usize> =
        series.iter().enumerate().filter_map(|(place, one)| runs(one).then_some(place)).collect();
    let mut progress = Progress::new(&title, order.len() * (effort.rounds + 1));
    for round in 0..=effort.rounds {
        if round > 0 {
            random.shuffle(&mut order);
        }
        for place in &order {
            let one = series.get_mut(*place).context("no such series")?;
            let envoy = running.get_mut(one.running).and_then(Option::as_mut);
            let envoy = envoy.context("no such Envoy")?;
            if round == 0 {
                one.prepare(envoy, effort.turn).with_context(|| failed(one))?;
            } else {
                one.turn(envoy).with_context(|| failed(one))?;
            }
            progress.step(&one.name);
        }
    }
    Ok(())
}
