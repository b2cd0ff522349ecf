//! What a decision may cost in calls to the host. Each call that returns data costs a proxy about a microsecond.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use host_sim::{Budget, Cost, Host, Request};
use portcullis_tests::engine::simulator;
use portcullis_tests::samples;

#[test]
fn a_granted_key_with_default_settings() {
    assert_calls(&granted(samples::PLAIN), 1, 0);
}

#[test]
fn a_key_with_dates() {
    let dated = samples::PLAIN.replace("(first-key)", "(first-key), expires: 2099-01-01T00:00:00Z");
    // The time comes without an allocation in the guest.
    assert_calls(&granted(&dated), 1, 1);
}

#[test]
fn a_key_with_an_ip_rule_on_the_address_of_the_connection() {
    let ruled =
        samples::PLAIN.replace("(first-key)", "(first-key), allowed_ips: [ 203.0.113.0/24 ]");
    assert_calls(&granted(&ruled), 2, 0);
}

#[test]
fn a_key_with_an_ip_rule_on_x_forwarded_for() {
    let ruled = samples::PLAIN
        .replace("(first-key)", "(first-key), allowed_ips: [ 203.0.113.0/24 ]")
        .replace(
            "gateway:\n",
            "gateway:\n  client_address: { from: x-forwarded-for, trusted_hops: 1 }\n",
        );
    assert_calls(&granted(&ruled), 1, 0);
}

#[test]
fn two_forwarded_headers_and_the_key_stripped() {
    let forwarding = samples::PLAIN.replace(
        "strip_credential: false",
        "strip_credential: true\n  forward: { client: x-client-id, key: x-key-id }",
    );
    assert_calls(&granted(&forwarding), 1, 3);
}

#[test]
fn a_denial() {
    let mut host = start(samples::PLAIN);
    let outcome = host.request(request().without_header("x-api-key"));
    assert_eq!(outcome.status(), Some(401));
    assert_calls(&outcome.cost, 1, 1);
}

/// The cost of a request with a good key, after the first one.
fn granted(document: &str) -> Cost {
    let mut host = start(document);
    host.request(request());
    let outcome = host.request(request());
    assert!(outcome.continued(), "{outcome:?}");
    outcome.cost
}

fn start(document: &str) -> Host {
    let table = samples::compile(document).unwrap();
    Host::builder(&simulator::module().unwrap()).configuration(table).start().unwrap()
}

fn request() -> Request {
    Request::get("/orders")
        .authority("api.example.com")
        .header("x-api-key", "first-key")
        .header("x-forwarded-for", "203.0.113.9")
        .source_address("203.0.113.9:40000".parse().unwrap())
}

fn assert_calls(cost: &Cost, data: u64, plain: u64) {
    assert_eq!(
        (cost.data_calls(), cost.plain_calls()),
        (data, plain),
        "data-returning, others: {:?}",
        cost.calls()
    );
}

/// `host-sim bench --requests 1000000` shows the same of a million.
#[test]
fn memory_does_not_grow_after_the_first_thousand_requests() {
    let forwarding = samples::PLAIN.replace(
        "strip_credential: false",
        "strip_credential: true\n  forward: { client: x-client-id, key: x-key-id }",
    );
    let mut host = start(&forwarding);
    let mut settled = 0;
    for number in 1..=50_000 {
        let granted = host.request(request());
        let denied = host.request(request().without_header("x-api-key"));
        assert!(granted.continued() && denied.status() == Some(401));
        let budget = Budget::new().allocations(1).entries(4);
        assert_eq!(granted.cost.beyond(&budget), []);
        assert_eq!(denied.cost.beyond(&budget), []);
        if number == 500 {
            settled = denied.memory_pages;
        }
    }
    assert_eq!(host.memory_pages(), settled);
}
