//! What is expected of an outcome.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::bytes::Bytes;
use super::values::Action;
use crate::budget::Budget;
use crate::given::given;
use crate::headers::Headers;
use crate::outcome::Outcome;

/// What is expected; whatever is not said is not looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Expectation {
    /// The status that the client gets.
    #[serde(deserialize_with = "given")]
    pub status: Option<u16>,
    /// Whether the request goes to the upstream and its response to the client.
    #[serde(deserialize_with = "given")]
    pub continued: Option<bool>,
    /// How the exchange ends: `continued`, `local_reply`, `paused`, `closed`, `trapped` or
    /// `unavailable`.
    #[serde(deserialize_with = "given")]
    pub verdict: Option<String>,
    /// Response-code details, exactly.
    #[serde(deserialize_with = "given")]
    pub details: Option<Bytes>,
    /// The body that the client gets, exactly.
    #[serde(deserialize_with = "given")]
    pub body: Option<Bytes>,
    /// The body that the upstream gets, or as much of it as the module let pass, exactly.
    #[serde(deserialize_with = "given")]
    pub request_body: Option<Bytes>,
    /// What the module's callbacks return, each in order.
    pub actions: Actions,
    /// Headers that the upstream gets; each must be there with this value.
    pub request_headers: Vec<(Bytes, Bytes)>,
    /// Headers that the upstream must not get.
    pub no_request_headers: Vec<Bytes>,
    /// Trailers that the upstream gets; each must be there with this value.
    pub request_trailers: Vec<(Bytes, Bytes)>,
    /// Headers that the client gets; each must be there with this value.
    pub response_headers: Vec<(Bytes, Bytes)>,
    /// Headers that the client must not get.
    pub no_response_headers: Vec<Bytes>,
    /// Trailers that the client gets; each must be there with this value.
    pub response_trailers: Vec<(Bytes, Bytes)>,
    /// A text that some log line contains.
    #[serde(deserialize_with = "given")]
    pub log: Option<String>,
    /// Filter state, by path.
    pub filter_state: BTreeMap<String, Bytes>,
    /// How often each of these host functions is called, exactly.
    pub host_calls: BTreeMap<String, u64>,
    /// What it may cost at most.
    pub at_most: Budget,
}

/// What callbacks return of a message: `continue`, `pause` or the number of an action, for each
/// time that they are entered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Actions {
    /// Of `proxy_on_request_headers`.
    #[serde(deserialize_with = "given")]
    pub request_headers: Option<Vec<Action>>,
    /// Of `proxy_on_request_body`, for each piece.
    #[serde(deserialize_with = "given")]
    pub request_body: Option<Vec<Action>>,
    /// Of `proxy_on_request_trailers`.
    #[serde(deserialize_with = "given")]
    pub request_trailers: Option<Vec<Action>>,
    /// Of `proxy_on_response_headers`.
    #[serde(deserialize_with = "given")]
    pub response_headers: Option<Vec<Action>>,
    /// Of `proxy_on_response_body`, for each piece.
    #[serde(deserialize_with = "given")]
    pub response_body: Option<Vec<Action>>,
    /// Of `proxy_on_response_trailers`.
    #[serde(deserialize_with = "given")]
    pub response_trailers: Option<Vec<Action>>,
}

impl Expectation {
    /// Whether it says how the exchange ends: then a trap is looked at like any other end.
    pub(super) fn tells_the_end(&self) -> bool {
        self.status.is_some() || self.continued.is_some() || self.verdict.is_some()
    }

    /// What does not hold: one sentence each.
    pub fn check(&self, outcome: &Outcome) -> Vec<String> {
        let mut findings = Findings::default();
        findings.equal("status", &self.status, outcome.status());
        findings.equal("continued", &self.continued, Some(outcome.continued()));
        findings.equal("verdict", &self.verdict, Some(outcome.verdict.name().to_owned()));
        findings.equal("details", &self.details, outcome.details.clone().map(Bytes));
        let body = outcome.response.as_ref().map(|response| Bytes(response.body.clone()));
        findings.equal("body", &self.body, body);
        let upstream = outcome.upstream.as_ref();
        let body = upstream.map(|upstream| Bytes(upstream.body.clone()));
        findings.equal("request body", &self.request_body, body);
        self.actions.check(outcome, &mut findings);
        let headers = upstream.map(|upstream| &upstream.headers);
        let unwanted = &self.no_request_headers;
        findings.headers("request header", &self.request_headers, unwanted, headers);
        let trailers = upstream.map(|upstream| &upstream.trailers);
        findings.headers("request trailer", &self.request_trailers, &[], trailers);
        let response = outcome.response.as_ref();
        let headers = response.map(|response| &response.headers);
        let unwanted = &self.no_response_headers;
        findings.headers("response header", &self.response_headers, unwanted, headers);
        let trailers = response.map(|response| &response.trailers);
        findings.headers("response trailer", &self.response_trailers, &[], trailers);
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

impl Actions {
    fn check(&self, outcome: &Outcome, findings: &mut Findings) {
        for (callback, expected) in [
            ("proxy_on_request_headers", &self.request_headers),
            ("proxy_on_request_body", &self.request_body),
            ("proxy_on_request_trailers", &self.request_trailers),
            ("proxy_on_response_headers", &self.response_headers),
            ("proxy_on_response_body", &self.response_body),
            ("proxy_on_response_trailers", &self.response_trailers),
        ] {
            let entered = outcome.callbacks.iter().filter(|entered| entered.name == callback);
            let found = entered.filter_map(|entered| entered.returned).map(Action).collect();
            findings.equal(&format!("actions of `{callback}`"), expected, Some(found));
        }
    }
}

/// What does not hold: one sentence each.
#[derive(Default)]
pub(super) struct Findings(pub(super) Vec<String>);

impl Findings {
    pub(super) fn add(&mut self, finding: String) {
        self.0.push(finding);
    }

    pub(super) fn equal<T: PartialEq + Shown>(
        &mut self,
        what: &str,
        expected: &Option<T>,
        found: Option<T>,
    ) {
        let Some(expected) = expected else {
            return;
        };
        if found.as_ref() != Some(expected) {
            let found = found.map_or_else(|| "nothing".to_owned(), |found| found.shown());
            self.add(format!("{what}: expected {}, found {found}", expected.shown()));
        }
    }

    /// What is wanted and not there, and the other way round; `kind` says what these are.
    pub(super) fn headers(
        &mut self,
        kind: &str,
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
                self.add(format!("{kind} {name}: expected {value}, found {found}"));
            }
        }
        for name in unwanted {
            if let Some(value) = headers.first(&name.0) {
                let (name, value) = (name.shown(), Bytes::from(value).shown());
                self.add(format!("{kind} {name}: expected none, found {value}"));
            }
        }
    }
}

/// How a value stands in a finding.
pub(super) trait Shown {
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

impl<T: Shown> Shown for Vec<T> {
    fn shown(&self) -> String {
        if self.is_empty() {
            return "none".to_owned();
        }
        self.iter().map(Shown::shown).collect::<Vec<_>>().join(", ")
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

shown_as_is!(u16, u64, bool, Action);
