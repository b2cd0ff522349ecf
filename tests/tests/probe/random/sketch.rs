//! A scenario as lines of text, which can be made smaller and shown.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use anyhow::Result;

use crate::calls;
use crate::module::Plan;
use crate::scenario::{Leaves, Scenario, Traffic};
use crate::simulator;

/// What the callbacks of a module call and return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sketch {
    pub(super) traffic: Traffic,
    pub(super) calls: BTreeMap<&'static str, Vec<String>>,
    pub(super) returns: BTreeMap<&'static str, i32>,
}

impl Sketch {
    pub(super) fn new(traffic: Traffic) -> Self {
        Self { traffic, calls: BTreeMap::new(), returns: BTreeMap::new() }
    }

    /// The scenario of this name, and what host-sim makes of it; that also says when the client is to leave.
    pub(super) fn run(&self, name: &str, patience: Duration) -> Result<(Scenario, simulator::Run)> {
        let mut plan = Plan::default();
        for (callback, lines) in &self.calls {
            // Metrics are those of the whole proxy.
            let lines = lines.join("\n").replace("METRIC", name);
            plan.calls.insert((*callback).to_owned(), calls::parse(&lines)?);
        }
        let returns = self.returns.iter();
        plan.returns =
            returns.map(|(callback, number)| ((*callback).to_owned(), *number)).collect();
        let (name, traffic, leaves) = (name.to_owned(), self.traffic, Leaves::Never);
        let mut scenario = Scenario { name, traffic, plan, leaves };
        let run = simulator::run(&scenario)?;
        scenario.leaves = Leaves::AfterCallbacks(run.before_leaving, patience);
        Ok((scenario, run))
    }

    /// The same without a part: large parts first.
    pub(super) fn smaller(&self) -> Vec<Self> {
        let mut all = Vec::new();
        for (callback, lines) in &self.calls {
            let mut size = lines.len();
            while size > 0 {
                for from in (0..lines.len()).step_by(size) {
                    let mut other = self.clone();
                    let to = lines.len().min(from + size);
                    match other.calls.get_mut(callback) {
                        Some(lines) if size < lines.len() => drop(lines.drain(from..to)),
                        _ => drop(other.calls.remove(callback)),
                    }
                    all.push(other);
                }
                size /= 2;
            }
        }
        for callback in self.returns.keys() {
            let mut other = self.clone();
            other.returns.remove(callback);
            all.push(other);
        }
        all.sort_by_key(Self::size);
        all
    }

    /// How much there is of it.
    pub(super) fn size(&self) -> usize {
        self.calls.values().map(Vec::len).sum::<usize>() + self.returns.len()
    }
}

impl fmt::Display for Sketch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "traffic: {:?}, returns: {:?}", self.traffic, self.returns)?;
        for (callback, lines) in &self.calls {
            writeln!(formatter, "{callback}:")?;
            for line in lines {
                writeln!(formatter, "    {line}")?;
            }
        }
        Ok(())
    }
}
