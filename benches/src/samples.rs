//! Times of single calls, and what is said of them.

use crate::statistics::float;
use std::time::Duration;

/// Times of single calls in nanoseconds, what the clock itself takes not yet subtracted.
#[derive(Debug, Clone, Default)]
pub struct Samples(Vec<u32>);

/// What is said of many times, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// Half of the calls took at most this.
    pub p50: f64,
    /// 99 of 100 calls took at most this.
    pub p99: f64,
    /// The mean of all but the slowest thousandth, in which the machine did something else.
    pub mean: f64,
}

impl Samples {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds the time of one call.
    pub fn push(&mut self, time: Duration) {
        self.0.push(u32::try_from(time.as_nanos()).unwrap_or(u32::MAX));
    }

    /// The summary, with `nothing` subtracted from each: the time of a call that does nothing.
    #[must_use]
    pub fn summary(&self, nothing: f64) -> Summary {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let at = |per_mille: usize| {
            let position = sorted.len().saturating_sub(1) * per_mille / 1_000;
            sorted.get(position).copied().map_or(0.0, f64::from) - nothing
        };
        let usual = sorted.get(..sorted.len() * 999 / 1_000).unwrap_or_default();
        let sum: u64 = usual.iter().copied().map(u64::from).sum();
        let mean = float(sum) / float(usual.len().max(1)) - nothing;
        Summary { p50: at(500), p99: at(990), mean }
    }
}
