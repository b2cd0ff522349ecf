//! JSON settings decide as the bare table does; and what Envoy is told of a decision.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use policy_table::Table;
use portcullis_tests::engine::{Delivery, Envoy, EnvoyOptions};
use portcullis_tests::http::Message;
use portcullis_tests::samples;

#[test]
fn every_delivery_decides_alike() {
    let table = samples::with_key("first-key").unwrap();
    let request = || Message::get("api.example.com", "/orders");
    for delivery in [Delivery::Bytes, Delivery::Json, Delivery::Struct] {
        let mut envoy =
            Envoy::start(&table, &EnvoyOptions { delivery, ..EnvoyOptions::default() }).unwrap();
        let granted =
            envoy.observe(samples::CLIENT, &request().header("x-api-key", "first-key")).unwrap();
        assert_eq!(granted.status, None, "{delivery:?}: {granted:?}");
        let unknown =
            envoy.observe(samples::CLIENT, &request().header("x-api-key", "second-key")).unwrap();
        assert_eq!(
            (unknown.status, unknown.reason.as_str()),
            (Some(401), "credential_unknown"),
            "{delivery:?}"
        );
        let missing = envoy.observe(samples::CLIENT, &request()).unwrap();
        assert_eq!(
            (missing.status, missing.reason.as_str()),
            (Some(401), "credential_missing"),
            "{delivery:?}"
        );
    }
}

#[test]
fn filter_state_says_who_by_which_key_for_what_and_by_which_table() {
    let table = samples::with_key("first-key").unwrap();
    let id = Table::from_bytes(&table).unwrap().id().to_string();
    let mut envoy = Envoy::start(&table, &EnvoyOptions::default()).unwrap();
    let message = Message::get("api.example.com", "/orders").header("x-api-key", "first-key");
    let (_, entry) = envoy.exchange(samples::CLIENT, &message).unwrap();
    assert_eq!(entry.reason.as_deref(), Some("granted"));
    assert_eq!(entry.client.as_deref(), Some("acme"));
    assert_eq!(entry.key.as_deref(), Some("first"));
    assert_eq!(entry.collection.as_deref(), Some("orders"));
    assert_eq!(entry.table.as_deref(), Some(id.as_str()));
}

#[test]
fn without_filter_state_a_denial_still_tells_its_reason_in_the_details() {
    let table = samples::with_key("first-key").unwrap();
    let options = EnvoyOptions { delivery: Delivery::Bytes, ..EnvoyOptions::default() };
    let mut envoy = Envoy::start(&table, &options).unwrap();
    let (response, entry) =
        envoy.exchange(samples::CLIENT, &Message::get("api.example.com", "/nowhere")).unwrap();
    assert_eq!((response.status, entry.details.as_str()), (404, "endpoint_unknown"));
    assert_eq!(entry.reason, None);
}

/// gRPC log services, traces and logs of the user's own show the path of what was denied, too.
#[test]
fn nothing_of_envoy_gets_a_key_out_of_the_query_also_of_a_denied_request() {
    let document = samples::changed(samples::PLAIN, "{ header: x-api-key }", "{ query: api_key }")
        .unwrap()
        .replace("strip_credential: false", "strip_credential: true");
    let table = samples::compile(&document).unwrap();
    let options = EnvoyOptions { log_target: true, ..EnvoyOptions::default() };
    let mut envoy = Envoy::start(&table, &options).unwrap();
    for (target, details, logged) in [
        ("/orders?a=b&api_key=first-key", "via_upstream", "/orders?a=b"),
        ("/orders?a=b&api_key=second-key", "credential_unknown", "/orders?a=b"),
        ("/nowhere?api_key=first-key&a", "endpoint_unknown", "/nowhere?a"),
        ("/orders/../x?api%5Fkey=first-key", "path_ambiguous", "/orders/../x"),
        ("/orders?a=b", "credential_missing", "/orders?a=b"),
    ] {
        let message = Message::get("api.example.com", target);
        let (_, entry) = envoy.exchange(samples::CLIENT, &message).unwrap();
        assert_eq!((entry.details.as_str(), entry.target.as_deref()), (details, Some(logged)));
    }
}
