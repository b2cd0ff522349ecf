//! A decision with names instead of indexes.

use policy_table::{Decision, Label, Table};
use serde::Serialize;

/// What was decided, as `explain --json` writes it; names that are not known are null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer<'t> {
    /// `allow` or `deny`.
    pub verdict: &'static str,
    /// The stable code that says why.
    pub reason: &'static str,
    /// What the caller sees; null where the request goes on.
    pub status: Option<u16>,
    /// The client, once its key was found; an id where names were left out.
    pub client: Option<Label<'t>>,
    /// The key, once it was found; an id where names were left out.
    pub key: Option<Label<'t>>,
    /// The collection of the endpoint.
    pub collection: Option<&'t str>,
    /// The endpoint that matched.
    pub endpoint: Option<&'t str>,
}

impl<'t> Answer<'t> {
    /// The names behind a decision of this table.
    pub fn of(table: &Table<'t>, decision: &Decision) -> Self {
        Self {
            verdict: decision.verdict().code(),
            reason: decision.reason.code(),
            status: decision.reason.status(),
            client: decision.client.map(|client| table.client_name(client)),
            key: decision.key.map(|key| table.key_name(key)),
            collection: decision.collection.map(|collection| table.collection_name(collection)),
            endpoint: decision.endpoint.map(|endpoint| table.endpoint_name(endpoint)),
        }
    }
}
