//! What a reading of the rules makes of a request.

use policy_table::{Decision, Reason, Table, Verdict};

/// What a reading of the rules makes of a request. Two of them agree in every field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// Why; verdict and status follow from it.
    pub reason: Reason,
    /// The client, once a key was found.
    pub client: Option<String>,
    /// The key's name, once it was found.
    pub key: Option<String>,
    /// The collection, once an endpoint was found.
    pub collection: Option<String>,
    /// The endpoint, once it was found: methods and path.
    pub endpoint: Option<String>,
    /// What a 405 says in `Allow`.
    pub allow: Option<String>,
}

impl Judgement {
    /// A judgement before anything is known about the request.
    pub fn of(reason: Reason) -> Self {
        Self { reason, client: None, key: None, collection: None, endpoint: None, allow: None }
    }

    /// What a table decided, with its names.
    pub fn of_decision(table: &Table<'_>, decision: &Decision) -> Self {
        let allow = (decision.reason == Reason::MethodNotAllowed)
            .then(|| table.allow(decision.allowed_methods).collect::<Vec<_>>().join(", "));
        let collection = decision.collection.map(|collection| table.collection_name(collection));
        let endpoint = decision.endpoint.map(|endpoint| table.endpoint_name(endpoint));
        Self {
            reason: decision.reason,
            client: decision.client.map(|client| table.client_name(client).to_string()),
            key: decision.key.map(|key| table.key_name(key).to_string()),
            collection: collection.map(str::to_owned),
            endpoint: endpoint.map(str::to_owned),
            allow,
        }
    }

    /// Whether the request passes.
    pub fn verdict(&self) -> Verdict {
        self.reason.verdict()
    }

    /// What the caller sees of a denial.
    pub fn status(&self) -> Option<u16> {
        self.reason.status()
    }
}
