//! Which tables were in force when: what an answer is held against.
//!
//! ```text
//! version 0 ────────────┐ file replaced      every worker has it
//!                       ├──────────────────────────┤
//!                       └ version 1 may answer     └ version 0 may not any more
//! ```
//!
//! Envoy says when it has taken a new configuration; its workers then get it by message, one after
//! the other. Between, each worker goes from the old table to the new one, once: on a connection,
//! which stays with its worker, no answer of the old table may follow one of the new.

use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use crate::policy::verdict;

/// How long after Envoy's word its workers may take: a message to each, on a busy machine.
pub(crate) const GRACE: Duration = Duration::from_secs(1);

/// Of each version: when its file was about to be put there, and when Envoy said that it has it.
pub(crate) struct Timeline(RwLock<Vec<Version>>);

#[derive(Debug, Clone, Copy)]
struct Version {
    begun: Instant,
    in_force: Option<Instant>,
}

/// An answer that no table in force gives.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// Versions that were in force.
    pub(crate) could: Vec<u64>,
    /// The version that this connection had seen already.
    pub(crate) seen: u64,
}

impl Timeline {
    /// With version 0 in force since then.
    pub(crate) fn new(start: Instant) -> Self {
        Self(RwLock::new(vec![Version { begun: start, in_force: Some(start) }]))
    }

    /// The next version is about to come.
    pub(crate) fn begin(&self) {
        let mut versions = self.0.write().unwrap_or_else(PoisonError::into_inner);
        versions.push(Version { begun: Instant::now(), in_force: None });
    }

    /// Envoy says that it has the newest version.
    pub(crate) fn in_force(&self) {
        let mut versions = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(version) = versions.last_mut() {
            version.in_force = Some(Instant::now());
        }
    }

    /// Judges an answer; `seen` is the newest version that its connection is known to have reached,
    /// and is raised where the answer can only be of a newer one.
    pub(crate) fn judge(
        &self,
        key: usize,
        status: u16,
        sent: Instant,
        received: Instant,
        seen: &mut u64,
    ) -> Result<(), Wrong> {
        let versions = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let replaced = |at: usize| versions.get(at + 1).and_then(|next| next.in_force);
        // From the newest back: all older ones were replaced long ago.
        let could = versions
            .iter()
            .enumerate()
            .rev()
            .take_while(|(at, _)| replaced(*at).is_none_or(|replaced| sent <= replaced + GRACE))
            .filter(|(_, version)| version.begun <= received);
        let could: Vec<u64> = could.map(|(at, _)| at as u64).collect();
        let fitting =
            could.iter().filter(|version| **version >= *seen && verdict(key, **version) == status);
        match fitting.min() {
            Some(oldest) => {
                *seen = *oldest;
                Ok(())
            }
            None => Err(Wrong { could, seen: *seen }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key that gets 401 from version 0, 403 from version 1, 200 from version 2.
    const KEY: usize = 1;

    #[test]
    fn before_during_and_after_a_change() {
        assert_eq!([0, 1, 2].map(|version| verdict(KEY, version)), [401, 403, 200]);
        let start = Instant::now();
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        let timeline = Timeline::new(start);
        let judge = |status, sent, received, seen: &mut u64| {
            timeline.judge(KEY, status, at(sent), at(received), seen).is_ok()
        };
        assert!(judge(401, 1, 2, &mut 0));
        assert!(!judge(403, 1, 2, &mut 0), "of a version to come");
        {
            let mut versions = timeline.0.write().unwrap();
            versions.push(Version { begun: at(10), in_force: Some(at(12)) });
        }
        assert!(!judge(403, 8, 9, &mut 0), "answered before the change");
        assert!(judge(401, 9, 11, &mut 0) && judge(403, 9, 11, &mut 0), "during the change");
        assert!(judge(403, 15, 16, &mut 0));
        assert!(!judge(401, 15, 16, &mut 0), "of the old version after the change");
        let mut seen = 0;
        assert!(judge(401, 10, 11, &mut seen) && seen == 0);
        assert!(judge(403, 10, 11, &mut seen) && seen == 1);
        assert!(!judge(401, 10, 11, &mut seen), "back to the old version on one connection");
    }
}
