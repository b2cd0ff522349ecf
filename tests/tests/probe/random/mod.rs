//! Random scenarios, which nobody has thought of before.
//!
//! ```text
//! seed ─► generator ─► sketch ─► host-sim, Envoy ─► judge ─► shrink ─► the smallest sketch that differs in that way
//! ```
//!
//! `PORTCULLIS_PROBES=2000` tries so many that were never tried before, and `PORTCULLIS_SEED` those that began with a seed.
//! Without them the same few are tried each time. What differs is made a scenario of `scenarios.yaml` and mended, or
//! listed with its reason in `differences.yaml`.

mod course;
mod dice;
mod generator;
mod judge;
mod shrink;
mod sketch;
mod vocabulary;
mod words;

use std::collections::BTreeMap;
use std::time::Duration;

use portcullis_tests::random::compare::seed;

use crate::compare;
use judge::{Judged, judge};

/// Scenarios in one Envoy.
const TOGETHER: usize = 100;

/// Envoy is given this time, on a machine that has much else to do, too.
const PATIENCE: Duration = Duration::from_secs(5);

#[test]
fn host_sim_answers_random_calls_as_envoy_does() {
    let (first, count) = match std::env::var("PORTCULLIS_PROBES") {
        Ok(count) => (seed().unwrap(), count.parse().unwrap()),
        Err(_) => (1, 100),
    };
    println!("PORTCULLIS_SEED={first} PORTCULLIS_PROBES={count}");
    let known = compare::known().unwrap();
    let mut kinds: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let (mut same, mut compared) = (0, 0);
    let seeds: Vec<u64> = (first..first + count).collect();
    for seeds in seeds.chunks(TOGETHER) {
        let sketches: Vec<_> = seeds.iter().map(|seed| generator::sketch(*seed)).collect();
        let judged = judge(&sketches, &known, PATIENCE).unwrap();
        for ((seed, sketch), judged) in seeds.iter().zip(&sketches).zip(judged) {
            if let Judged::Same { results } = judged {
                same += 1;
                compared += results;
            }
            let Some(kind) = judged.kind() else { continue };
            let alike = kinds.entry(kind.clone()).or_default();
            alike.push(*seed);
            // One of a kind is enough.
            if alike.len() == 1 {
                let (smallest, judged) = shrink::shrink(sketch, judged, &known).unwrap();
                println!("seed {seed}: {kind}\n{smallest}{judged}\n");
            }
        }
    }
    println!("{same} scenarios alike, {compared} results; {kinds:#?}");
    assert!(kinds.is_empty(), "host-sim and Envoy differ in {} ways", kinds.len());
    assert!(same > 0 && compared > same * 10, "only {compared} results of {same} scenarios");
}
