//! The decision function on the table.

use anyhow::{Result, anyhow};
use policy_table::{PlainRequest, Table, decide};

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
        let headers: Vec<(&[u8], &[u8])> = request
            .headers
            .iter()
            .map(|(name, value)| (name.as_slice(), value.as_slice()))
            .collect();
        let table = &self.table;
        let decision = decide(
            table,
            &PlainRequest {
                method: &request.method,
                host: &request.host,
                path: &request.path,
                headers: &headers,
                address: request.address,
                now: request.now,
            },
        );
        let allow = (decision.reason == policy_table::Reason::MethodNotAllowed)
            .then(|| table.method_names(decision.allowed_methods).collect::<Vec<_>>().join(", "));
        Ok(Some(Judgement {
            reason: decision.reason,
            client: decision.client.map(|client| table.client_name(client).to_string()),
            key: decision.key.map(|key| table.key_name(key).to_string()),
            collection: decision
                .collection
                .map(|collection| table.collection_name(collection).to_owned()),
            endpoint: decision.endpoint.map(|endpoint| table.endpoint_name(endpoint).to_owned()),
            allow,
        }))
    }

    fn names_endpoints(&self) -> bool {
        true
    }
}
