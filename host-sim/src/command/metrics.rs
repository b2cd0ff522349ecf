//! Metrics as a table and as JSON.

use serde_json::{Value, json};

use super::table;
use crate::cases::Bytes;
use crate::metrics::Metric;

/// One line a metric, below an empty one; nothing where there are none.
pub(super) fn rows(metrics: &[(Vec<u8>, Metric)]) -> String {
    if metrics.is_empty() {
        return String::new();
    }
    let mut cells = vec![table::row(["metric", "kind", "value"])];
    cells.extend(metrics.iter().map(|(name, metric)| {
        let value = match metric {
            Metric::Counter(value) | Metric::Gauge(value) => value.to_string(),
            Metric::Histogram(values) => table::count(values.len(), "value"),
        };
        table::row([String::from_utf8_lossy(name).as_ref(), kind(metric), &value])
    }));
    format!("\n{}", table::text(&cells))
}

/// One JSON object in a line of its own.
pub(super) fn json(metrics: &[(Vec<u8>, Metric)]) -> String {
    let metrics: Vec<Value> = metrics
        .iter()
        .map(|(name, metric)| {
            let value = match metric {
                Metric::Counter(value) | Metric::Gauge(value) => json!(value),
                Metric::Histogram(values) => json!(values),
            };
            json!({ "name": Bytes::from(name.as_slice()), "kind": kind(metric), "value": value })
        })
        .collect();
    format!("{}\n", json!({ "metrics": metrics }))
}

fn kind(metric: &Metric) -> &'static str {
    match metric {
        Metric::Counter(_) => "counter",
        Metric::Gauge(_) => "gauge",
        Metric::Histogram(_) => "histogram",
    }
}
