//! The filter with more and more of one thing.

use anyhow::Result;
use portcullis_benches::envoy::{Requests, Setup, message};
use portcullis_benches::reference::key;

use crate::contenders::{World, portcullis};
use crate::contest::Contest;
use crate::policy::{Kind, Policy, Rules, collection_path};
use crate::report::Report;
use crate::rounds::{Effort, Series, interleave};
use crate::running::Starter;

/// The name of the filter's rows here.
pub(crate) const NAME: &str = "portcullis as it grows";

/// Keys where something else grows.
const KEYS: usize = 1_000;

/// What grows, by its name in the record, and how much of it there is.
pub(crate) fn steps(quick: bool) -> [(&'static str, Vec<usize>); 3] {
    if quick {
        return [
            ("keys", vec![10, 100_000]),
            ("endpoints", vec![1, 5_000]),
            ("ranges", vec![1, 10_000]),
        ];
    }
    [
        ("keys", vec![10, 1_000, 100_000, 1_000_000]),
        ("endpoints", vec![1, 100, 5_000]),
        ("ranges", vec![1, 100, 10_000]),
    ]
}

/// Measures all of them in the same rounds.
pub(crate) fn measure(
    starter: &Starter,
    world: &World,
    quick: bool,
    effort: Effort,
    report: &mut Report,
) -> Result<()> {
    let requests = Kind::Granted.with_keys(KEYS, 200);
    let mut contest = Contest::new(starter, "growth");
    let none = contest.enter("none", Setup::default(), &requests)?;
    let mut what = vec![("none", 1)];
    let mut series = vec![Series::new("none", none, requests, None)];
    for (by, amounts) in steps(quick) {
        for amount in amounts {
            let (policy, requests) = step(by, amount);
            let name = format!("{amount} {by}");
            let place = contest.enter(&name, portcullis(world, &policy)?, &requests)?;
            series.push(Series::new(name, place, requests, Some(0)));
            what.push((by, amount));
        }
    }
    for generation in 0..effort.generations {
        let mut running = contest.start_all(generation)?;
        interleave("growth", &mut series, &mut running, effort, generation)?;
    }
    for (one, (by, amount)) in series.iter().zip(what).skip(1) {
        report.series_by(NAME, by, amount, one, &series);
    }
    Ok(())
}

fn step(by: &str, amount: usize) -> (Policy, Requests) {
    let keys = if by == "keys" { amount } else { KEYS };
    let mut policy = Policy::with_keys(keys);
    let mut requests = Kind::Granted.with_keys(keys, 200);
    match by {
        "endpoints" => {
            policy.endpoints = amount;
            let numbers = Kind::Granted.keys(KEYS);
            let make = |(turn, number): (usize, &usize)| {
                let path = format!("/{}/4711?page=2", collection_path(turn * 7_919 % amount));
                message(&path, &[("x-api-key", &key(*number))])
            };
            let turns = amount.div_ceil(numbers.len()).max(1) * numbers.len();
            requests.messages = numbers.iter().cycle().take(turns).enumerate().map(make).collect();
        }
        "ranges" => policy.rules = Rules::Ranges(amount),
        _ => {}
    }
    (policy, requests)
}
