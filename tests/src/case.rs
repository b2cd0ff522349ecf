//! Cases as data: a policy, requests, and what is expected of each.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use policy_compiler::Compiled;
use policy_table::Reason;
use serde::Deserialize;

use crate::engine::Envoy;
use crate::latin1;
use crate::observed::{Observed, Verdict};
use crate::policy;

/// A file of cases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cases {
    /// The policy in the file; `sha256(KEY)` in it stands for the digest of `KEY`.
    #[serde(default)]
    policy: Option<String>,
    /// The policy in a file of its own, beside this one.
    #[serde(default)]
    policy_file: Option<PathBuf>,
    /// The requests, sent in this order.
    pub requests: Vec<Case>,
    #[serde(skip)]
    source: PathBuf,
}

/// One request and what is expected of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows: the rule that it pins down.
    pub name: String,
    /// Where the rule comes from, or what went wrong elsewhere: an RFC, an issue.
    #[serde(default)]
    pub see: Option<String>,
    /// The method.
    #[serde(default = "get")]
    pub method: String,
    /// The host, as the header `Host` has it.
    #[serde(default = "example")]
    pub host: String,
    /// The path with its query.
    pub path: String,
    /// Header lines; a character stands for the byte of the same number ([`latin1`]).
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The peer of the connection.
    #[serde(default = "loopback")]
    pub address: String,
    /// A fixed time. Envoy has the clock on the wall, so such a case runs in the other engines only.
    #[serde(default)]
    pub time: Option<jiff::Timestamp>,
    /// Why Envoy cannot be given this request.
    #[serde(default)]
    pub not_in_envoy: Option<String>,
    /// What must come of it.
    pub expect: Expected,
    /// What Envoy does with it by itself, before it asks the filter.
    #[serde(default)]
    pub envoy: Option<ByEnvoy>,
}

/// What Envoy does by itself.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByEnvoy {
    /// It answers with this status.
    pub refuses: u16,
}

/// What must come of a request.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Whether it passes.
    pub verdict: Verdict,
    /// The status of a denial.
    #[serde(default)]
    pub status: Option<u16>,
    /// The reason code.
    pub reason: String,
    /// The client, where the case says which; `-`: there is none.
    #[serde(default)]
    pub client: Option<String>,
    /// The key, where the case says which; `-`: there is none.
    #[serde(default)]
    pub key: Option<String>,
    /// The collection, where the case says which; `-`: there is none.
    #[serde(default)]
    pub collection: Option<String>,
    /// Headers of the denial with exactly this value; null: it does not have them.
    #[serde(default)]
    pub response: BTreeMap<String, Option<String>>,
    /// Headers that the upstream gets with exactly this value; null: it does not get them.
    #[serde(default)]
    pub upstream: BTreeMap<String, Option<String>>,
    /// The path that the upstream gets.
    #[serde(default)]
    pub upstream_path: Option<String>,
}

impl Cases {
    /// Reads a file of cases.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let mut cases: Self = serde_saphyr::from_str(&text)
            .with_context(|| format!("{} is no file of cases", path.display()))?;
        path.clone_into(&mut cases.source);
        for Case { name, expect, .. } in &cases.requests {
            let can_be_seen = match expect.verdict {
                Verdict::Allow => expect.response.is_empty(),
                Verdict::Deny => expect.upstream.is_empty() && expect.upstream_path.is_none(),
            };
            ensure!(
                can_be_seen,
                "{}: `{name}` expects what nobody gets: `response` is of a denial, `upstream` of a grant",
                path.display()
            );
        }
        Ok(cases)
    }

    /// The policy of the cases, and its table.
    pub fn compile(&self) -> Result<Compiled> {
        let folder = self.source.parent().unwrap_or(Path::new("."));
        match (&self.policy, &self.policy_file) {
            (Some(document), None) => {
                policy::load(&self.source.display().to_string(), document, folder)
            }
            (None, Some(file)) => policy::load_file(&folder.join(file)),
            _ => bail!("{}: give either `policy` or `policy_file`", self.source.display()),
        }
    }

    /// The table of their policy.
    pub fn table(&self) -> Result<Vec<u8>> {
        Ok(self.compile()?.table)
    }
}

impl Case {
    /// The peer's address; none when the case says `unknown`.
    pub fn address(&self) -> Result<Option<IpAddr>> {
        if self.address == "unknown" {
            return Ok(None);
        }
        let address =
            self.address.parse().with_context(|| format!("`{}` is no address", self.address))?;
        Ok(Some(address))
    }

