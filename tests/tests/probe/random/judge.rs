//! What comes of sketches in both hosts.

use std::fmt;
use std::time::Duration;

use anyhow::Result;

use super::sketch::Sketch;
use crate::compare::{self, Difference, Known};
use crate::envoy;

/// Differences that are shown of a scenario.
const SHOWN: usize = 6;

/// What came of a scenario.
pub(super) enum Judged {
    Same {
        /// Results that were compared.
        results: usize,
    },
    Differs(Vec<Difference>),
    /// Envoy ended.
    Ended(String),
}

/// Runs sketches in host-sim and in Envoy, which gets this time for what it does not do.
pub(super) fn judge(
    sketches: &[Sketch],
    known: &[Known],
    patience: Duration,
) -> Result<Vec<Judged>> {
    let (mut scenarios, mut here) = (Vec::new(), Vec::new());
    for (number, sketch) in sketches.iter().enumerate() {
        let name = format!("random_{}_{number}", sketch.traffic.name());
        let (scenario, run) = sketch.run(&name, patience)?;
        scenarios.push(scenario);
        here.push(run.report);
    }
    let reports = envoy::run_each(&scenarios)?;
    let judged = scenarios.iter().zip(&here).map(|(scenario, host_sim)| {
        let envoy = match &reports[&scenario.name] {
            Ok(envoy) => envoy,
            Err(error) => return Judged::Ended(format!("{error:#}")),
        };
        let mut differences = compare::differences(&scenario.name, envoy, host_sim);
        differences.retain(|difference| !known.iter().any(|known| known.covers(difference)));
        if differences.is_empty() {
            Judged::Same { results: envoy.results.len() }
        } else {
            Judged::Differs(differences)
        }
    });
    Ok(judged.collect())
}

impl Judged {
    /// What the first difference is about, in a form that others of its kind have, too.
    pub(super) fn kind(&self) -> Option<String> {
        let differences = match self {
            Self::Same { .. } => return None,
            Self::Ended(_) => return Some("Envoy ended".to_owned()),
            Self::Differs(differences) => differences,
        };
        let first = differences.iter().find(|difference| difference.call == "callbacks");
        let Difference { callback, call, envoy, host_sim, .. } = first.or(differences.first())?;
        if call == "callbacks" {
            return Some(parting(envoy, host_sim));
        }
        let function: Vec<&str> = call.split(' ').take(2).collect();
        let function = function.join(" ");
        Some(format!("{callback}: {function}: {}, {}", word(Some(envoy)), word(Some(host_sim))))
    }
}

/// Where two lists of callbacks part.
fn parting(envoy: &str, host_sim: &str) -> String {
    let (mut envoy, mut host_sim) = (envoy.split(", "), host_sim.split(", "));
    loop {
        let (one, other) = (envoy.next(), host_sim.next());
        if one != other || one.is_none() {
            return format!("callbacks: {}, {}", word(one), word(other));
        }
    }
}

fn word(text: Option<&str>) -> &str {
    text.and_then(|text| text.split(' ').next()).unwrap_or("end")
}

impl fmt::Display for Judged {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same { .. } => formatter.write_str("the same in both"),
            Self::Ended(error) => formatter.write_str(error),
            Self::Differs(differences) => {
                let mut shown = differences.iter().take(SHOWN);
                shown.try_for_each(|difference| writeln!(formatter, "{difference}"))
            }
        }
    }
}
