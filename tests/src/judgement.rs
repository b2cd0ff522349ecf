//! What a reading of the rules makes of a request.

use policy_table::{Reason, Verdict};

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

    /// Whether the request passes.
    pub fn verdict(&self) -> Verdict {
        self.reason.verdict()
    }

    /// What the caller sees of a denial.
    pub fn status(&self) -> Option<u16> {
        self.reason.status()
    }
}
