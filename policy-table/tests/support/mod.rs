//! What the tests start from: tables, requests, and ways to take tables apart.
#![allow(dead_code, unreachable_pub, unused_imports, reason = "each test file uses its part")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "test code: a panic is a failed test"
)]

pub mod ask;
pub mod checker;
pub mod choose;
pub mod lies;
pub mod mutate;
pub mod mutate_cold;
pub mod parts;
pub mod questions;
pub mod tables;

use std::borrow::Cow;
use std::net::IpAddr;

use policy_table::write::*;
use sha2::{Digest, Sha256};

pub use ask::*;
pub use tables::*;

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
