//! What is expected of an outcome.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::bytes::Bytes;
use crate::budget::Budget;
use crate::headers::Headers;
use crate::outcome::Outcome;

/// What is expected; whatever is not said is not looked at.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Expectation {
    /// The status that the client gets.
    pub status: Option<u16>,
    /// Whether the request goes to the upstream and its response to the client.
    pub continued: Option<bool>,
    /// How the exchange ends: `continued`, `local_reply`, `paused`, `closed`, `trapped` or
    /// `unavailable`.
    pub verdict: Option<String>,
    /// Response-code details, exactly.
    pub details: Option<Bytes>,
    /// The body that the client gets, exactly.
    pub body: Option<Bytes>,
    /// Headers that the upstream gets; each must be there with this value.
    pub request_headers: Vec<(Bytes, Bytes)>,
    /// Headers that the upstream must not get.
    pub no_request_headers: Vec<Bytes>,
    /// Headers that the client gets; each must be there with this value.
    pub response_headers: Vec<(Bytes, Bytes)>,
    /// Headers that the client must not get.
    pub no_response_headers: Vec<Bytes>,
    /// A text that some log line contains.
    pub log: Option<String>,
    /// Filter state, by path.
    pub filter_state: BTreeMap<String, Bytes>,
    /// How often each of these host functions is called, exactly.
    pub host_calls: BTreeMap<String, u64>,
    /// What it may cost at most.
    pub at_most: Budget,
}

impl Expectation {
    /// What does not hold: one sentence each.
    pub fn check(&self, outcome: &Outcome) -> Vec<String> {
        let mut findings = Findings::default();
        findings.equal("status", &self.status, outcome.status());
        findings.equal("continued", &self.continued, Some(outcome.continued()));
        findings.equal("verdict", &self.verdict, Some(outcome.verdict.name().to_owned()));
        findings.equal("details", &self.details, outcome.details.clone().map(Bytes));
        let body = outcome.response.as_ref().map(|response| Bytes(response.body.clone()));
        findings.equal("body", &self.body, body);
        let upstream = outcome.upstream_headers();
        findings.headers("request", &self.request_headers, &self.no_request_headers, upstream);
        let response = outcome.response.as_ref().map(|response| &response.headers);
        findings.headers("response", &self.response_headers, &self.no_response_headers, response);
        if let Some(text) = self.log.as_deref().filter(|text| !outcome.logged(text)) {
            findings.add(format!("log: no line contains `{text}`"));
        }
        for (path, expected) in &self.filter_state {
            let found = outcome.filter_state(path).map(Bytes::from);
            findings.equal(&format!("filter state `{path}`"), &Some(expected.clone()), found);
        }
        for (name, expected) in &self.host_calls {
            let found = outcome.cost.host_calls(name);
            findings.equal(&format!("calls of `{name}`"), &Some(*expected), Some(found));
        }
        let excesses = outcome.cost.beyond(&self.at_most);
        excesses.iter().for_each(|excess| findings.add(excess.to_string()));
        findings.0
    }
}

#[derive(Default)]
struct Findings(Vec<String>);

impl Findings {
    fn add(&mut self, finding: String) {
        self.0.push(finding);
    }

    fn equal<T: PartialEq + Shown>(&mut self, what: &str, expected: &Option<T>, found: Option<T>) {
        let Some(expected) = expected else {
            return;
        };
        if found.as_ref() != Some(expected) {
            let found = found.map_or_else(|| "nothing".to_owned(), |found| found.shown());
            self.add(format!("{what}: expected {}, found {found}", expected.shown()));
        }
    }

    fn headers(
        &mut self,
        side: &str,
        wanted: &[(Bytes, Bytes)],
        unwanted: &[Bytes],
        found: Option<&Headers>,
    ) {
        let empty = Headers::new();
        let headers = found.unwrap_or(&empty);
        for (name, value) in wanted {
            let values = headers.all(&name.0);
            if !values.contains(&value.0.as_slice()) {
                let found: Vec<String> =
                    values.into_iter().map(|value| Bytes::from(value).shown()).collect();
                let found =
                    if found.is_empty() { "nothing".to_owned() } else { found.join(" and ") };
                let (name, value) = (name.shown(), value.shown());
                self.add(format!("{side} header {name}: expected {value}, found {found}"));
            }
        }
        for name in unwanted {
            if let Some(value) = headers.first(&name.0) {
                let (name, value) = (name.shown(), Bytes::from(value).shown());
                self.add(format!("{side} header {name}: expected none, found {value}"));
            }
        }
    }
}

/// How a value stands in a finding.
trait Shown {
    fn shown(&self) -> String;
}

impl Shown for Bytes {
    fn shown(&self) -> String {
        match str::from_utf8(&self.0) {
            Ok(text) => format!("`{text}`"),
            Err(_) => format!("`{}`", self.0.escape_ascii()),
        }
    }
}

impl Shown for String {
    fn shown(&self) -> String {
        format!("`{self}`")
    }
}

macro_rules! shown_as_is {
    ($($type:ty),*) => {$(
        impl Shown for $type {
            fn shown(&self) -> String {
                self.to_string()
            }
        }
    )*};
}

shown_as_is!(u16, u64, bool);
