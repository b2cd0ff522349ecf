//! What was measured, as text and as JSON.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::super::render;
use super::super::table::{self, microseconds, row, thousands};
use super::contestant::{Contestant, Measured, Memory, SETTLED};

/// The percentiles that are told, by name.
const PERCENTILES: [(&str, f64); 4] =
    [("p50", 50.0), ("p90", 90.0), ("p99", 99.0), ("p99.9", 99.9)];

pub(super) fn text(contestants: &[Contestant], requests: u64) -> String {
    let cases = contestants.first().map_or(0, |one| one.cases.len());
    let (sent, cases) = (table::count(requests, "request"), table::count(cases, "case"));
    let mut text = format!("{sent}, {cases} in turn\n\n");
    text.push_str(&times(contestants));
    text.push('\n');
    text.push_str(&counts(contestants));
    text.push('\n');
    for one in contestants {
        let _ = writeln!(text, "{}{}", prefix(contestants, one), memory(&one.memory, requests));
    }
    text
}

/// Every case, module under module, and how many times the other module's time the first takes.
fn times(contestants: &[Contestant]) -> String {
    let mut rows =
        vec![row(["case", "module"].into_iter().chain(PERCENTILES.map(|(name, _)| name)))];
    for index in 0..=contestants.first().map_or(0, |one| one.cases.len()) {
        let measured: Vec<(&Contestant, &Measured)> =
            contestants.iter().map(|one| (one, one.cases.get(index).unwrap_or(&one.all))).collect();
        rows.extend(measured.iter().map(|(one, measured)| {
            let times =
                PERCENTILES.map(|(_, percent)| microseconds(measured.times.percentile(percent)));
            row([measured.name.clone(), one.name.clone()].into_iter().chain(times))
        }));
        if let [(_, first), (_, other)] = measured.as_slice() {
            let ratios =
                PERCENTILES.map(|(_, percent)| format!("{:.2} ×", ratio(first, other, percent)));
            rows.push(row([first.name.clone(), "ratio".to_owned()].into_iter().chain(ratios)));
        }
    }
    if contestants.len() == 1 {
        rows.iter_mut().for_each(|row| drop(row.remove(1)));
    }
    table::text(&rows)
}

fn counts(contestants: &[Contestant]) -> String {
    let mut rows = vec![row([
        "case",
        "module",
        "outcome",
        "entries",
        "calls",
        "data",
        "in",
        "out",
        "allocations",
        "fuel",
    ])];
    for index in 0..contestants.first().map_or(0, |one| one.cases.len()) {
        for one in contestants {
            let Some(measured) = one.cases.get(index) else { continue };
            let cost = &measured.cost;
            rows.push(vec![
                measured.name.clone(),
                one.name.clone(),
                measured.ending.clone(),
                cost.entries.to_string(),
                cost.all_calls().to_string(),
                cost.data_calls().to_string(),
                format!("{} B", thousands(cost.bytes_in)),
                format!("{} B", thousands(cost.bytes_out)),
                format!("{} ({} B)", cost.allocations, thousands(cost.allocated_bytes)),
                thousands(cost.fuel),
            ]);
        }
    }
    if contestants.len() == 1 {
        rows.iter_mut().for_each(|row| drop(row.remove(1)));
    }
    table::text(&rows)
}

fn memory(memory: &Memory, requests: u64) -> String {
    let Memory { at_start, settled, at_end, .. } = memory;
    let early = SETTLED.min(requests);
    let grown = match at_end.saturating_sub(*settled) {
        0 => "no growth".to_owned(),
        pages => format!("GREW BY {pages}"),
    };
    format!(
        "memory: {at_start} pages of 64 KiB after the start, {settled} after {}, {at_end} after {}: {grown}",
        table::count(early, "request"),
        thousands(requests),
    )
}

fn prefix(contestants: &[Contestant], one: &Contestant) -> String {
    if contestants.len() == 1 { String::new() } else { format!("{}: ", one.name) }
}

/// How many times the other's time the first takes.
fn ratio(first: &Measured, other: &Measured, percent: f64) -> f64 {
    let seconds =
        |one: &Measured| Duration::from_nanos(one.times.percentile(percent).max(1)).as_secs_f64();
    seconds(first) / seconds(other)
}

pub(super) fn object(contestants: &[Contestant], requests: u64) -> Value {
    let modules: Vec<Value> = contestants
        .iter()
        .map(|one| {
            let memory = &one.memory;
            json!({
                "module": one.name,
                "all": { "nanoseconds": nanoseconds(&one.all) },
                "cases": one.cases.iter().map(case).collect::<Vec<_>>(),
                "memory": {
                    "pages_after_start": memory.at_start,
                    "pages_after_1000_requests": memory.settled,
                    "pages_at_end": memory.at_end,
                    "growth": memory.growth,
                },
            })
        })
        .collect();
    let ratios = match contestants {
        [first, other] => Some(
            PERCENTILES
                .iter()
                .map(|(name, percent)| {
                    ((*name).to_owned(), json!(ratio(&first.all, &other.all, *percent)))
                })
                .collect::<Map<_, _>>(),
        ),
        _ => None,
    };
    json!({ "requests": requests, "modules": modules, "ratios": ratios })
}

fn case(measured: &Measured) -> Value {
    let mut cost = render::cost(&measured.cost);
    if let Some(cost) = cost.as_object_mut() {
        // That of the one run that counted fuel.
        cost.remove("nanoseconds");
    }
    json!({
        "name": measured.name,
        "outcome": measured.ending,
        "requests": measured.times.count(),
        "nanoseconds": nanoseconds(measured),
        "cost": cost,
    })
}

fn nanoseconds(measured: &Measured) -> Map<String, Value> {
    let mut map: Map<String, Value> = PERCENTILES
        .iter()
        .map(|(name, percent)| ((*name).to_owned(), json!(measured.times.percentile(*percent))))
        .collect();
    map.insert("mean".to_owned(), json!(measured.times.mean()));
    map.insert("max".to_owned(), json!(measured.times.max()));
    map
}