    /// Header lines as bytes, without `host`.
    pub fn headers(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.headers
            .iter()
            .map(|(name, value)| (latin1::bytes(name), latin1::bytes(value)))
            .collect()
    }

    /// The credentials that the request carries, as they stand in it and as passwords: no upstream may get them.
    pub fn credentials(&self) -> Vec<String> {
        let mut found: Vec<&str> = Vec::new();
        let mut passwords = Vec::new();
        for (name, value) in &self.headers {
            match name.to_ascii_lowercase().as_str() {
                "x-api-key" => found.push(value.trim()),
                "authorization" => {
                    let credential =
                        value.trim().split_once(' ').map(|(_, credential)| credential.trim());
                    found.extend(credential);
                    passwords.extend(credential.and_then(password));
                }
                "cookie" => {
                    found.extend(
                        value.split(';').filter_map(|pair| pair.trim().strip_prefix("api_key=")),
                    );
                }
                _ => {}
            }
        }
        let query = self.path.split_once('?').map_or("", |(_, query)| query);
        found.extend(query.split('&').filter_map(|pair| pair.strip_prefix("api_key=")));
        let found = found.into_iter().map(str::to_owned).chain(passwords);
        found.filter(|credential| !credential.is_empty()).collect()
    }

    /// What differs from what an engine with this name must make of it.
    pub fn differences(&self, engine: &str, observed: &Observed) -> Vec<String> {
        match self.envoy {
            Some(by_envoy) if engine == Envoy::NAME => by_envoy.differences(observed),
            _ => self.expect.differences(observed),
        }
    }

    /// Whether Envoy can be given this request: it has the time of the wall and always knows the peer.
    pub fn runs_in_envoy(&self) -> bool {
        self.time.is_none() && self.address != "unknown" && self.not_in_envoy.is_none()
    }
}

impl ByEnvoy {
    fn differences(self, observed: &Observed) -> Vec<String> {
        let refused = observed.status == Some(self.refuses);
        let decided = Reason::ALL.iter().any(|reason| reason.code() == observed.reason);
        if refused && !decided {
            return Vec::new();
        }
        let found = format!("{} {}", show(observed.status), observed.reason);
        vec![format!("Envoy refuses it by itself: expected `{}`, found `{found}`", self.refuses)]
    }
}

impl Expected {
    /// What differs, in a sentence for each; empty when all is as expected.
    pub fn differences(&self, observed: &Observed) -> Vec<String> {
        let mut differences = Vec::new();
        let mut compare = |what: &str, expected: String, found: String| {
            if expected != found {
                differences.push(format!("{what}: expected `{expected}`, found `{found}`"));
            }
        };
        compare("verdict", format!("{:?}", self.verdict), format!("{:?}", observed.verdict));
        compare("status", show(self.status), show(observed.status));
        compare("reason", self.reason.clone(), observed.reason.clone());
        for (what, expected, found) in [
            ("client", &self.client, &observed.client),
            ("key", &self.key, &observed.key),
            ("collection", &self.collection, &observed.collection),
        ] {
            if let Some(expected) = expected {
                compare(what, expected.clone(), show(found.as_ref()));
            }
        }
        if observed.response_headers.is_some() {
            for (name, value) in &self.response {
                let found = observed.response_header(name);
                compare(&format!("response header {name}"), show(value.as_ref()), one(&found));
            }
        }
        if let Some(received) = &observed.upstream {
            for (name, value) in &self.upstream {
                let found = received.header(name);
                compare(&format!("upstream header {name}"), show(value.as_ref()), one(&found));
            }
            if let Some(path) = &self.upstream_path {
                compare("upstream path", path.clone(), received.path.clone());
            }
        }
        differences
    }
}

/// What stands behind the user's name where a credential is Basic (RFC 7617).
fn password(credential: &str) -> Option<String> {
    let text = String::from_utf8(STANDARD.decode(credential).ok()?).ok()?;
    text.split_once(':').map(|(_, password)| password.to_owned())
}

fn show(value: Option<impl std::fmt::Display>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// The values of a header as one.
fn one(values: &[impl AsRef<str>]) -> String {
    let values: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
    show((!values.is_empty()).then(|| values.join(" + ")))
}

fn get() -> String {
    "GET".to_owned()
}

fn example() -> String {
    "api.example.com".to_owned()
}

fn loopback() -> String {
    "127.0.0.1".to_owned()
}
