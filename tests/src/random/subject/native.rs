//! The decision function on the table.

use anyhow::{Result, anyhow};
use policy_table::{Table, decide};

use super::Reading;
use crate::judgement::Judgement;
use crate::request::Request;

pub(super) struct Native<'a> {
    table: Table<'a>,
}

impl<'a> Native<'a> {
    pub(super) fn new(table: &'a [u8]) -> Result<Self> {
        let table =
            Table::from_bytes(table).map_err(|error| anyhow!("the table is refused: {error}"))?;
        Ok(Self { table })
    }
}

impl Reading for Native<'_> {
    fn judge(&mut self, request: &Request) -> Result<Option<Judgement>> {
        let headers = request.header_lines();
        let decision = decide(&self.table, &request.plain(&headers));
        Ok(Some(Judgement::of_decision(&self.table, &decision)))
    }

    fn names_endpoints(&self) -> bool {
        true
    }
}
