//! Changes the table every few seconds, and notes each second what Envoy holds in memory.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use portcullis_benches::envoy::{Envoy, Memory};

use crate::timeline::Timeline;
use crate::updates::{STATISTICS, Updates, taken};

/// How long Envoy may take to take a new version.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Keeper<'a> {
    pub(crate) envoy: &'a Envoy,
    pub(crate) timeline: &'a Timeline,
    pub(crate) ended: &'a AtomicBool,
    pub(crate) begin: Instant,
    pub(crate) every: Duration,
}

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// Seconds since the begin, and what Envoy held.
    pub(crate) memory: Vec<(f64, Memory)>,
    /// How long each change took, from the new file to Envoy's word.
    pub(crate) changes: Vec<Duration>,
}

impl Keeper<'_> {
    /// Until the run has ended; a failure ends the run.
    pub(crate) fn keep(&self, updates: &mut Updates) -> Result<Kept> {
        let kept = self.changes(updates);
        self.ended.store(true, Ordering::Relaxed);
        kept
    }

    fn changes(&self, updates: &mut Updates) -> Result<Kept> {
        let mut kept = Kept::default();
        let mut change = self.begin + self.every;
        while !self.ended.load(Ordering::Relaxed) {
            kept.memory.push((self.begin.elapsed().as_secs_f64(), self.envoy.memory()?));
            if Instant::now() >= change {
                kept.changes.push(self.change(updates)?);
                change += self.every;
            }
            std::thread::sleep(Duration::from_secs(1));
        }
        Ok(kept)
    }

    fn change(&self, updates: &mut Updates) -> Result<Duration> {
        let (before, _) = taken(&self.envoy.admin(STATISTICS)?);
        let resource = updates.next()?;
        self.timeline.begin();
        let start = Instant::now();
        updates.put(&resource)?;
        loop {
            let (now, refused) = taken(&self.envoy.admin(STATISTICS)?);
            ensure!(refused == 0, "Envoy refused a table: {}", self.envoy.last_words());
            if now > before {
                self.timeline.in_force();
                return Ok(start.elapsed());
            }
            ensure!(
                start.elapsed() < PATIENCE,
                "Envoy does not take a new table: {}",
                self.envoy.last_words()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}
