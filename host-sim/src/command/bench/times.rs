//! How long requests took.

use std::collections::BTreeMap;

/// Binary digits that are told apart in a time: three decimal ones.
const DIGITS: u32 = 11;

/// Times, counted where they are alike: little is kept of few, as of each of very many cases, and only so much
/// of however many.
#[derive(Default)]
pub(super) struct Times {
    /// How many there were, by the longest of those that are alike.
    counts: BTreeMap<u64, u64>,
    count: u64,
    total: u64,
}

impl Times {
    pub(super) fn record(&mut self, nanoseconds: u64) {
        *self.counts.entry(longest_alike(nanoseconds)).or_default() += 1;
        self.count += 1;
        self.total = self.total.saturating_add(nanoseconds);
    }

    /// How many were recorded.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Nanoseconds that so great a share of the times did not exceed.
    pub(super) fn percentile(&self, percent: f64) -> u64 {
        let hundred_shares = percent * self.count as f64;
        let mut seen = 0;
        let mut times = self.counts.iter();
        let found = times.find(|(_, count)| {
            seen += **count;
            seen as f64 * 100.0 >= hundred_shares
        });
        found.map_or(0, |(time, _)| *time)
    }

    /// Nanoseconds of the longest.
    pub(super) fn max(&self) -> u64 {
        self.counts.last_key_value().map_or(0, |(time, _)| *time)
    }

    /// Nanoseconds on average.
    pub(super) fn mean(&self) -> f64 {
        self.total as f64 / self.count.max(1) as f64
    }
}

/// The longest time with the same first digits.
fn longest_alike(nanoseconds: u64) -> u64 {
    let told = (u64::BITS - nanoseconds.leading_zeros()).saturating_sub(DIGITS);
    nanoseconds | ((1 << told) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_of_a_time_are_told_apart() {
        assert_eq!(longest_alike(0), 0);
        assert_eq!(longest_alike(2047), 2047);
        assert_eq!(longest_alike(2048), 2049);
        assert_eq!(longest_alike(u64::MAX), u64::MAX);
        for time in (1..1_000_000_000).step_by(1_234_567) {
            let alike = longest_alike(time);
            assert!(alike >= time && alike - time <= time / 1000, "{time}: {alike}");
        }
    }

    #[test]
    fn percentiles_are_times_that_so_many_did_not_exceed() {
        let mut times = Times::default();
        assert_eq!((times.percentile(50.0), times.max(), times.count()), (0, 0, 0));
        for time in (1..=1000).rev() {
            times.record(time);
        }
        for (percent, time) in [(0.0, 1), (0.01, 1), (50.0, 500), (99.9, 999), (100.0, 1000)] {
            assert_eq!(times.percentile(percent), time, "{percent}");
        }
        assert_eq!((times.max(), times.count()), (1000, 1000));
        assert!((times.mean() - 500.5).abs() < 1e-9, "{}", times.mean());
    }

    /// There may be thousands of cases.
    #[test]
    fn few_times_take_little_and_many_take_no_more_than_so_much() {
        let mut times = Times::default();
        (0..10).for_each(|time| times.record(time * 1_000_000));
        assert!(times.counts.len() <= 10, "{}", times.counts.len());
        (0..100_000).for_each(|time| times.record(10_000_000 + time));
        assert!(times.counts.len() <= 10_000, "{}", times.counts.len());
    }
}
