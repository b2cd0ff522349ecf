//! Who takes part, each with a new Envoy in every generation.
//!
//! One Envoy differs from the next of the very same contender by up to 2 microseconds a request, as its memory lies
//! elsewhere; so no single one of them speaks for a contender.

use anyhow::{Context, Result};
use portcullis_benches::envoy::{Requests, Setup};

use crate::progress::Progress;
use crate::rounds::Series;
use crate::running::{PATIENCE, Prepared, Running, Starter};

/// Who takes longer for a request, in microseconds, has one generation: what tells two processes apart does not count
/// there, and its turns and starts take long.
const COSTLY: f64 = 1_000.0;

/// Contenders in the order in which they came.
pub(crate) struct Contest<'a> {
    starter: &'a Starter,
    title: String,
    contenders: Vec<Entered>,
}

struct Entered {
    name: String,
    prepared: Prepared,
    /// What it is asked until it is right.
    first: Requests,
    takes_part: bool,
}

impl<'a> Contest<'a> {
    pub(crate) fn new(starter: &'a Starter, title: &str) -> Self {
        Self { starter, title: title.to_owned(), contenders: Vec::new() }
    }

    /// Another contender, which is ready once it answers the first of these requests right; its place.
    pub(crate) fn enter(&mut self, name: &str, setup: Setup, requests: &Requests) -> Result<usize> {
        let message = requests.messages.first().context("no request")?.clone();
        self.contenders.push(Entered {
            name: name.to_owned(),
            prepared: self.starter.prepare(setup)?,
            first: Requests { messages: vec![message], status: requests.status },
            takes_part: true,
        });
        Ok(self.contenders.len() - 1)
    }

    /// Bytes of the configuration of the contender in a place.
    pub(crate) fn configuration(&self, place: usize) -> Option<usize> {
        Some(self.contenders.get(place)?.prepared.bytes)
    }

    /// A new Envoy of each contender, in their order; `None` of those who take no part any more. Who is not ready in
    /// time takes no part from now on.
    ///
    /// One after the other, as the time of a start is a figure as well; all of them are on the same core, so that they
    /// would not be ready sooner together.
    pub(crate) fn start(&mut self, generation: usize) -> Result<Vec<Option<Running>>> {
        let title = format!("{}, generation {}: starting", self.title, generation + 1);
        let mut progress = Progress::new(&title, self.contenders.len());
        let mut running = Vec::new();
        for entered in &mut self.contenders {
            progress.step(&entered.name);
            let envoy = if entered.takes_part {
                let started = self.starter.start(&entered.prepared, &entered.first);
                started.with_context(|| entered.name.clone())?
            } else {
                None
            };
            entered.takes_part = envoy.is_some();
            running.push(envoy);
        }
        Ok(running)
    }

    /// As [`start`](Self::start), where everyone has to be ready in time.
    pub(crate) fn start_all(&mut self, generation: usize) -> Result<Vec<Option<Running>>> {
        let running = self.start(generation)?;
        for (entered, running) in self.contenders.iter().zip(&running) {
            running.as_ref().with_context(|| {
                format!("{}: Envoy did not start within {} s", entered.name, PATIENCE.as_secs())
            })?;
        }
        Ok(running)
    }

    /// Lets those who are costly have their Envoys no longer.
    pub(crate) fn retire_costly(&mut self, series: &[Series]) {
        for one in series {
            if one.used.spread().is_some_and(|used| used.median > COSTLY)
                && let Some(entered) = self.contenders.get_mut(one.running)
            {
                entered.takes_part = false;
            }
        }
    }
}
