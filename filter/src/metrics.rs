//! Metrics of the host. A host that has none takes nothing from the filter.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::abi::{self, Metric};

thread_local! {
    /// Metrics by name: hosts give a new id for each definition, and a module may have several
    /// root contexts, one after the other.
    static METRICS: RefCell<BTreeMap<String, Metric>> = const { RefCell::new(BTreeMap::new()) };
    /// The gauges of the tables that were in force when they were last shown.
    static TABLES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
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
    let gauges: Vec<String> = ids.map(|id| format!("portcullis.table.id.{id}")).collect();
    let before = TABLES.take();
    before.iter().filter(|gauge| !gauges.contains(gauge)).for_each(|gauge| set(gauge, 0));
    gauges.iter().for_each(|gauge| set(gauge, 1));
    TABLES.set(gauges);
    if let Some(newest) = newest {
        set("portcullis.table.loaded_at", newest);
    }
}

fn set(name: &str, value: u64) {
    if let Some(gauge) = metric(name, Metric::gauge) {
        let _ = gauge.set(value);
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
