//! What a table holds and what it costs.

use std::fmt;

use policy_table::{Counts, Table};
use serde::Serialize;

use crate::counted::counted;

/// What a worker needs beside the table: the filter's code, stack and request buffers.
pub const FILTER_BYTES: usize = 2 << 20;

/// The memory of the smallest host: 16 MiB a worker.
pub const SMALL_HOST_BYTES: usize = 16 << 20;

/// Whose names a table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct NamesKept {
    /// Those of clients.
    pub clients: bool,
    /// Those of keys.
    pub keys: bool,
}

/// The figures that `compile` and `inspect` show.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The table id, 64 hexadecimal characters.
    pub table_id: String,
    /// The size of the table.
    pub bytes: usize,
    /// Clients.
    pub clients: usize,
    /// Keys.
    pub keys: usize,
    /// Collections.
    pub collections: usize,
    /// Endpoints.
    pub endpoints: usize,
    /// Distinct IP rules.
    pub ip_sets: usize,
    /// Ranges of all IP rules, after overlaps were joined.
    pub ip_ranges: usize,
    /// Whether the names of all clients and of all keys are in it, or ids that stand for them.
    pub names: NamesKept,
    /// Table bytes a key; null without keys.
    pub bytes_per_key: Option<f64>,
    /// The least that a key can take, whatever the format: its digest among so many, which of the
    /// clients, which attributes and which dates it has; null without keys.
    pub least_bytes_per_key: Option<f64>,
    /// Bytes a worker needs: the table and [`FILTER_BYTES`].
    pub memory_per_worker: usize,
    /// Whether that is within [`SMALL_HOST_BYTES`].
    pub fits_16_mib: bool,
}

impl Summary {
    /// The figures of a table of `bytes` bytes.
    pub fn of(table: &Table<'_>, bytes: usize) -> Self {
        let counts = table.counts();
        let memory_per_worker = bytes.saturating_add(FILTER_BYTES);
        Self {
            table_id: table.id().to_string(),
            bytes,
            clients: counts.clients,
            keys: counts.keys,
            collections: counts.collections,
            endpoints: counts.endpoints,
            ip_sets: counts.address_rules,
            ip_ranges: counts.address_ranges,
            names: NamesKept { clients: table.has_client_names(), keys: table.has_key_names() },
            bytes_per_key: per_key(bytes, counts.keys),
            least_bytes_per_key: least_per_key(&counts),
            memory_per_worker,
            fits_16_mib: memory_per_worker <= SMALL_HOST_BYTES,
        }
    }

    /// The figures as lines for people.
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let bytes_per_key = match self.bytes_per_key {
            Some(bytes) => format!("{bytes:.1}"),
            None => "no keys".to_owned(),
        };
        let least = self.least_bytes_per_key.map_or(String::new(), |least| {
            format!(" (the least possible for the keys alone is {least:.1})")
        });
        vec![
            ("table id", self.table_id.clone()),
            ("clients", self.clients.to_string()),
            ("keys", self.keys.to_string()),
            ("collections", self.collections.to_string()),
            ("endpoints", self.endpoints.to_string()),
            ("IP ranges", self.ranges()),
            ("bytes", format!("{} ({})", self.bytes, mebibytes(self.bytes))),
            ("names", self.names.to_string()),
            ("bytes a key", bytes_per_key + &least),
            (
                "memory per worker",
                format!(
                    "{}: the table and about {} for the filter",
                    mebibytes(self.memory_per_worker),
                    mebibytes(FILTER_BYTES)
                ),
            ),
            ("fits a 16 MiB host", if self.fits_16_mib { "yes" } else { "no" }.to_owned()),
        ]
    }
}

impl Summary {
    /// A table holds the stretches between the bounds of a rule, those that it lets in and the others.
    fn ranges(&self) -> String {
        match self.ip_sets {
            0 => "none".to_owned(),
            rules => format!("{}, allowed or not, in {}", self.ip_ranges, counted(rules, "rule")),
        }
    }
}

/// A size in MiB with one decimal.
fn mebibytes(bytes: usize) -> String {
    let tenths = bytes.saturating_mul(10).saturating_add(1 << 19) >> 20;
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}

/// Bits of N distinct digests of which 128 bits are kept, log2 of the number of ways to choose them,
/// which is N · (128 − log2 N + log2 e) but for a vanishing rest, and for each key the bits that tell
/// its client, attributes and window from the others.
fn least_per_key(counts: &Counts) -> Option<f64> {
    let keys = float(counts.keys)?;
    if counts.keys == 0 {
        return None;
    }
    let digest = 128.0 - keys.log2() + std::f64::consts::LOG2_E;
    let choices = [counts.clients, counts.key_attributes, counts.key_windows];
    let choices: f64 =
        choices.into_iter().filter_map(float).map(|count| count.max(1.0).log2()).sum();
    Some(((digest + choices) / 8.0 * 10.0).round() / 10.0)
}

fn float(count: usize) -> Option<f64> {
    u32::try_from(count).ok().map(f64::from)
}

impl fmt::Display for NamesKept {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match (self.clients, self.keys) {
            (true, true) => "of clients and keys",
            (true, false) => "of clients; ids stand for those of keys",
            (false, true) => "of keys; ids stand for those of clients",
            (false, false) => "left out; ids stand for them",
        })
    }
}

/// With one decimal, so that the figure reads the same everywhere.
fn per_key(bytes: usize, keys: usize) -> Option<f64> {
    let tenths = bytes.saturating_mul(10).checked_div(keys)?;
    u32::try_from(tenths).ok().map(|tenths| f64::from(tenths) / 10.0)
}
