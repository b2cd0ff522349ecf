//! Random policies and requests: the oracle and every engine judge alike. `PORTCULLIS_SEED` repeats a run.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code: a panic is a failed test")]

use portcullis_tests::random::compare::{Progress, compare, seed};
use portcullis_tests::random::subject::{Engine, Subject};

/// Reasons that no policy gives: the first is for where there is none, the others are reserved.
const NOT_YET: &[&str] = &["table_unavailable", "key_revoked", "rate_limited", "quota_exceeded"];

#[test]
fn oracle_and_table_agree() {
    let progress = agree(Engine::Native, 250, 150_000);
    let missing: Vec<&str> = policy_table::Reason::ALL
        .iter()
        .map(|reason| reason.code())
        .filter(|code| !NOT_YET.contains(code) && !progress.reasons.contains_key(code))
        .collect();
    assert!(missing.is_empty(), "no random request came to {missing:?}");
}

#[test]
fn oracle_and_filter_agree_in_host_sim() {
    agree(Engine::Simulator, 250, 50_000);
}

#[test]
fn oracle_and_filter_agree_in_envoy() {
    agree(Engine::Envoy, 80, 400);
}

fn agree(engine: Engine, requests: usize, decisions: u64) -> Progress {
    let seed = seed().unwrap();
    println!("PORTCULLIS_SEED={seed}");
    let subject = Subject::new(engine).unwrap();
    match compare(&subject, seed, requests, |progress| progress.decisions < decisions) {
        Ok(progress) => progress,
        Err(error) => panic!("{error:#}"),
    }
}
