//! Makes a scenario smaller that differs.

use std::time::Duration;

use anyhow::Result;

use super::judge::{Judged, judge};
use super::sketch::Sketch;
use crate::compare::Known;

/// Smaller scenarios that are tried at a time.
const TOGETHER: usize = 16;

/// Most of them wait in vain: a difference that this makes is not of the kind that is looked for.
const PATIENCE: Duration = Duration::from_millis(400);

/// The smallest that still differs in the same way, and what comes of it.
pub(super) fn shrink(sketch: &Sketch, judged: Judged, known: &[Known]) -> Result<(Sketch, Judged)> {
    let kind = judged.kind();
    let mut smallest = (sketch.clone(), judged);
    'smaller: loop {
        for smaller in smallest.0.smaller().chunks(TOGETHER) {
            let judged = judge(smaller, known, PATIENCE)?;
            let mut all = smaller.iter().cloned().zip(judged);
            if let Some(found) = all.find(|(_, judged)| judged.kind() == kind) {
                smallest = found;
                continue 'smaller;
            }
        }
        return Ok(smallest);
    }
}
