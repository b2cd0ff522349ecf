//! What an engine made of a request.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::judgement::Judgement;
use crate::upstream::Received;

/// May the request pass?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It went on to the upstream.
    Allow,
    /// It was answered at the edge.
    Deny,
}

impl From<policy_table::Verdict> for Verdict {
    fn from(verdict: policy_table::Verdict) -> Self {
        match verdict {
            policy_table::Verdict::Allow => Self::Allow,
            policy_table::Verdict::Deny => Self::Deny,
        }
    }
}

/// What an engine made of a request.
#[derive(Debug, Clone)]
pub struct Observed {
    /// Whether it passed.
    pub verdict: Verdict,
    /// The status of a denial.
    pub status: Option<u16>,
    /// The reason code.
    pub reason: String,
    /// The client, where one was found.
    pub client: Option<String>,
    /// The key's name, where it was found.
    pub key: Option<String>,
    /// The collection, where an endpoint was found.
    pub collection: Option<String>,
    /// The headers of a denial, names in lower case; none where there is no denial, or the engine makes no response.
    pub response_headers: Option<Vec<(String, Vec<u8>)>>,
    /// The body of a denial.
    pub body: Vec<u8>,
    /// What the upstream got; only from engines that have one.
    pub upstream: Option<Received>,
    /// Calls into the host; only from the simulator.
    pub host_calls: Option<u64>,
    /// How long it took: the filter alone, or in Envoy the whole exchange.
    pub time: Duration,
}

impl Observed {
    /// What can be observed of a judgement without a proxy: of a denial's headers only `Allow`.
    pub fn judged(judgement: Judgement, time: Duration) -> Self {
        let allow = judgement.allow.as_ref();
        let allow = allow.map(|methods| vec![("allow".to_owned(), methods.clone().into_bytes())]);
        Self {
            verdict: Verdict::from(judgement.verdict()),
            status: judgement.status(),
            reason: judgement.reason.code().to_owned(),
            client: judgement.client,
            key: judgement.key,
            collection: judgement.collection,
            response_headers: allow,
            body: Vec::new(),
            upstream: None,
            host_calls: None,
            time,
        }
    }

    /// The values of a header of the denial, as text.
    pub fn response_header(&self, name: &str) -> Vec<String> {
        self.response_headers
            .iter()
            .flatten()
            .filter(|(known, _)| known == name)
            .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
            .collect()
    }
}
