//! What goes into the record, and onto the screen.

use portcullis_benches::generations::Generations;
use portcullis_benches::record::{Record, Row};
use portcullis_benches::statistics::{Spread, float};

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

    /// A median and the quartiles around it, over all generations, and how far the generations lie apart.
    fn generations(
        &mut self,
        what: &str,
        by: &str,
        amount: usize,
        measure: &str,
        values: &Generations,
    ) {
        let (Some(spread), Some((least, most))) = (values.spread(), values.extremes()) else {
            return;
        };
        let Spread { lower, median, upper } = spread;
        for (part, value) in [
            ("", median),
            (" q1", lower),
            (" q3", upper),
            (" of the least generation", least),
            (" of the greatest generation", most),
        ] {
            self.record.row(what, by, amount, &format!("{measure}{part}"), value, "us");
        }
    }

    /// Processor time a request: all of it, and what the filter adds. Nothing of a series that never ran.
    pub(crate) fn series(&mut self, what: &str, keys: usize, one: &Series, all: &[Series]) {
        self.series_by(what, "keys", keys, one, all);
    }

    /// The same, where something else than keys is varied.
    pub(crate) fn series_by(
        &mut self,
        what: &str,
        by: &str,
        amount: usize,
        one: &Series,
        all: &[Series],
    ) {
        self.generations(what, by, amount, "CPU", &one.used);
        if let Some(added) = one.added(all) {
            self.generations(what, by, amount, "added", &added);
        }
        self.generations(what, by, amount, "CPU of the server asked", &one.helped);
        if let Some(busy) = one.busy.spread() {
            self.record.row(what, by, amount, "busy", busy.median, "x");
            let count = float(one.busy.count());
            self.record.row(what, by, amount, "generations", count, "generations");
        }
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
