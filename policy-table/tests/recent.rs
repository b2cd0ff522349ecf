//! Keys that were found are remembered, and nobody can tell by what is decided.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

mod support;

use policy_table::{Decider, Reason, Secret, Table};
use proptest::prelude::*;
use support::{Ask, NOW, get, many_keys, policy, settings};

/// Every request gets the decision that it would get of a table that remembers nothing.
fn same(bytes: &[u8], secret: [u8; 16], asks: impl Iterator<Item = Ask>) -> Vec<Reason> {
    let decider = Decider::new(Table::from_bytes(bytes).unwrap(), Some(&Secret(secret)));
    let same = |ask: Ask| {
        let remembering = ask.with(|request| decider.decide(request));
        assert_eq!(remembering, ask.decide(decider.table()), "{ask:?}");
        remembering.reason
    };
    asks.map(same).collect()
}

proptest! {
    /// Keys of all states, again and again, at changing times and from changing addresses.
    #[test]
    fn what_changes_from_request_to_request_is_asked_each_time(
        secret: [u8; 16],
        asks in prop::collection::vec((0..9_usize, 0..3_usize, -20..20_i64), 1..60),
    ) {
        const KEYS: [&str; 9] = [
            "acme-plain", "acme-office", "acme-narrow", "acme-off", "acme-window", "globex-plain",
            "initech-plain", "nobody's", "pc_test_broken",
        ];
        let asks = asks.into_iter().map(|(key, address, later)| {
            let address = ["10.0.0.1", "203.0.113.7", "198.51.100.1"][address];
            get("/orders").key(KEYS[key]).from(address).at(NOW + later)
        });
        same(&policy(settings()), secret, asks);
    }
}

/// More keys than are remembered: some are crowded out and come again.
#[test]
fn keys_that_were_crowded_out_are_found_again() {
    let bytes = many_keys(6_000);
    let asks = (0..2).flat_map(|_| 0..7_000).flat_map(|number| {
        // One in between that is always remembered, and one that came just before.
        [format!("key {number}"), "key 1".to_owned(), format!("key {number}")]
    });
    same(&bytes, [7; 16], asks.map(|key| get("/").key(&key)));
}

#[test]
fn a_key_that_was_found_can_still_be_refused() {
    let ask = || get("/orders").key("acme-window");
    let asks = [ask(), ask(), ask().at(NOW + 11), ask().at(NOW - 11), ask()];
    assert_eq!(
        same(&policy(settings()), [7; 16], asks.into_iter()),
        [
            Reason::Granted,
            Reason::Granted,
            Reason::KeyExpired,
            Reason::KeyNotYetValid,
            Reason::Granted
        ]
    );
}

/// Where a key is remembered does not depend on who asks for it or how.
#[test]
fn the_same_key_from_another_place_is_the_same_key() {
    let asks = [
        get("/orders").key("acme-plain"),
        get("/orders").header("authorization", "Bearer acme-plain"),
        get("/orders?api_key=acme%2Dplain"),
        get("/orders").header("cookie", "api_key=acme-plain"),
        get("/orders").key("acme-plain").header("authorization", "Bearer acme-office"),
    ];
    assert_eq!(
        same(&policy(settings()), [7; 16], asks.into_iter()),
        [
            Reason::Granted,
            Reason::Granted,
            Reason::Granted,
            Reason::Granted,
            Reason::CredentialAmbiguous
        ]
    );
}

#[test]
fn without_a_secret_and_without_keys_decisions_are_the_same() {
    for (bytes, secret) in [(policy(settings()), None), (many_keys(0), Some(Secret([7; 16])))] {
        let decider = Decider::new(Table::from_bytes(&bytes).unwrap(), secret.as_ref());
        let ask = get("/orders").key("acme-plain");
        for _ in 0..2 {
            let decision = ask.with(|request| decider.decide(request));
            assert_eq!(decision, ask.decide(decider.table()));
        }
    }
}
