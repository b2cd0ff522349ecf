//! host-sim against real Envoy: modules call every host function in every callback, with good and bad arguments, and every
//! status and value must be the same in both, but for the differences that `tests/probe/differences.yaml` lists with reasons.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "test code: a panic is a failed test"
)]

mod calls;
mod compare;
mod envoy;
mod grpc;
mod module;
mod random;
mod report;
mod scenario;
mod signatures;
mod simulator;

use std::collections::BTreeSet;

use scenario::Scenario;

#[test]
fn host_sim_answers_what_envoy_answers() {
    let scenarios = Scenario::all().unwrap();
    let reports = envoy::run(&scenarios).unwrap();
    let mut differences = Vec::new();
    let mut compared = 0;
    for scenario in &scenarios {
        let envoy = &reports[&scenario.name];
        let host_sim = simulator::run(scenario).unwrap().report;
        compared += envoy.results.len();
        differences.extend(compare::differences(&scenario.name, envoy, &host_sim));
    }
    let known = compare::known().unwrap();
    let unlisted: Vec<_> = differences
        .iter()
        .filter(|difference| !known.iter().any(|known| known.covers(difference)))
        .map(ToString::to_string)
        .collect();
    let gone: Vec<_> = known
        .iter()
        .filter(|known| !known.is_of_chance())
        .filter(|known| !differences.iter().any(|difference| known.covers(difference)))
        .map(ToString::to_string)
        .collect();
    println!("{compared} results compared, {} differ", differences.len());
    assert!(unlisted.is_empty(), "{} not listed:\n{}", unlisted.len(), unlisted.join("\n"));
    assert!(gone.is_empty(), "listed, but the same now:\n{}", gone.join("\n"));
    assert!(compared > 30_000, "only {compared} results");
}

#[test]
fn every_function_of_the_abi_is_called() {
    let scenarios = Scenario::all().unwrap();
    let called: BTreeSet<&str> = scenarios.iter().flat_map(Scenario::functions).collect();
    let missing: Vec<_> = signatures::names().filter(|name| !called.contains(name)).collect();
    assert!(missing.is_empty(), "never called: {missing:?}");
}
