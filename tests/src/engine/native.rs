//! The decision function on the table, without a proxy.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use policy_table::{Decision, PlainRequest, Table, decide};

use super::Engine;
use crate::case::Case;
use crate::observed::{Observed, Verdict};

/// `decide` on a proven table.
#[derive(Debug)]
pub struct Native {
    table: Vec<u8>,
}

impl Native {
    /// Takes a table's bytes.
    pub fn new(table: &[u8]) -> Self {
        Self { table: table.to_vec() }
    }
}

impl Engine for Native {
    fn name(&self) -> &'static str {
        "native"
    }

    fn runs(&self, _: &Case) -> bool {
        true
    }

    fn send(&mut self, case: &Case) -> Result<Observed> {
        let table = Table::from_bytes(&self.table)
            .map_err(|error| anyhow!("the table is refused: {error}"))?;
        let headers = case.headers();
        let headers: Vec<(&[u8], &[u8])> =
            headers.iter().map(|(name, value)| (name.as_slice(), value.as_slice())).collect();
        let request = PlainRequest {
            method: case.method.as_bytes(),
            host: case.host.as_bytes(),
            path: case.path.as_bytes(),
            headers: &headers,
            address: case.address()?,
            now: case.time.unwrap_or_else(jiff::Timestamp::now).as_second(),
        };
        let start = Instant::now();
        let decision = decide(&table, &request);
        Ok(decided(&table, &decision, start.elapsed()))
    }
}

/// What a decision says, as observed without a proxy.
pub(super) fn decided(table: &Table<'_>, decision: &Decision, time: Duration) -> Observed {
    let collection = decision.collection.map(|collection| table.collection_name(collection));
    Observed {
        verdict: Verdict::from(decision.verdict()),
        status: decision.reason.status(),
        reason: decision.reason.code().to_owned(),
        client: decision.client.map(|client| table.client_name(client).to_string()),
        key: decision.key.map(|key| table.key_name(key).to_string()),
        collection: collection.map(str::to_owned),
        response_headers: Vec::new(),
        body: Vec::new(),
        upstream: None,
        host_calls: None,
        time,
    }
}
