//! Waiting for what has no event of its own, such as an update that Envoy takes from a file.

use std::time::{Duration, Instant};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks again and again until it is so.
///
/// # Panics
/// When patience ends: then the test has failed.
pub fn wait(what: &str, done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "waited for {what} in vain");
        std::thread::sleep(PAUSE);
    }
}
