//! `host-sim torment`: everything that can go wrong, one thing at a time.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::progress::Progress;
use super::table::{self, row};
use super::{Failure, PluginArguments, print, print_text, read_cases};
use crate::request::Request;
use crate::torment::{Finding, FindingKind, Report, Tally, Torment};

/// Lets everything go wrong, one thing at a time, and tells which requests got through
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  host-sim torment filter.wasm --config table.bin --cases cases.yaml
  host-sim torment filter.wasm --config table.bin --json | jq '.findings[] | select(.kind == \"through\")'

Each request is run without faults first. Then, one at a time: each call of a host function answers
each status from 1 to 12, and traps; each callback traps; each allocation in the guest fails, and
traps (100 calls of a function and 100 allocations, where there are more); each header map comes cut
at every length; the request comes with headers that are not UTF-8, empty, repeated, giant or very
many; memory cannot grow; each capability is taken away; and the same in the start and in the tick of
the module. After each, the request comes once more without it.

A request in which the module traps by itself without faults, or that ends now so, now so, is not
tested; --strict does not forgive the trap.

Of the cases only names, requests and times count. Without --cases a few requests of any gateway are
sent.

Exit status: 0 when every request that is denied without faults stayed denied, 1 when one reached the
upstream, when no request could be tested, or when the module does not run, 2 when a file cannot be read or is no case file.")]
pub(super) struct Arguments {
    #[command(flatten)]
    plugin: PluginArguments,
    /// The requests, as a case file
    #[arg(long, value_name = "CASES.yaml")]
    cases: Option<PathBuf>,
    /// Also exits with 1 where the module traps by itself, lets a request pass otherwise than
    /// without faults, or refuses it when all is well again
    #[arg(long)]
    strict: bool,
    /// Prints one JSON object with every finding
    #[arg(long)]
    json: bool,
}

pub(super) fn torment(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let torment = Torment::new(arguments.plugin.builder()?);
    let torment = match &arguments.cases {
        None => default_requests(torment),
        Some(path) => read_cases(path)?
            .into_iter()
            .fold(torment, |torment, case| torment.request_at(case.name, case.request, case.time)),
    };
    let bar = Progress::new(1000, "tormenting");
    let report = torment.run(|thousandths| bar.set(u64::try_from(thousandths).unwrap_or(0)));
    drop(bar);
    let report = report.map_err(|error| arguments.plugin.does_not_hold(&error))?;
    if report.denied() == 0 {
        say!(
            "warning: no request is denied without faults, so none could get through; add one that is"
        );
    }
    if arguments.json {
        print(&format!("{}\n", object_of(&report)))?;
    } else {
        print_text(&text_of(&report, arguments.strict))?;
    }
    let holds = report.holds() && (!arguments.strict || report.findings.is_empty());
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// What any gateway gets: nothing to show, something made up, a body, a trick with the path.
fn default_requests(torment: Torment) -> Torment {
    torment
        .request("plain", Request::get("/"))
        .request(
            "made-up credentials",
            Request::get("/?api_key=torment")
                .header("authorization", "Bearer torment")
                .header("x-api-key", "torment")
                .header("cookie", "session=torment"),
        )
        .request(
            "body",
            Request::post("/").header("content-type", "application/json").body("{\"torment\":1}"),
        )
        .request("dots in the path", Request::get("/a/%2e%2e/admin"))
        .request(
            "preflight",
            Request::new("OPTIONS", "/")
                .header("origin", "https://example.com")
                .header("access-control-request-method", "GET"),
        )
}

/// Findings of one kind that are shown one by one.
const SHOWN: usize = 10;

fn text_of(report: &Report, strict: bool) -> String {
    let mut rows =
        vec![row(["request", "without faults", "faults", "refused", "passed", "trapped"])];
    rows.extend(report.tallies.iter().map(|tally| {
        let status = tally.status.map_or_else(String::new, |status| format!(" ({status})"));
        let without = format!("{}{status}", tally.verdict);
        let without = match tally {
            Tally { steady: true, .. } => without,
            Tally { traps: true, .. } => format!("{without}, traps by itself: not tested"),
            _ => format!("{without}, then another end: not tested"),
        };
        let numbers = [tally.trials, tally.refused, tally.passed, tally.trapped];
        let numbers = numbers.map(table::thousands);
        row([tally.name.clone(), without].into_iter().chain(numbers))
    }));
    let mut text = table::text(&rows);
    for kind in FindingKind::ALL {
        let findings: Vec<&Finding> = report.of_kind(kind).collect();
        if findings.is_empty() {
            continue;
        }
        text.push_str(&format!("\n{}: {}\n", table::count(findings.len(), "time"), words(kind)));
        for Finding { request, trial, detail, .. } in findings.iter().take(SHOWN) {
            text.push_str(&format!("  `{request}`: {trial}: {detail}\n"));
        }
        if let Some(more) = findings.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            text.push_str(&format!("  and {more} more: --json has them all\n"));
        }
    }
    text.push_str(&format!(
        "\n{} with a fault in them: the module refused {}\n",
        table::count(report.starts, "start"),
        table::thousands(report.starts_refused),
    ));
    if report.never_struck > 0 {
        let number = table::thousands(report.never_struck);
        text.push_str(&format!("{number} more were planned, and their turn did not come\n"));
    }
    if report.skipped() > 0 {
        text.push_str(&format!("{} not tested\n", table::count(report.skipped(), "request")));
    }
    text.push_str(&format!(
        "{}: {} under {}\n",
        if report.holds() && strict && !report.findings.is_empty() {
            "DOES NOT HOLD STRICTLY"
        } else if report.holds() {
            "holds"
        } else if report.trials() == 0 {
            "NOTHING TESTED"
        } else {
            "DOES NOT HOLD"
        },
        table::count(report.denied(), "denied request"),
        table::count(report.trials(), "fault"),
    ));
    text
}

fn words(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::Through => "DENIED WITHOUT FAULTS, AND GOT THROUGH",
        FindingKind::ThroughAfterwards => "DENIED WITHOUT FAULTS, AND GOT THROUGH AFTER THE FAULT",
        FindingKind::Altered => "got through otherwise than without faults",
        FindingKind::RefusedAfterwards => "refused after the fault was over",
        FindingKind::Trapped => "the module trapped by itself",
    }
}

fn object_of(report: &Report) -> Value {
    let requests: Vec<Value> = report
        .tallies
        .iter()
        .map(|tally| {
            json!({
                "name": tally.name,
                "verdict": tally.verdict,
                "status": tally.status,
                "denied": tally.denied,
                "steady": tally.steady,
                "traps": tally.traps,
                "faults": tally.trials,
                "refused": tally.refused,
                "passed": tally.passed,
                "trapped": tally.trapped,
            })
        })
        .collect();
    let findings: Vec<Value> = report
        .findings
        .iter()
        .map(|finding| {
            json!({
                "kind": finding.kind.name(),
                "request": finding.request,
                "fault": { "kind": finding.trial.kind(), "what": finding.trial.to_string() },
                "detail": finding.detail,
            })
        })
        .collect();
    json!({
        "holds": report.holds(),
        "denied": report.denied(),
        "faults": report.trials(),
        "starts": report.starts,
        "starts_refused": report.starts_refused,
        "never_struck": report.never_struck,
        "skipped": report.skipped(),
        "requests": requests,
        "findings": findings,
    })
}
