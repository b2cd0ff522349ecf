//! Legacy access profiles: keys with a grant and an end of their own.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail as tests do")]

use std::path::Path;

use policy_compiler::explain::RequestData;
use policy_compiler::model::{Key, Policy, parse_time};
use policy_compiler::{Compiled, compile_text};
use policy_table::{Table, decide};

/// The digests are those of `PROFILE-IN-A-TEST-1` and so on.
const DOCUMENT: &str = "
version: 1
collections:
  orders: { base_path: /orders }
  reports: { base_path: /reports }
usage_policies:
  slow: { rate: { requests: 1, per: 1m } }
clients:
  acme:
    collections: [ orders ]
    access_profiles:
      plain: { sha256: 04b751bcbcaf0fd2ab8ab64a0a7f98a185276b8069978bea3a61ac294dc4c07f }
      own: { sha256: 708f23c35b9f13249d15642d6bc727d37ee00eefa6b8c9264da59c6c82980dbb, collections: [ reports ], usage_policy: slow, created: 2024-02-29 }
      early: { sha256: 0c0b9a3f6a0f4f6b8f52c0b8d3c9d1c1c4a9a6a2f3a5b6c7d8e9f00112233445, expires: 2026-01-01 }
      late: { sha256: 1c0b9a3f6a0f4f6b8f52c0b8d3c9d1c1c4a9a6a2f3a5b6c7d8e9f00112233445, expires: 2027-01-01 }
";

const KEYS: [&str; 2] = ["PROFILE-IN-A-TEST-1", "PROFILE-IN-A-TEST-2"];

#[test]
fn the_earlier_of_both_ends_holds() {
    let policy = compiled(DOCUMENT).policy;
    let expires = |name| key(&policy, name).window.expires();
    assert_eq!(expires("plain"), parse_time("2026-07-01"));
    assert_eq!(expires("early"), parse_time("2026-01-01"));
    assert_eq!(expires("late"), parse_time("2026-07-01"));
    assert_eq!(key(&policy, "late").legacy.as_ref().unwrap().expires, parse_time("2027-01-01"));
    let policy = compiled(&format!("{DOCUMENT}legacy: {{ ends: 2026-08-01T12:00:00Z }}")).policy;
    assert_eq!(key(&policy, "plain").window.expires(), parse_time("2026-08-01T12:00:00Z"));
}

#[test]
fn what_it_says_itself_is_kept() {
    let policy = compiled(DOCUMENT).policy;
    let own = key(&policy, "own").legacy.as_ref().unwrap();
    assert_eq!(own.usage_policy.as_ref().unwrap().as_str(), "slow");
    assert_eq!(own.created, parse_time("2024-02-29"));
    assert_eq!(own.expires, None);
}

#[test]
fn its_own_collections_take_the_place_of_the_clients() {
    let table = compiled(DOCUMENT).table;
    let [plain, own] = KEYS;
    assert_eq!(reason(&table, plain, "/orders", "2026-06-30"), "granted");
    assert_eq!(reason(&table, plain, "/reports", "2026-06-30"), "collection_not_granted");
    assert_eq!(reason(&table, own, "/orders", "2026-06-30"), "collection_not_granted");
    assert_eq!(reason(&table, own, "/reports", "2026-06-30"), "granted");
    assert_eq!(reason(&table, own, "/reports", "2026-07-01"), "key_expired");
}

#[test]
fn they_count_as_keys() {
    let text = format!("{DOCUMENT}limits: {{ keys_per_client: 3 }}");
    let report = compile_text("policy.yaml", text, Path::new(""), &Default::default()).unwrap_err();
    assert!(report.to_string().contains("client `acme` has 4 keys, at most 3"), "{report}");
}

fn compiled(text: &str) -> Compiled {
    match compile_text("policy.yaml", text.to_owned(), Path::new(""), &Default::default()) {
        Ok(compiled) => compiled,
        Err(report) => panic!("{report}"),
    }
}

fn key<'p>(policy: &'p Policy, name: &str) -> &'p Key {
    let mut keys = policy.clients.iter().flat_map(|client| &client.keys);
    keys.find(|key| key.name.as_str() == name).unwrap()
}

fn reason(table: &[u8], key: &str, path: &str, time: &str) -> &'static str {
    let request = RequestData {
        method: b"GET".to_vec(),
        host: b"api.example".to_vec(),
        path: path.into(),
        headers: vec![(b"x-api-key".to_vec(), key.into())],
        address: None,
        time: parse_time(time).unwrap(),
    };
    let table = Table::from_bytes(table).unwrap();
    request.with_plain(|plain| decide(&table, plain)).reason.code()
}
