//! What goes into the record, and onto the screen.

use anyhow::Result;
use portcullis_benches::record::{Record, Row};
use portcullis_benches::statistics::Spread;

use crate::rounds::Series;

/// The record of a run.
pub(crate) struct Report {
    pub(crate) record: Record,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self { record: Record::new("envoy") }
    }

    /// A figure of something with so many keys.
    pub(crate) fn row(&mut self, what: &str, keys: usize, measure: &str, value: f64, unit: &str) {
        self.record.row(what, "keys", keys, measure, value, unit);
    }

    /// A median and the quartiles around it.
    pub(crate) fn spread(
        &mut self,
        what: &str,
        by: &str,
        amount: usize,
        measure: &str,
        spread: Spread,
    ) {
        let Spread { lower, median, upper } = spread;
        self.record.row(what, by, amount, measure, median, "us");
        self.record.row(what, by, amount, &format!("{measure} q1"), lower, "us");
        self.record.row(what, by, amount, &format!("{measure} q3"), upper, "us");
    }

    /// Processor time a request: all of it, and what the filter adds.
    pub(crate) fn series(
        &mut self,
        what: &str,
        keys: usize,
        one: &Series,
        all: &[Series],
    ) -> Result<()> {
        self.series_by(what, "keys", keys, one, all)
    }

    /// The same, where something else than keys is varied.
    pub(crate) fn series_by(
        &mut self,
        what: &str,
        by: &str,
        amount: usize,
        one: &Series,
        all: &[Series],
    ) -> Result<()> {
        self.spread(what, by, amount, "CPU", one.used()?);
        if let Some(added) = one.added(all) {
            self.spread(what, by, amount, "added", added);
        }
        if let Some(helped) = Spread::of(&one.helped) {
            self.spread(what, by, amount, "CPU of the server asked", helped);
        }
        if let Some(busy) = Spread::of(&one.busy) {
            self.record.row(what, by, amount, "busy", busy.median, "x");
        }
        Ok(())
    }

    /// A recorded figure.
    pub(crate) fn value(&self, what: &str, by: &str, amount: usize, measure: &str) -> Option<f64> {
        let is = |row: &&Row| {
            row.what == what
                && row.by == by
                && row.amount == amount as u64
                && row.measure == measure
        };
        self.record.rows().iter().find(is).map(|row| row.value)
    }

    /// Where something was measured, by its amounts.
    pub(crate) fn amounts(&self, what: &str, by: &str, measure: &str) -> Vec<usize> {
        let rows = self.record.rows().iter();
        rows.filter(|row| row.what == what && row.by == by && row.measure == measure)
            .filter_map(|row| usize::try_from(row.amount).ok())
            .collect()
    }

    /// Adds a figure in its unit with the most that it may be, or where more is better the least.
    pub(crate) fn check(
        &mut self,
        what: &str,
        by: &str,
        amount: usize,
        measure: &str,
        (value, unit): (f64, &str),
        budget: f64,
    ) {
        self.record.row(what, by, amount, measure, value, unit);
        self.record.budget(budget);
    }
}
