//! Shadow mode: decides, counts and logs, and lets through.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use host_sim::{Host, Request};
use portcullis_tests::engine::simulator;
use portcullis_tests::samples;

fn host(document: &str, settings: &str) -> Host {
    let table = samples::compile(document).unwrap();
    Host::builder(&simulator::module().unwrap())
        .configuration(samples::with_settings(&table, settings))
        .start()
        .unwrap()
}

fn request() -> Request {
    Request::get("/orders").authority("api.example.com")
}

#[test]
fn a_denied_request_goes_on_as_it_came_and_leaves_a_line_without_the_key() {
    let document = samples::changed(
        samples::PLAIN,
        "strip_credential: false",
        "strip_credential: true\n  forward: { client: x-client-id }",
    )
    .unwrap();
    let mut host = host(&document, r#""mode":"shadow","filter_state":true"#);
    let outcome =
        host.request(request().header("x-api-key", "unknown-key").header("x-client-id", "forged"));
    assert!(outcome.continued(), "{outcome:?}");
    assert_eq!(outcome.upstream_header("x-api-key"), Some(&b"unknown-key"[..]));
    assert_eq!(outcome.upstream_header("x-client-id"), None);
    assert_eq!(outcome.filter_state("portcullis.verdict"), Some(&b"deny"[..]));
    assert_eq!(outcome.filter_state("portcullis.reason"), Some(&b"credential_unknown"[..]));
    assert!(outcome.logged("shadow: would deny with 401 credential_unknown, collection orders"));
    assert!(!outcome.logged("unknown-key"));
}

#[test]
fn an_allowed_request_is_told_who_it_is_and_keeps_its_key() {
    let document = samples::changed(
        samples::PLAIN,
        "strip_credential: false",
        "strip_credential: true\n  forward: { client: x-client-id }",
    )
    .unwrap();
    let mut host = host(&document, r#""mode":"shadow""#);
    let outcome = host.request(request().header("x-api-key", "first-key"));
    assert_eq!(outcome.upstream_header("x-client-id"), Some(&b"acme"[..]));
    assert_eq!(outcome.upstream_header("x-api-key"), Some(&b"first-key"[..]));
    assert!(
        outcome.logs.is_empty(),
        "nothing is logged of an ordinary request: {:?}",
        outcome.logs
    );
}

#[test]
fn a_key_that_does_not_hold_lends_nobody_its_name() {
    let document = samples::changed(
        samples::PLAIN,
        "gateway:\n",
        "gateway:\n  forward: { client: x-client-id }\n",
    )
    .unwrap()
    .replace("(first-key)", "(first-key), expires: 2001-01-01T00:00:00Z");
    let mut host = host(&document, r#""mode":"shadow""#);
    let outcome = host.request(request().header("x-api-key", "first-key"));
    assert!(outcome.continued());
    assert_eq!(outcome.upstream_header("x-client-id"), None);
    assert!(
        outcome
            .logged("would deny with 401 key_expired, client acme, key first, collection orders")
    );
}
