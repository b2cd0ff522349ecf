//! Metrics of the host. A host that has none takes nothing from the filter.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::abi::{self, Metric};

thread_local! {
    /// Metrics by name: hosts give a new id for each definition, and a module may have several
    /// root contexts, one after the other.
    static METRICS: RefCell<BTreeMap<String, Metric>> = const { RefCell::new(BTreeMap::new()) };
    /// The gauges of the tables that were in force when they were last shown. A module that runs for
    /// months sees any number of tables, so that no others are kept.
    static TABLES: RefCell<Vec<(String, Metric)>> = const { RefCell::new(Vec::new()) };
}

/// Adds to the counter of this name.
pub(crate) fn add(name: &str, count: u64) {
    if let Some(counter) = metric(name, Metric::counter) {
        let _ = counter.add(count);
    }
}

/// Shows the ids of the tables that are in force in this module, and since when the newest of them is.
///
/// The modules of all workers share the host's gauges. A table that one has let go may be in force in
/// another, which then shows it again; the last to let it go leaves its gauge at 0.
pub(crate) fn show_tables(ids: impl Iterator<Item = String>, newest: Option<u64>) {
    let (before, mut shown) = (TABLES.take(), Vec::new());
    for id in ids {
        let name = format!("portcullis.table.id.{id}");
        let known = before.iter().find(|(other, _)| *other == name).map(|(_, gauge)| *gauge);
        let Some(gauge) = known.or_else(|| Metric::gauge(&name).ok()) else { continue };
        let _ = gauge.set(1);
        shown.push((name, gauge));
    }
    for (name, gauge) in &before {
        if !shown.iter().any(|(other, _)| other == name) {
            let _ = gauge.set(0);
        }
    }
    TABLES.set(shown);
    if let Some(newest) = newest
        && let Some(gauge) = metric("portcullis.table.loaded_at", Metric::gauge)
    {
        let _ = gauge.set(newest);
    }
}

fn metric(name: &str, define: impl Fn(&str) -> Result<Metric, abi::Refused>) -> Option<Metric> {
    METRICS.with(|metrics| {
        // Never borrowed twice: nothing in here calls back.
        let mut metrics = metrics.try_borrow_mut().ok()?;
        if let Some(metric) = metrics.get(name) {
            return Some(*metric);
        }
        let metric = define(name).ok()?;
        metrics.insert(name.to_owned(), metric);
        Some(metric)
    })
}
