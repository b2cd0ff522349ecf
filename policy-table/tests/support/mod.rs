//! A small policy that has something for every check, and requests to it.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "test code: a panic is a failed test"
)]

pub mod checker;
pub mod choose;
pub mod mutate;
pub mod mutate_cold;
pub mod parts;
pub mod questions;

use std::borrow::Cow;
use std::net::IpAddr;

use policy_table::write::*;
use policy_table::{Decision, PlainRequest, Table, decide};
use sha2::{Digest, Sha256};

pub const NOW: i64 = 1_800_000_000;

pub fn digest(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

pub fn settings() -> Settings<'static> {
    Settings {
        client_address: ClientAddress::Connection,
        credentials: [
            CredentialSource::Header("x-api-key"),
            CredentialSource::Bearer,
            CredentialSource::Basic { user: "api-token" },
            CredentialSource::Query("api_key"),
            CredentialSource::Cookie("api_key"),
        ]
        .into_iter()
        .collect(),
        forward: Forward { client: Some("x-client-id"), key: Some("x-key-id"), collection: None },
        strip_credential: true,
        unmatched: Unmatched::Deny,
        preflight: Preflight::Authorize,
        realm: "api",
        key_prefix: "pc_test",
    }
}

/// An endpoint from a pattern such as `/orders/{id}` or `/reports/**`.
pub fn endpoint(
    collection: CollectionHandle,
    host: &'static str,
    methods: &[&'static str],
    pattern: &'static str,
    active: bool,
) -> Endpoint<'static> {
    let (pattern_text, rest) = match pattern.strip_suffix("/**") {
        Some(base) => (base, true),
        None => (pattern, false),
    };
    let path = match pattern_text.strip_prefix('/') {
        None => Vec::new(),
        Some(segments) => segments
            .split('/')
            .map(|segment| match segment.strip_prefix('{') {
                Some(_) => Segment::Parameter,
                None => Segment::Literal(Cow::Borrowed(segment.as_bytes())),
            })
            .collect(),
    };
    let host = match host {
        "" => HostPattern::Any,
        host => match host.strip_prefix("*.") {
            Some(domain) => HostPattern::Wildcard(domain.into()),
            None => HostPattern::Exact(host.into()),
        },
    };
    Endpoint {
        collection,
        hosts: vec![host],
        path,
        rest,
        methods: (!methods.is_empty()).then(|| methods.to_vec()),
        active,
        name: pattern.into(),
    }
}

pub fn set(ranges: &[(&str, &str)]) -> AddressSet {
    let mut set = AddressSet::default();
    for (first, last) in ranges {
        match (first.parse().unwrap(), last.parse().unwrap()) {
            (IpAddr::V4(first), IpAddr::V4(last)) => set.insert_v4(first, last),
            (IpAddr::V6(first), IpAddr::V6(last)) => set.insert_v6(first, last),
            _ => panic!("mixed range"),
        }
    }
    set
}

pub fn policy(settings: Settings<'static>) -> Vec<u8> {
    let mut writer = TableWriter::new(settings);
    let blocked = set(&[("192.0.2.0", "192.0.2.255")]);
    let blocked = writer.address_rule(&blocked, &AddressSet::default());
    writer.gateway_rule(blocked);
    filled(writer)
}

/// The same policy, with or without the names of clients and keys.
pub fn policy_with(settings: Settings<'static>, names: Names) -> Vec<u8> {
    let mut writer = TableWriter::new(settings);
    writer.names(names);
    filled(writer)
}

/// The same policy for every address.
pub fn policy_without_gateway_rule(settings: Settings<'static>) -> Vec<u8> {
    filled(TableWriter::new(settings))
}

fn filled(mut writer: TableWriter<'static>) -> Vec<u8> {
    let switched = |name, active, public| Collection { name, version: "v1", active, public };
    let orders = writer.collection(switched("orders", true, false));
    let reports = writer.collection(switched("reports", true, false));
    let health = writer.collection(switched("health", true, true));
    let closed = writer.collection(switched("closed", false, false));
    for (collection, host, methods, pattern, active) in [
        (orders, "", &["GET", "POST"][..], "/orders", true),
        (orders, "", &["GET"], "/orders/{id}", true),
        (orders, "", &["GET"], "/orders/latest", true),
        (orders, "", &["DELETE"], "/orders/{id}", false),
        (orders, "", &["GET"], "/orders/{id}/lines/{line}", true),
        (orders, "api.example.com", &["GET"], "/orders/{id}", true),
        (orders, "*.example.com", &[], "/tenant/**", true),
        (reports, "", &[], "/reports/**", true),
        (reports, "", &["GET"], "/caf\u{e9}", true),
        (health, "", &[], "/healthz/**", true),
        (closed, "", &[], "/closed/**", true),
    ] {
        writer.endpoint(endpoint(collection, host, methods, pattern, active));
    }
    let both = writer.grant(&[orders, reports]);
    let only_orders = writer.grant(&[orders]);
    let office = writer.address_rule(
        &set(&[("203.0.113.99", "203.0.113.99")]),
        &set(&[("203.0.113.0", "203.0.113.255"), ("2001:db8::", "2001:db8::ffff")]),
    );
    let not_here =
        writer.address_rule(&set(&[("198.51.100.0", "198.51.100.255")]), &AddressSet::default());
    let acme =
        writer.client(Client { name: "acme", active: true, rule: AddressRule::ANY, grant: both });
    let globex =
        writer.client(Client { name: "globex", active: true, rule: not_here, grant: only_orders });
    let initech = writer.client(Client {
        name: "initech",
        active: false,
        rule: AddressRule::ANY,
        grant: both,
    });
    let mut key = |name: &'static str, client, rule, grant, active, not_before, expires| {
        writer.key(Key {
            name: name.into(),
            digest: digest(name),
            client,
            active,
            rule,
            grant,
            not_before,
            expires,
        });
    };
    let any = AddressRule::ANY;
    key("acme-plain", acme, any, None, true, None, None);
    key("acme-office", acme, office, None, true, None, None);
    key("acme-narrow", acme, any, Some(only_orders), true, None, None);
    key("acme-off", acme, any, None, false, None, None);
    key("acme-window", acme, any, None, true, Some(NOW - 10), Some(NOW + 10));
    key("globex-plain", globex, any, None, true, None, None);
    key("initech-plain", initech, any, None, true, None, None);
    writer.finish().unwrap()
}

