//! The time a module sees.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The wall clock, until it is set: then it stands still until it is set again.
#[derive(Debug)]
pub(crate) struct Clock {
    /// Nanoseconds since 1970 that the caller has set.
    fixed: Option<u64>,
    /// Nanoseconds of the monotonic clock up to `since`.
    elapsed: u64,
    since: Instant,
}

impl Clock {
    pub(crate) fn wall() -> Self {
        Self { fixed: None, elapsed: 0, since: Instant::now() }
    }

    /// Stops the clock at `time`. The monotonic clock goes on by as much, and never back.
    pub(crate) fn set(&mut self, time: SystemTime) {
        let time = nanoseconds(time.duration_since(UNIX_EPOCH).unwrap_or_default());
        self.elapsed = self.monotonic().saturating_add(time.saturating_sub(self.now()));
        self.fixed = Some(time);
    }

    /// Lets the wall clock run again.
    pub(crate) fn release(&mut self) {
        self.elapsed = self.monotonic();
        self.since = Instant::now();
        self.fixed = None;
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
