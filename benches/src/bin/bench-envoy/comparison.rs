//! All contenders with the same number of keys, side by side.

use std::time::Duration;

use anyhow::{Context, Result};

use crate::contenders::{Contender, World};
use crate::contest::Contest;
use crate::latency::Latencies;
use crate::policy::Kind;
use crate::report::Report;
use crate::resources::Resources;
use crate::rounds::{Effort, Series, interleave};
use crate::running::{Authorizer, NOT_STARTED, PATIENCE, Starter};

/// A contender with so many keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) contender: Contender,
    pub(crate) keys: usize,
}

/// Measures all entries and records it.
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
    let mut contest = Contest::new(starter, &title);
    for Entry { contender, keys } in entries {
        let requests = contender.requests(world, *keys, Kind::Granted).context("no request")?;
        contest.enter(contender.name(), contender.setup(world, *keys)?, &requests)?;
    }
    let (mut series, kinds) = asked(world, authorizer, entries);
    let mut resources = vec![Resources::default(); entries.len()];
    let mut latencies = Latencies::default();
    for generation in 0..effort.generations {
        let mut running = contest.start(generation)?;
        interleave(&title, &mut series, &mut running, effort, generation)?;
        for (resources, running) in resources.iter_mut().zip(&running) {
            if let Some(running) = running {
                resources.add(running)?;
            }
        }
        if let Some(time) = latency {
            latencies.measure(&series, &kinds, &running, time / divisor(effort.generations))?;
        }
        contest.retire_costly(&series);
    }
    for (one, (entry, _)) in series.iter().zip(&kinds) {
        report.series(&one.name, entry.keys, one, &series);
    }
    let empty = resources.first().cloned().unwrap_or_default();
    for (place, (entry, resources)) in entries.iter().zip(&resources).enumerate() {
        let (name, keys) = (entry.contender.name(), entry.keys);
        if resources.is_empty() {
            report.row(name, keys, NOT_STARTED, PATIENCE.as_secs_f64(), "s");
            continue;
        }
        let without = (entry.contender != Contender::None).then_some(&empty);
        let configuration = contest.configuration(place).context("no such contender")?;
        resources.report(name, keys, configuration, without, report);
    }
    latencies.report(report)
}

fn divisor(generations: usize) -> u32 {
    u32::try_from(generations).unwrap_or(u32::MAX).max(1)
}

/// Who is asked what: the series, and for each of them whose it is and its kind.
fn asked(
    world: &World,
    authorizer: &Authorizer,
    entries: &[Entry],
) -> (Vec<Series>, Vec<(Entry, Kind)>) {
    let (mut series, mut kinds) = (Vec::new(), Vec::new());
    for (place, entry) in entries.iter().enumerate() {
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
            let token = world.tokens.requests(Kind::Granted, entry.keys, 200);
            series.push(Series::new("none granted with a token", place, token, None));
            kinds.push((*entry, Kind::Granted));
        }
    }
    (series, kinds)
}
