//! Requests that are let in by neither of two tables, but answered otherwise.

use policy_table::Reason;
use policy_table::walk::Routed;
use serde::Serialize;

use super::classes::{Class, Gate};
use super::difference::Difference;

/// Requests without a credential that both tables refuse, each in its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OtherAnswer {
    /// One of them: method, host and path.
    pub example: String,
    /// Why the old table refuses them.
    pub old: &'static str,
    /// Why the new table refuses them.
    pub new: &'static str,
}

/// What is answered otherwise to requests without a credential, whatever their address: one entry a
/// class of requests.
pub fn other_answers(difference: &Difference<'_>) -> Vec<OtherAnswer> {
    let answers = difference.classes.iter().filter_map(|class| {
        let [old, new] = difference.tables;
        let [old_route, new_route] = class.routes;
        let (old, new) = (refusal(old, old_route)?, refusal(new, new_route)?);
        (old.status() != new.status()).then(|| OtherAnswer {
            example: example(class),
            old: old.code(),
            new: new.code(),
        })
    });
    answers.collect()
}

/// Why a request without a credential is refused, if it is.
fn refusal(
    table: &policy_table::Table<'_>,
    destination: super::classes::Destination,
) -> Option<Reason> {
    match (destination.gate(table), destination.routed) {
        (Gate::Open, _) => None,
        (Gate::Granted(_), _) => Some(Reason::CredentialMissing),
        (Gate::Closed, Routed::MethodNotAllowed) => Some(Reason::MethodNotAllowed),
        (Gate::Closed, Routed::Unknown) => Some(Reason::EndpointUnknown),
        (Gate::Closed, Routed::Endpoint(endpoint)) => match table.endpoint_facts(endpoint) {
            Some(facts) if facts.collection_active => Some(Reason::EndpointInactive),
            _ => Some(Reason::CollectionInactive),
        },
    }
}

fn example(class: &Class) -> String {
    let example = &class.example;
    format!("{} {}{}", example.method, example.host, example.path)
}
