//! All requests of a small space, one by one, with the decision function alone.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use policy_compiler::explain::RequestData;
use policy_compiler::model::parse_time;
use policy_table::settings::CredentialSource;
use policy_table::{Reason, Table, Verdict, decide};

use crate::policies::{DATES, KEYS};

/// Where a request carries which key.
pub(crate) type Carried<'t> = Option<(usize, CredentialSource<'t>)>;

/// The requests that some documents can tell apart, and more: where no document speaks of a thing,
/// one of its values stands for all.
pub(crate) struct Space {
    pub(crate) hosts: &'static [&'static str],
    pub(crate) paths: &'static [&'static str],
    /// Method, and whether the request is a CORS preflight.
    pub(crate) methods: Vec<(&'static str, bool)>,
    pub(crate) addresses: Vec<Option<IpAddr>>,
    pub(crate) times: Vec<i64>,
}

const HOSTS: [&str; 4] = ["q.test", "x.test", "y.x.test", "q.x.test"];

const PATHS: [&str; 13] = [
    "/", "/a", "/a/", "/a/b", "/a/q", "/a/a/b", "/b", "/b/a", "/q", "/q/b", "/b/q/b", "/q/q/q/q",
    "*",
];

/// Each boundary of the random rules, the address before and the address after.
const V4: [&str; 6] = ["9.255.255.255", "10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.4", "10.0.0.5"];
const V6: [&str; 4] =
    ["2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::", "2001:db8::1", "2001:db8::2"];

impl Space {
    pub(crate) fn of(documents: [&str; 2]) -> Self {
        let speak_of = |word: &str| documents.iter().any(|document| document.contains(word));
        let among = |all: &'static [&'static str], word: &str| {
            if speak_of(word) { all } else { &all[..1] }
        };
        let addresses = among(&V4, "10.0.0").iter().chain(among(&V6, "2001:db8"));
        let dates = DATES.iter().filter(|date| speak_of(date));
        let dates =
            dates.flat_map(|date| [parse_time(date).unwrap() - 1, parse_time(date).unwrap()]);
        let mut methods =
            ["GET", "POST", "OPTIONS", "QUERY", "purge"].map(|name| (name, false)).to_vec();
        methods.extend(speak_of("preflight").then_some(("OPTIONS", true)));
        Self {
            hosts: among(&HOSTS, "x.test"),
            paths: &PATHS,
            methods,
            addresses: addresses.map(|text| text.parse().ok()).chain([None]).collect(),
            times: std::iter::once(0).chain(dates).collect(),
        }
    }
}

/// A request whose client has this address, wherever a table looks for it.
pub(crate) fn request(
    (method, preflight): (&str, bool),
    host: &str,
    path: &str,
    carried: Carried<'_>,
    address: Option<IpAddr>,
) -> RequestData {
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut header = |name: &str, value: String| headers.push((name.to_owned(), value));
    if let Some(address) = address {
        header("x-forwarded-for", format!("{address}, {address}"));
    }
    if preflight {
        header("origin", "https://example.com".to_owned());
        header("access-control-request-method", "GET".to_owned());
    }
    let mut path = path.to_owned();
    if let Some((key, source)) = carried {
        let key = KEYS[key];
        match source {
            CredentialSource::Header(name) => header(name, key.to_owned()),
            CredentialSource::Bearer => header("authorization", format!("Bearer {key}")),
            CredentialSource::Basic { user } => {
                header(
                    "authorization",
                    format!("Basic {}", STANDARD.encode(format!("{user}:{key}"))),
                );
            }
            CredentialSource::Query(name) => path = format!("{path}?{name}={key}"),
            CredentialSource::Cookie(name) => header("cookie", format!("{name}={key}")),
        }
    }
    let headers = headers.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
    RequestData {
        method: method.into(),
        host: host.into(),
        path: path.into(),
        headers,
        address,
        time: 0,
    }
}

/// Whether each of two tables gives what the other does not: [lost, gained], for old and new.
pub(crate) fn given_by_one(
    request: &policy_table::PlainRequest<'_>,
    tables: [&Table<'_>; 2],
    keyed: bool,
) -> [bool; 2] {
    let [old, new] = tables.map(|table| decide(table, request));
    // What anyone may do is told of anyone, not of each key.
    let gives = |reason: Reason| {
        if keyed { reason == Reason::Granted } else { reason.verdict() == Verdict::Allow }
    };
    [
        gives(old.reason) && new.verdict() == Verdict::Deny,
        gives(new.reason) && old.verdict() == Verdict::Deny,
    ]
}
