//! The decision function on the table, without a proxy.

use std::time::Instant;

use anyhow::{Result, anyhow};
use policy_table::{Table, decide};

use super::Engine;
use crate::case::Case;
use crate::judgement::Judgement;
use crate::observed::Observed;
use crate::request::Request;

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
        let request = Request::of_case(case)?;
        let headers = request.header_lines();
        let start = Instant::now();
        let decision = decide(&table, &request.plain(&headers));
        let time = start.elapsed();
        Ok(Observed::judged(Judgement::of_decision(&table, &decision), time))
    }
}
