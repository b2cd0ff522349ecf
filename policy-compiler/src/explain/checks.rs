//! The twelve checks, each with what it looked at.

use policy_table::settings::{ClientAddress, CredentialSource, Settings};
use policy_table::walk::{KeptDigest, client_address, decide_as};
use policy_table::{Decision, Reason, Table};
use serde::Serialize;

use super::{Answer, RequestData, ambiguous_path};
use crate::model::show_time;

/// One row of the order of checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Its number, 1 to 12.
    pub check: u8,
    /// What it is about.
    pub name: &'static str,
    /// What became of it.
    pub outcome: Outcome,
    /// What was looked at; never a key or its digest. Empty where it was not reached.
    pub detail: String,
}

/// What became of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing stood against the request.
    Passed,
    /// It gave the decision.
    Ended,
    /// An earlier one gave the decision.
    NotReached,
}

const NAMES: [&str; 12] = [
    "table",
    "gateway IP rules",
    "path",
    "endpoint",
    "public collection",
    "credential",
    "key",
    "client",
    "IP rules of key and client",
    "grant",
    "rate limit and quota",
    "granted",
];

/// A key, by what a table keeps of its digest, and where it stands.
pub type Presented<'a> = (KeptDigest, CredentialSource<'a>);

/// Decides a request and tells the checks in their order.
pub fn explain(table: &Table<'_>, request: &RequestData) -> (Decision, Vec<Check>) {
    explain_as(table, request, None)
}

/// Decides a request as if it carried a key whose text is not known, and tells the checks.
pub fn explain_as(
    table: &Table<'_>,
    request: &RequestData,
    key: Option<Presented<'_>>,
) -> (Decision, Vec<Check>) {
    let decision = request.with_plain(|plain| decide_as(table, plain, key));
    let scene = Scene { table, request, answer: Answer::of(table, &decision), decision };
    let checks = NAMES.iter().zip(1_u8..).map(|(name, check)| {
        let outcome = match check.cmp(&decision.check) {
            std::cmp::Ordering::Less => Outcome::Passed,
            std::cmp::Ordering::Equal => Outcome::Ended,
            std::cmp::Ordering::Greater => Outcome::NotReached,
        };
        let detail = match outcome {
            Outcome::NotReached => String::new(),
            Outcome::Passed => scene.looked_at(check),
            Outcome::Ended => format!("{}: {}", decision.reason.code(), scene.looked_at(check)),
        };
        Check { check, name, outcome, detail }
    });
    (decision, checks.collect())
}

struct Scene<'t> {
    table: &'t Table<'t>,
    request: &'t RequestData,
    answer: Answer<'t>,
    decision: Decision,
}

impl Scene<'_> {
    /// What a check looked at, in words.
    fn looked_at(&self, check: u8) -> String {
        let Answer { client, key, collection, .. } = &self.answer;
        let (client, key, collection) = (client.as_deref(), key.as_deref(), *collection);
        let named = |name: Option<&str>| name.map_or("none".to_owned(), |name| format!("`{name}`"));
        match check {
            1 => format!("table {}", self.table.id()),
            2 => self.address(),
            3 if self.decision.reason == Reason::HostAmbiguous => {
                format!("host `{}`", text(&self.request.host))
            }
            3 => {
                let path = text(path_only(&self.request.path));
                match ambiguous_path::in_words(&self.request.path) {
                    Some(what) => format!("`{path}`, which has {what}"),
                    None => format!("`{path}`"),
                }
            }
            4 => self.endpoint(),
            5 => format!("collection {}", named(collection)),
            6 => format!("looked for in {}", sources(self.table.settings())),
            7 if key.is_none() => format!("no key that holds at {}", show_time(self.request.time)),
            7 => format!(
                "key {} of client {} at {}",
                named(key),
                named(client),
                show_time(self.request.time)
            ),
            8 => format!("client {}", named(client)),
            9 => format!("key {} and client {}, {}", named(key), named(client), self.address()),
            10 => format!(
                "collection {} for client {} and key {}",
                named(collection),
                named(client),
                named(key)
            ),
            11 => "not enforced by this version".to_owned(),
            _ => "nothing stands against the request".to_owned(),
        }
    }

    fn endpoint(&self) -> String {
        let request = format!(
            "{} `{}` on host `{}`",
            text(&self.request.method),
            text(path_only(&self.request.path)),
            text(&self.request.host)
        );
        let allowed: Vec<&str> = self.table.method_names(self.decision.allowed_methods).collect();
        match (self.answer.endpoint, self.answer.collection) {
            (Some(endpoint), Some(collection)) => {
                format!("{request} is endpoint `{endpoint}` of collection `{collection}`")
            }
            _ if self.decision.reason == Reason::Preflight => {
                format!(
                    "{request} is a CORS preflight, which passes before endpoints are looked at"
                )
            }
            _ if self.decision.reason != Reason::MethodNotAllowed => {
                format!("{request} is no endpoint")
            }
            _ if self.decision.allowed_methods.has_others() => format!(
                "{request} takes any method but one in small letters that no endpoint names: some servers make large ones of them"
            ),
            _ if allowed.is_empty() => {
                format!("{request} takes nothing: its endpoints are switched off")
            }
            _ => format!("{request} takes {}", allowed.join(", ")),
        }
    }

    fn address(&self) -> String {
        let peer = match self.request.address {
            Some(address) => format!("connection from {address}"),
            None => "connection from an unknown address".to_owned(),
        };
        match self.table.settings().client_address {
            ClientAddress::Connection => peer,
            ClientAddress::XForwardedFor { trusted_hops } => {
                let entry = format!("entry {trusted_hops} of x-forwarded-for from the right");
                match self.request.with_plain(|plain| client_address(self.table, plain)) {
                    Some(address) => format!("{peer}, client address {address} is {entry}"),
                    None => format!("{peer}, {entry} is no address"),
                }
            }
        }
    }
}

fn sources(settings: &Settings<'_>) -> String {
    let sources: Vec<String> = settings
        .credentials
        .iter()
        .map(|source| match source {
            CredentialSource::Header(name) => format!("header `{name}`"),
            CredentialSource::Bearer => "bearer token".to_owned(),
            CredentialSource::Basic { user } => format!("basic user `{user}`"),
            CredentialSource::Query(name) => format!("query parameter `{name}`"),
            CredentialSource::Cookie(name) => format!("cookie `{name}`"),
        })
        .collect();
    sources.join(", ")
}

/// A query may hold the key.
fn path_only(path: &[u8]) -> &[u8] {
    path.split(|byte| *byte == b'?').next().unwrap_or_default()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).escape_debug().to_string()
}
