//! Whatever goes wrong around it, the filter lets nothing pass that it denies, and it does not trap.
//!
//! The same as `host-sim torment target/portcullis.wasm`, over every file of cases and the demo's policy.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use std::path::Path;
use std::time::SystemTime;

use host_sim::torment::{Report, Torment};
use host_sim::{FailurePolicy, Host};
use portcullis_tests::case::{Case, Cases};
use portcullis_tests::engine::simulator;
use portcullis_tests::places;
use portcullis_tests::request::Request;

#[test]
fn the_demo_is_denied_what_it_is_denied_under_every_fault() {
    let report = torment(&places::root().join("examples/acme/requests.yaml"));
    assert_holds(&report);
    let passed: u64 = report.tallies.iter().map(|tally| tally.passed).sum();
    assert!(report.denied() >= 5 && passed > 0, "{report:?}");
}

#[test]
fn so_is_every_request_of_every_file_of_cases() {
    let folder = places::root().join("tests/cases");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    assert!(files.len() >= 20, "{files:?}");
    let mut hops_added = 0;
    for file in files {
        let mut report = torment(&file);
        // Nothing but another request: a second header is one more hop, which the policy trusts by its number.
        report.findings.retain(|finding| {
            let adds_a_hop = HOPS.contains(&finding.request.as_str())
                && finding.trial.to_string().contains("`x-forwarded-for` twice");
            hops_added += usize::from(adds_a_hop);
            !adds_a_hop
        });
        assert_holds(&report);
    }
    assert!(hops_added > 0, "the exception is not met any more: take it out");
}

/// Requests whose address is another with one hop more.
const HOPS: [&str; 2] = ["fewer hops than trusted", "a forged header in front of the real one"];

fn torment(file: &Path) -> Report {
    let cases = Cases::read(file).unwrap();
    let table = cases.compile().unwrap().table;
    let host = Host::builder(&simulator::module().unwrap())
        .configuration(table)
        .failure_policy(FailurePolicy::FailReload);
    let torment = cases.requests.iter().fold(Torment::new(host), |torment, case| {
        let request = simulator::sent(&Request::of_case(case).unwrap());
        torment.request_at(&case.name, request, time(case))
    });
    torment.run(|_| {}).unwrap()
}

fn time(case: &Case) -> Option<SystemTime> {
    Some(simulator::system_time(case.time?.as_second()).unwrap())
}

fn assert_holds(report: &Report) {
    let findings: Vec<String> = report
        .findings
        .iter()
        .map(|one| format!("{}: `{}`: {}: {}", one.kind.name(), one.request, one.trial, one.detail))
        .collect();
    assert!(
        findings.is_empty(),
        "{} findings, the first of them: {:#?}",
        findings.len(),
        findings.iter().take(20).collect::<Vec<_>>()
    );
}
