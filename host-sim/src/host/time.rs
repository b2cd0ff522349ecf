//! The time that a module sees.

use std::time::{Duration, SystemTime};

use super::Host;
use crate::cost::Activity;
use crate::events;

impl Host {
    /// Lets every root context tick that has a tick period. Time does not pass by that: see
    /// [`advance`](Self::advance).
    pub fn tick(&mut self) -> Activity {
        events::tick(&mut self.vm);
        self.settle()
    }

    /// Lets time pass, and brings about what falls due on the way, each at its time: ticks,
    /// answers of other services, timeouts. Streams that are resumed by it go on. The clock stands
    /// still before and after.
    ///
    /// After 100,000 such moments, or callbacks, the rest is left out: ticks do not come, and answers
    /// and timeouts come at the end.
    pub fn advance(&mut self, duration: Duration) -> Activity {
        events::advance(&mut self.vm, duration);
        self.settle()
    }

    /// Lets so much time pass that every call to another service has been answered or has timed out.
    pub(crate) fn advance_past_timeouts(&mut self) -> Activity {
        let world = self.vm.world_ref();
        let last = world.callouts.last_due().unwrap_or_default();
        let passed = world.lasting.clock.passed();
        self.advance(Duration::from_nanos(last.saturating_sub(passed)))
    }

    /// Stops the clock that the module sees at a time, for
    /// `proxy_get_current_time_nanoseconds` and WASI alike. Nothing comes about by it.
    pub fn set_time(&mut self, time: SystemTime) {
        self.vm.world().lasting.clock.set(time);
    }

    /// Lets the module see the clock again that it sees at first: the wall clock, or what the
    /// [`Profile`](crate::Profile) has instead.
    pub fn use_wall_clock(&mut self) {
        self.vm.world().lasting.clock.release();
    }

    /// Brings about what has fallen due now that so much real time has passed since the start. The
    /// clock that the module sees is left alone.
    #[cfg(feature = "command")]
    pub(crate) fn catch_up(&mut self, passed: Duration) -> Activity {
        events::catch_up(&mut self.vm, passed);
        self.settle()
    }

    /// How much time has to pass since the start until the next thing comes about by itself: a
    /// tick, or the timeout of a call. None where nothing will.
    #[cfg(feature = "command")]
    pub(crate) fn next_due(&self) -> Option<Duration> {
        Some(&self.vm)
            .filter(|vm| !vm.is_dead())
            .and_then(events::next_due)
            .map(Duration::from_nanos)
    }

    /// Milliseconds between the ticks the module asked for; 0 for none.
    pub fn tick_period(&mut self) -> u32 {
        let root = self.root_for(None);
        self.vm.world().contexts.root(root).map_or(0, |root| root.tick_period)
    }
}
