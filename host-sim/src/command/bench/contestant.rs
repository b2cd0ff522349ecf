//! A module that is measured.

use super::super::{Failure, PluginArguments};
use super::times::Times;
use crate::cases::Case;
use crate::cost::Cost;
use crate::host::Host;
use crate::outcome::Outcome;

/// When memory should have found its size.
pub(super) const SETTLED: u64 = 1000;

pub(super) struct Contestant {
    pub(super) name: String,
    host: Host,
    /// Of all requests.
    pub(super) all: Measured,
    /// Of each case, in order.
    pub(super) cases: Vec<Measured>,
    pub(super) memory: Memory,
}

/// What requests took.
pub(super) struct Measured {
    pub(super) name: String,
    /// How the last of them ended.
    pub(super) ending: String,
    pub(super) times: Times,
    /// Of one request, where all are alike: with fuel.
    pub(super) cost: Cost,
}

/// Pages of guest memory, over time.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) at_start: u64,
    /// After [`SETTLED`] requests, or all where there are fewer.
    pub(super) settled: u64,
    pub(super) at_end: u64,
    /// The requests after which there was more, and how much.
    pub(super) growth: Vec<(u64, u64)>,
}

impl Contestant {
    /// Starts the module twice: to be timed, and to count what cases cost.
    pub(super) fn start(plugin: &PluginArguments, cases: &[Case]) -> Result<Self, Failure> {
        let name = plugin.module.display().to_string();
        let mut counting = plugin.start(|builder| builder.fuel(true))?;
        let measured = cases.iter().map(|case| {
            // Much happens only the first time.
            let _ = case.run(&mut counting);
            let (outcome, _) = case.run(&mut counting);
            check(&name, case, &outcome)?;
            Ok(Measured::new(case.name.clone(), outcome.cost))
        });
        let measured = measured.collect::<Result<_, Failure>>()?;
        let host = plugin.start(|builder| builder)?;
        let pages = host.memory_pages();
        let memory = Memory { at_start: pages, at_end: pages, ..Memory::default() };
        let all = Measured::new("all".to_owned(), Cost::default());
        Ok(Self { name, host, all, cases: measured, memory })
    }

    /// Sends one request, and takes down its time.
    pub(super) fn run(&mut self, number: u64, index: usize, case: &Case) -> Result<(), Failure> {
        let (outcome, _) = case.send(&mut self.host);
        check(&self.name, case, &outcome)?;
        let nanoseconds = outcome.cost.nanoseconds;
        self.all.times.record(nanoseconds);
        if let Some(measured) = self.cases.get_mut(index) {
            measured.times.record(nanoseconds);
            if measured.ending.is_empty() {
                measured.ending = outcome.ending();
            }
        }
        let memory = &mut self.memory;
        if outcome.memory_pages > memory.at_end {
            memory.growth.push((number, outcome.memory_pages));
        }
        memory.at_end = outcome.memory_pages;
        if number <= SETTLED {
            memory.settled = outcome.memory_pages;
        }
        Ok(())
    }
}

impl Measured {
    fn new(name: String, cost: Cost) -> Self {
        Self { name, ending: String::new(), times: Times::default(), cost }
    }
}

/// A module that is dead costs nothing, which says nothing.
fn check(name: &str, case: &Case, outcome: &Outcome) -> Result<(), Failure> {
    match outcome.trap() {
        Some(trap) => Err(Failure::DoesNotHold(format!("{name}: case `{}`: {trap}", case.name))),
        None => Ok(()),
    }
}
