//! What the simulator itself takes: a request through a module that does nothing.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::time::{Duration, Instant};

use common::{empty, ten_headers};
use host_sim::{Host, Request};

/// Rounds, of which the fastest says what the simulator takes: others shared the machine.
const ROUNDS: u32 = 1000;
const REQUESTS: u32 = 100;

/// Printed, not judged: `cargo nextest run -p host-sim --test overhead --no-capture`.
#[test]
fn a_request_through_an_empty_module_is_timed() {
    for timed in [false, true] {
        let mut host = empty().timed(timed).start().unwrap();
        let (whole, inside) = fastest_round(&mut host);
        println!(
            "a request through an empty module: {whole:?}, clock read {timed}: {inside} ns in six callbacks"
        );
    }
}

/// A request in all, and of that inside of callbacks.
fn fastest_round(host: &mut Host) -> (Duration, u64) {
    let (mut whole, mut inside) = (Duration::MAX, u64::MAX);
    for _ in 0..ROUNDS {
        let requests: Vec<Request> = (0..REQUESTS).map(|_| ten_headers()).collect();
        let mut outcomes = Vec::with_capacity(requests.len());
        let begun = Instant::now();
        outcomes.extend(requests.into_iter().map(|request| host.request(request)));
        whole = whole.min(begun.elapsed() / REQUESTS);
        let nanoseconds: u64 = outcomes.iter().map(|outcome| outcome.cost.nanoseconds).sum();
        inside = inside.min(nanoseconds / u64::from(REQUESTS));
        assert!(outcomes.iter().all(|outcome| outcome.cost.entries == 6));
    }
    (whole, inside)
}
