//! The time a module sees.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::profile::ClockKind;

/// The clock of a profile, until it is set: then it stands still until it is set again.
#[derive(Debug)]
pub(crate) struct Clock {
    kind: ClockKind,
    /// Nanoseconds since 1970 that the caller has set.
    fixed: Option<u64>,
    /// Nanoseconds of the monotonic clock up to `since`.
    elapsed: u64,
    since: Instant,
    /// Nanoseconds that somebody has let pass. What is due is due by these, so that no test
    /// depends on how long it takes.
    passed: u64,
}

impl Clock {
    pub(crate) fn wall() -> Self {
        Self::new(ClockKind::Wall)
    }

    pub(crate) fn new(kind: ClockKind) -> Self {
        let fixed = kind.stands_at();
        Self { kind, fixed, elapsed: fixed.unwrap_or(0), since: Instant::now(), passed: 0 }
    }

    /// Stops the clock where it is.
    pub(crate) fn stop(&mut self) {
        if self.fixed.is_none() {
            self.elapsed = self.monotonic();
            self.fixed = Some(self.now());
        }
    }

    /// Nanoseconds that have passed by [`go_to`](Self::go_to).
    pub(crate) fn passed(&self) -> u64 {
        self.passed
    }

    /// Lets a clock that stands go on, until so much has passed.
    pub(crate) fn go_to(&mut self, passed: u64) {
        let more = passed.saturating_sub(self.passed);
        self.passed = self.passed.saturating_add(more);
        self.elapsed = self.elapsed.saturating_add(more);
        self.fixed = self.fixed.map(|time| time.saturating_add(more));
    }

    /// So much has passed in the real world. What the module sees of the time does not follow it:
    /// the wall clock goes by itself, and a clock that is set stands.
    #[cfg(feature = "command")]
    pub(crate) fn pass(&mut self, passed: u64) {
        self.passed = self.passed.max(passed);
    }

    /// Stops the clock at `time`. The monotonic clock goes on by as much, and never back.
    pub(crate) fn set(&mut self, time: SystemTime) {
        let time = nanoseconds(time.duration_since(UNIX_EPOCH).unwrap_or_default());
        self.elapsed = self.monotonic().saturating_add(time.saturating_sub(self.now()));
        self.fixed = Some(time);
    }

    /// Goes on as it did before it was set. The monotonic clock never goes back.
    pub(crate) fn release(&mut self) {
        self.elapsed = self.monotonic();
        self.since = Instant::now();
        self.fixed = self.kind.stands_at();
    }

    /// Nanoseconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        self.fixed.unwrap_or_else(|| {
            nanoseconds(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
        })
    }

    /// Nanoseconds since some moment; never goes back.
    pub(crate) fn monotonic(&self) -> u64 {
        match self.fixed {
            Some(_) => self.elapsed,
            None => self.elapsed.saturating_add(nanoseconds(self.since.elapsed())),
        }
    }
}

/// Saturates after the year 2554.
pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_clock_stands_still() {
        let mut clock = Clock::wall();
        clock.set(UNIX_EPOCH + Duration::from_secs(5));
        assert_eq!(clock.now(), 5_000_000_000);
        assert_eq!(clock.monotonic(), clock.monotonic());
    }

    #[test]
    fn the_monotonic_clock_follows_forward_and_never_goes_back() {
        let mut clock = Clock::wall();
        clock.set(UNIX_EPOCH + Duration::from_secs(5));
        let before = clock.monotonic();
        clock.set(UNIX_EPOCH + Duration::from_secs(7));
        assert_eq!(clock.monotonic() - before, 2_000_000_000);
        clock.set(UNIX_EPOCH);
        assert_eq!(clock.monotonic() - before, 2_000_000_000);
        clock.release();
        assert!(clock.monotonic() >= before);
        assert!(clock.now() > 1_600_000_000_000_000_000);
    }
}
