//! Requests that break filters, in a real Envoy: each gets its decision, and the next is served as usual.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use policy_table::Table;
use portcullis_tests::engine::{Envoy, EnvoyOptions};
use portcullis_tests::http::{Connection, Message};
use portcullis_tests::observed::Verdict;
use portcullis_tests::samples;

#[test]
fn each_gets_its_decision_and_the_next_is_served_as_usual() {
    let mut envoy =
        Envoy::start(&samples::with_key("first-key").unwrap(), &EnvoyOptions::default()).unwrap();
    let every_high_byte: Vec<u8> = (0x80..=0xFF).collect();
    let large = vec![b'k'; 50 * 1024];
    let request = || Message::get("api.example.com", "/orders");
    let odd = [
        (
            "a key of bytes 0x80 to 0xFF",
            request().header("x-api-key", &every_high_byte),
            Some((401, "credential_unknown")),
        ),
        (
            "bytes 0x80 to 0xFF beside a key",
            request().header("x-note", &every_high_byte).header("x-api-key", "first-key"),
            None,
        ),
        (
            "x-api-key twice",
            request().header("x-api-key", "first-key").header("x-api-key", "first-key"),
            Some((400, "credential_ambiguous")),
        ),
        ("an empty key", request().header("x-api-key", ""), Some((401, "credential_missing"))),
        (
            "a key of 50 KB",
            request().header("x-api-key", &large),
            Some((401, "credential_malformed")),
        ),
        (
            "50 KB beside a key",
            request().header("x-note", &large).header("x-api-key", "first-key"),
            None,
        ),
        (
            "a hundred headers",
            (0..90)
                .fold(request(), |message, n| message.header(&format!("x-note-{n}"), ""))
                .header("x-api-key", "first-key"),
            None,
        ),
    ];
    for (name, message, denial) in odd {
        let observed = envoy.observe(samples::CLIENT, &message).unwrap();
        match denial {
            Some((status, reason)) => {
                assert_eq!(
                    (observed.status, observed.reason.as_str()),
                    (Some(status), reason),
                    "{name}"
                );
            }
            None => assert_eq!(
                (observed.verdict, observed.reason.as_str()),
                (Verdict::Allow, "granted"),
                "{name}"
            ),
        }
        let next =
            envoy.observe(samples::CLIENT, &request().header("x-api-key", "first-key")).unwrap();
        assert_eq!(
            (next.verdict, next.reason.as_str()),
            (Verdict::Allow, "granted"),
            "after {name}"
        );
    }
    assert!(!envoy.log().contains("[error]"), "{}", envoy.log());
}

#[test]
fn a_denial_does_not_end_the_connection() {
    let envoy =
        Envoy::start(&samples::with_key("first-key").unwrap(), &EnvoyOptions::default()).unwrap();
    let mut connection = Connection::open_for(envoy.address(), samples::CLIENT).unwrap();
    let request = || Message::get("api.example.com", "/orders");
    let mut status = |message: Message| connection.send(&message).unwrap().status;
    assert_eq!(status(request()), 401);
    assert_eq!(status(request().header("x-api-key", "first-key")), 200);
    assert_eq!(status(request().header("x-api-key", "\u{ff}")), 401);
    assert_eq!(status(request().header("x-api-key", "first-key")), 200);
}

#[test]
fn a_denial_tells_the_caller_its_status_and_nothing_else() {
    let mut envoy =
        Envoy::start(&samples::with_key("first-key").unwrap(), &EnvoyOptions::default()).unwrap();
    let request = || Message::get("api.example.com", "/orders");
    let unknown =
        envoy.observe(samples::CLIENT, &request().header("x-api-key", "another-key")).unwrap();
    let missing = envoy.observe(samples::CLIENT, &request()).unwrap();
    assert_eq!(unknown.body, missing.body);
    for observed in [&unknown, &missing] {
        assert_eq!(observed.response_header("content-type"), ["application/problem+json"]);
        assert!(!observed.response_header("www-authenticate").is_empty());
        let body = String::from_utf8(observed.body.clone()).unwrap();
        assert!(!body.contains(&observed.reason), "{body}");
        assert!(!body.contains("key"), "{body}");
    }
}

#[test]
fn the_access_log_holds_no_key() {
    let mut envoy = Envoy::start(
        &samples::compile(
            &samples::changed(
                samples::PLAIN,
                "{ header: x-api-key }",
                "{ header: x-api-key }, { query: api_key }",
            )
            .unwrap(),
        )
        .unwrap(),
        &EnvoyOptions::default(),
    )
    .unwrap();
    for message in [
        Message::get("api.example.com", "/orders?api_key=first-key"),
        Message::get("api.example.com", "/orders?api_key=another-key")
            .header("x-api-key", "first-key"),
    ] {
        let (_, entry) = envoy.exchange(samples::CLIENT, &message).unwrap();
        assert_eq!(entry.path.as_deref(), Some("/orders"));
        assert!(
            !entry.line.contains("first-key") && !entry.line.contains("another-key"),
            "{}",
            entry.line
        );
    }
}

#[test]
fn four_thousand_forwarded_addresses_are_read_from_the_right() {
    let document = samples::changed(
        samples::PLAIN,
        "(first-key)",
        "(first-key), allowed_ips: [ 203.0.113.0/24 ]",
    )
    .unwrap()
    .replace(
        "gateway:\n",
        "gateway:\n  client_address: { from: x-forwarded-for, trusted_hops: 1 }\n",
    );
    let table = samples::compile(&document).unwrap();
    let client_address = Table::from_bytes(&table).unwrap().settings().client_address;
    let options = EnvoyOptions { client_address, ..EnvoyOptions::default() };
    let mut envoy = Envoy::start(&table, &options).unwrap();
    let forged = "203.0.113.1,".repeat(3_999);
    let others = "10.1.2.3,".repeat(3_999);
    for (forwarded, reason) in [
        (format!("{others}203.0.113.9"), "granted"),
        (format!("{forged}10.1.2.3"), "key_ip_not_allowed"),
        (format!("{forged}nobody"), "address_unknown"),
    ] {
        let message = Message::get("api.example.com", "/orders")
            .header("x-api-key", "first-key")
            .header("x-forwarded-for", &forwarded);
        assert_eq!(envoy.observe(samples::CLIENT, &message).unwrap().reason, reason);
    }
}
