//! Metrics of the host. A host that has none takes nothing from the filter.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::abi::{self, Metric};

thread_local! {
    /// Metrics by name: hosts give a new id for each definition, and a module may have several
    /// root contexts, one after the other.
    static METRICS: RefCell<BTreeMap<String, Metric>> = const { RefCell::new(BTreeMap::new()) };
    /// The gauge of the table that was loaded last.
    static TABLE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Adds to the counter of this name.
pub(crate) fn add(name: &str, count: u64) {
    if let Some(counter) = metric(name, Metric::counter) {
        let _ = counter.add(count);
    }
}

/// Notes which table is in force, and since when.
pub(crate) fn table_loaded(id: &str) {
    let gauge = format!("portcullis.table.id.{id}");
    let before = TABLE.with(|table| table.replace(gauge.clone()));
    if !before.is_empty() && before != gauge {
        set(&before, 0);
    }
    set(&gauge, 1);
    if let Ok(now) = abi::current_time() {
        set("portcullis.table.loaded_at", now / 1_000_000_000);
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
