//! Random requests, in terms of a policy that is not known yet.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::credential::{self, Placement};
use super::forwarded::{self, Edge, Entry};
use super::key::{self, Sent};
use super::path::{self, PathRecipe};

/// Methods that no policy here names, and those that most do.
const METHODS: &[&str] = &[
    "OPTIONS", "OPTIONS", "GET", "GET", "POST", "DELETE", "OPTIONS", "HEAD", "get", "Get", "X-OWN",
    "x-own", "PATCH", "OPTIONS2", "GET/", "X^|~",
];

const OTHER_HOSTS: &[&str] = &[
    "api.example.com",
    "eu.example.com",
    "x.example.com",
    "a.eu.example.com",
    "a.b.example.com",
    "example.com",
    "localhost",
    "192.0.2.1",
    "[2001:db8:0:0::1]",
    "[2001:DB8::0.0.0.1]",
    "[2001:db8::2]",
    "[192.0.2.1]",
    "[]",
    "",
    "3221225985",
    "192.0.2.01",
    "0xC0.0.2.1",
    "192.0.2.0x1",
    "1a",
];

/// Header lines that a caller adds: identities that it claims, and others.
const OTHER_HEADERS: &[(&str, &str)] = &[
    ("x-client-id", "client0"),
    ("X-Key-Id", "k0"),
    ("x-collection", "c0"),
    ("x-note", "é\u{80}"),
    ("forwarded", "for=10.0.0.1"),
    ("x-real-ip", "10.0.0.1"),
    ("x-original-url", "/a"),
    ("x_script_name", "/a"),
    ("x-forwarded-port", "80/a?"),
    ("x-http-method-override", "DELETE"),
    ("proxy-authorization", "Bearer key-c0k0"),
    ("x-api-key2", "key-c0k0"),
    ("accept", "*/*"),
    ("content-type", "application/json"),
    ("content-length", "0"),
    ("Early-Data", "0"),
];

/// A request before it is known to which policy.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// Which endpoint it is about; host, method and path are those of this endpoint, or nearly.
    pub(super) endpoint: Index,
    pub(super) method: Method,
    pub(super) host: Host,
    pub(super) path: PathRecipe,
    /// Parameters of the query beside the credentials.
    pub(super) parameters: Vec<&'static str>,
    pub(super) key: (Index, Sent),
    pub(super) credentials: Vec<Placement>,
    pub(super) address: Option<Edge>,
    pub(super) forwarded: Vec<Vec<Entry>>,
    pub(super) origin: bool,
    pub(super) request_method: bool,
    pub(super) headers: Vec<(&'static str, &'static str)>,
    /// An end of which window, and one second before, on, or after.
    pub(super) time: Option<(Index, i8)>,
}

#[derive(Debug, Clone)]
pub(super) enum Method {
    OfEndpoint(Index),
    Any(&'static str),
}

#[derive(Debug, Clone)]
pub(super) struct Host {
    /// Instead of the host of the endpoint.
    pub(super) other: Option<&'static str>,
    /// What stands for the star of a wildcard.
    pub(super) label: &'static str,
    pub(super) in_capitals: bool,
    pub(super) after: &'static str,
}

impl Recipe {
    /// Requests of every kind; most are well-formed in most parts.
    pub fn any() -> impl Strategy<Value = Self> {
        let method = prop_oneof![
            3 => any::<Index>().prop_map(Method::OfEndpoint),
            1 => select(METHODS).prop_map(Method::Any),
        ];
        let parameters = prop_oneof![4 => Just(Vec::new()), 1 => vec(select(vec!["a=1", "", "b=../..//%2F;", "api_key2=x", "=x", "a#b", "c=?d"]), 1..3)];
        let credentials = prop_oneof![1 => Just(Vec::new()), 8 => vec(credential::placement(), 1), 2 => vec(credential::placement(), 2..4)];
        let headers = prop_oneof![4 => Just(Vec::new()), 1 => vec(select(OTHER_HEADERS), 1..3)];
        let endpoint = any::<Index>();
        let place = (endpoint, method, host(), path::path(), parameters);
        let who = ((any::<Index>(), key::sent()), credentials);
        let from = (option::weighted(0.95, forwarded::edge()), forwarded::lines());
        let rest = (
            proptest::bool::weighted(0.4),
            proptest::bool::weighted(0.4),
            headers,
            option::weighted(0.4, (any::<Index>(), -1..=1_i8)),
        );
        (place, who, from, rest).prop_map(
            |(
                (endpoint, method, host, path, parameters),
                (key, credentials),
                (address, forwarded),
                (origin, request_method, headers, time),
            )| Self {
                endpoint,
                method,
                host,
                path,
                parameters,
                key,
                credentials,
                address,
                forwarded,
                origin,
                request_method,
                headers,
                time,
            },
        )
    }
}

fn host() -> impl Strategy<Value = Host> {
    let label = prop_oneof![6 => Just("x"), 1 => select(vec!["", "a.b", "eu", "*", "x-1", "é"])];
    let after = prop_oneof![8 => Just(""), 2 => select(vec![":80", ":8443", ":", ".", ".:80", ":x", ":80:80", ":080", " ", ":1@localhost", "@localhost", ",localhost", "%2e", "]"])];
    (option::weighted(0.15, select(OTHER_HOSTS)), label, proptest::bool::weighted(0.1), after)
        .prop_map(|(other, label, in_capitals, after)| Host { other, label, in_capitals, after })
}