/// A table with one of everything.
pub fn small() -> Vec<u8> {
    let mut writer = TableWriter::new(settings());
    let collection =
        writer.collection(Collection { name: "orders", version: "", active: true, public: false });
    writer.endpoint(endpoint(collection, "", &["GET"], "/orders/{id}", true));
    let grant = writer.grant(&[collection]);
    let rule = writer.address_rule(&set(&[("10.0.0.0", "10.0.0.255")]), &AddressSet::default());
    let client = writer.client(Client { name: "acme", active: true, rule, grant });
    writer.key(key("acme-plain", client, Some(grant)));
    writer.finish().unwrap()
}

/// A policy with so many classes that a client needs two bytes to name its own.
pub fn many_classes() -> parts::Parts {
    let mut parts = parts::Parts::of(&policy(settings()));
    let first = parts.bytes("classes")[..12].to_vec();
    parts.section("classes").extend(first.repeat(300));
    let clients = parts.bytes("clients").iter().flat_map(|class| [*class, 0]).collect();
    *parts.section("clients") = clients;
    parts
}

/// A table with so many keys, of two clients: a bucket holds eight on average at most.
pub fn many_keys(count: usize) -> Vec<u8> {
    let mut writer = TableWriter::new(settings());
    writer.names(Names::Omit);
    let grant = writer.grant(&[]);
    let client = |name| Client { name, active: true, rule: AddressRule::ANY, grant };
    let clients = [writer.client(client("one")), writer.client(client("two"))];
    for number in 0..count {
        writer.key(key(format!("key {number}"), clients[number % 2], None));
    }
    writer.finish().unwrap()
}

/// A table with one endpoint of so many parameters.
pub fn deep(segments: usize) -> Vec<u8> {
    let mut writer = TableWriter::new(settings());
    let collection =
        writer.collection(Collection { name: "c", version: "", active: true, public: true });
    let path = vec![Segment::Parameter; segments];
    writer.endpoint(Endpoint { path, ..endpoint(collection, "", &[], "/", true) });
    writer.finish().unwrap()
}

fn key<'a>(name: impl Into<Cow<'a, str>>, client: ClientHandle, grant: Option<Grant>) -> Key<'a> {
    let name = name.into();
    Key {
        digest: digest(&name),
        name,
        client,
        active: true,
        rule: AddressRule::ANY,
        grant,
        not_before: None,
        expires: None,
    }
}

/// A request in the words of a test.
#[derive(Debug, Clone)]
pub struct Ask {
    pub method: &'static str,
    pub host: &'static str,
    pub path: String,
    pub headers: Vec<(String, Vec<u8>)>,
    pub address: Option<&'static str>,
    pub now: i64,
}

pub fn get(path: &str) -> Ask {
    Ask {
        method: "GET",
        host: "other.test",
        path: path.into(),
        headers: Vec::new(),
        address: Some("10.0.0.1"),
        now: NOW,
    }
}

impl Ask {
    pub fn method(self, method: &'static str) -> Self {
        Self { method, ..self }
    }

    pub fn host(self, host: &'static str) -> Self {
        Self { host, ..self }
    }

    pub fn from(self, address: &'static str) -> Self {
        Self { address: Some(address), ..self }
    }

    pub fn nowhere(self) -> Self {
        Self { address: None, ..self }
    }

    pub fn at(self, now: i64) -> Self {
        Self { now, ..self }
    }

    pub fn header(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn key(self, key: &str) -> Self {
        self.header("x-api-key", key)
    }

    pub fn decide(&self, table: &Table<'_>) -> Decision {
        let headers: Vec<(&[u8], &[u8])> =
            self.headers.iter().map(|(name, value)| (name.as_bytes(), value.as_slice())).collect();
        decide(
            table,
            &PlainRequest {
                method: self.method.as_bytes(),
                host: self.host.as_bytes(),
                path: self.path.as_bytes(),
                headers: &headers,
                address: self.address.map(|address| address.parse().unwrap()),
                now: self.now,
            },
        )
    }

    pub fn reason(&self, bytes: &[u8]) -> &'static str {
        self.decide(&Table::from_bytes(bytes).unwrap()).reason.code()
    }
}
