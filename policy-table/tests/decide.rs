//! Every check of the decision, each with what passes it and what does not.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

mod support;

use policy_table::Table;
use policy_table::write::*;
use support::{Ask, NOW, get, policy, policy_without_gateway_rule, settings};

#[track_caller]
fn expect(bytes: &[u8], rows: &[(Ask, &str)]) {
    for (ask, reason) in rows {
        assert_eq!(ask.reason(bytes), *reason, "{ask:?}");
    }
}

#[test]
fn routes_take_the_most_specific_endpoint() {
    let bytes = policy(settings());
    let table = Table::from_bytes(&bytes).unwrap();
    for (ask, endpoint) in [
        (get("/orders"), "/orders"),
        (get("/orders/7"), "/orders/{id}"),
        (get("/orders/latest"), "/orders/latest"),
        (get("/orders/l%61test"), "/orders/latest"),
        (get("/orders/latest/lines/1"), "/orders/{id}/lines/{line}"),
        (get("/orders/7").host("API.example.com:8443"), "/orders/{id}"),
        (get("/tenant").host("a.example.com"), "/tenant/**"),
        (get("/tenant/x/y/").host("a.example.com"), "/tenant/**"),
        (get("/reports?x=1"), "/reports/**"),
        (get("/reports/2026/"), "/reports/**"),
        (get("/caf%C3%A9"), "/caf\u{e9}"),
    ] {
        let decision = ask.key("acme-plain").decide(&table);
        assert_eq!(decision.reason.code(), "granted");
        assert_eq!(table.endpoint_name(decision.endpoint.unwrap()), endpoint);
    }
    expect(
        &bytes,
        &[
            (get("/Orders"), "endpoint_unknown"),
            (get("/orders/"), "endpoint_unknown"),
            (get("/orders/7/lines"), "endpoint_unknown"),
            (get("/tenant").host("example.com"), "endpoint_unknown"),
            (get("/tenant").host("a.b.example.com"), "endpoint_unknown"),
            (get("/tenant").host(".example.com"), "endpoint_unknown"),
            (get("/"), "endpoint_unknown"),
            (get(""), "endpoint_unknown"),
            (get("*").method("OPTIONS"), "endpoint_unknown"),
            (get("/orders").method("PUT"), "method_not_allowed"),
            (get("/orders").method("get"), "method_not_allowed"),
            (get("/orders/7").method("DELETE"), "endpoint_inactive"),
            (get("/closed/x"), "collection_inactive"),
            (get("/healthz/live"), "public"),
        ],
    );
}

#[test]
fn a_wrong_method_is_told_which_methods_there_are() {
    let bytes = policy(settings());
    let table = Table::from_bytes(&bytes).unwrap();
    let decision = get("/orders").method("PATCH").decide(&table);
    assert_eq!(table.method_names(decision.allowed_methods).collect::<Vec<_>>(), ["GET", "POST"]);
    // DELETE is switched off, so it is not offered.
    let decision = get("/orders/7").method("PATCH").decide(&table);
    assert_eq!(table.method_names(decision.allowed_methods).collect::<Vec<_>>(), ["GET"]);
}

#[test]
fn a_path_that_can_be_read_in_two_ways_is_refused() {
    let bytes = policy(settings());
    for path in [
        "/orders/../admin",
        "/orders/./7",
        "/orders/..",
        "/orders/.",
        "/orders/%2e%2e/x",
        "/orders/.%2E",
        "//orders",
        "/orders//7",
        "/orders\\7",
        "/orders%2F7",
        "/orders%2f7",
        "/orders%5c7",
        "/orders%00",
        "/orders%0d",
        "/orders%7F",
        "/orders%",
        "/orders%4",
        "/orders%zz",
        "/orders;v=1",
        "/a/..;/b",
        "/orders#x",
        "/or ders",
        "/orders\u{7f}",
        "/orders/\u{e0}",
        "orders",
        "http://api/orders",
    ] {
        assert_eq!(get(path).key("acme-plain").reason(&bytes), "path_ambiguous", "{path}");
    }
    for path in [
        "/reports/...",
        "/reports/.a",
        "/reports/a..",
        "/reports/%2525",
        "/reports/%252f",
        "/reports/a/",
        "/reports/%20",
        "/reports/?q=/../;",
    ] {
        assert_eq!(get(path).key("acme-plain").reason(&bytes), "granted", "{path}");
    }
}

#[test]
fn a_credential_may_stand_in_any_source_once() {
    let bytes = policy(settings());
    let basic = "Basic YXBpLXRva2VuOmFjbWUtcGxhaW4="; // api-token:acme-plain
    let at = |path: &str| get(path);
    expect(
        &bytes,
        &[
            (at("/orders"), "credential_missing"),
            (at("/orders").key("acme-plain"), "granted"),
            (at("/orders").key(" \tacme-plain\t "), "granted"),
            (at("/orders").key(""), "credential_missing"),
            (at("/orders").key("").key("acme-plain"), "granted"),
            (at("/orders").key("acme-plain").key("acme-plain"), "credential_ambiguous"),
            (at("/orders").header("X-API-Key", "acme-plain"), "granted"),
            (at("/orders").header("authorization", "Bearer acme-plain"), "granted"),
            (at("/orders").header("authorization", "bEaReR   acme-plain "), "granted"),
            (at("/orders").header("authorization", "Bearer"), "credential_missing"),
            (at("/orders").header("authorization", "Beareracme-plain"), "credential_missing"),
            (at("/orders").header("authorization", "Digest acme-plain"), "credential_missing"),
            (
                at("/orders").header("authorization", "Bearer acme-plain,Bearer acme-plain"),
                "credential_ambiguous",
            ),
            (
                at("/orders")
                    .header("authorization", "Bearer acme-plain")
                    .header("authorization", "Bearer acme-plain"),
                "credential_ambiguous",
            ),
            (at("/orders").header("authorization", basic), "granted"),
            (at("/orders").header("authorization", "basic YXBpLXRva2VuOmFjbWUtcGxhaW4"), "granted"),
            (at("/orders").header("authorization", "Basic !!!"), "credential_malformed"),
            (
                at("/orders").header("authorization", "Basic b3RoZXI6YWNtZS1wbGFpbg=="),
                "credential_missing",
            ),
            (at("/orders").header("authorization", "Basic YXBpLXRva2VuOg=="), "credential_missing"),
            (at("/orders?api_key=acme-plain"), "granted"),
            (at("/orders?a=b&api%5Fkey=acme%2Dplain&c"), "granted"),
            (at("/orders?api_key=acme+plain"), "credential_unknown"),
            (at("/orders?api_key="), "credential_missing"),
            (at("/orders?api_key=acme-plain&api_key=acme-plain"), "credential_ambiguous"),
            (at("/orders").header("cookie", "a=b; api_key=acme-plain; c=d"), "granted"),
            (
                at("/orders")
                    .header("cookie", "api_key=acme-plain")
                    .header("cookie", "api_key=acme-plain"),
                "credential_ambiguous",
            ),
            (at("/orders?api_key=acme-plain").key("acme-plain"), "granted"),
            (at("/orders?api_key=acme%2Dplain").header("authorization", basic), "granted"),
            (at("/orders?api_key=acme-plain").key("acme-narrow"), "credential_ambiguous"),
            (at("/orders").key("nobody"), "credential_unknown"),
            (at("/orders").header("x-api-key", vec![0x80, 0xFF, 0xFE]), "credential_unknown"),
            (at("/orders").header("x-api-key", vec![b'k'; 50_000]), "credential_malformed"),
            (at("/orders").key("pc_test_tooshort"), "credential_malformed"),
            (
                at("/orders").key("pc_test_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq18"),
                "credential_malformed",
            ),
            (
                at("/orders").key("pc_test_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17"),
                "credential_unknown",
            ),
        ],
    );
}

#[test]
fn a_key_must_hold_and_be_granted() {
    let bytes = policy(settings());
    expect(
        &bytes,
        &[
            (get("/orders").key("acme-off"), "key_inactive"),
            (get("/orders").key("acme-window").at(NOW - 11), "key_not_yet_valid"),
            (get("/orders").key("acme-window").at(NOW - 10), "granted"),
            (get("/orders").key("acme-window").at(NOW + 9), "granted"),
            (get("/orders").key("acme-window").at(NOW + 10), "key_expired"),
            (get("/orders").key("initech-plain"), "client_inactive"),
            (get("/reports").key("acme-plain"), "granted"),
            (get("/reports").key("acme-narrow"), "collection_not_granted"),
            (get("/reports").key("globex-plain"), "collection_not_granted"),
        ],
    );
}

#[test]
fn addresses_are_judged_at_every_level() {
    let bytes = policy(settings());
    let office = || get("/orders").key("acme-office");
    expect(
        &bytes,
        &[
            (office().from("203.0.113.1"), "granted"),
            (office().from("::ffff:203.0.113.1"), "granted"),
            (office().from("203.0.113.99"), "key_ip_blocked"),
            (office().from("203.0.112.255"), "key_ip_not_allowed"),
            (office().from("203.0.114.0"), "key_ip_not_allowed"),
            (office().from("2001:db8::ffff"), "granted"),
            (office().from("2001:db8::1:0"), "key_ip_not_allowed"),
            (office().from("192.0.2.255"), "gateway_ip_blocked"),
            (office().nowhere(), "address_unknown"),
            (get("/healthz").from("192.0.2.0"), "gateway_ip_blocked"),
            (get("/orders").key("globex-plain").from("198.51.100.7"), "client_ip_blocked"),
            (get("/orders").key("globex-plain").from("198.51.101.0"), "granted"),
        ],
    );
}

#[test]
fn a_forwarded_address_is_the_one_the_outermost_trusted_proxy_wrote() {
    let client_address = ClientAddress::XForwardedFor { trusted_hops: 2 };
    let bytes = policy(Settings { client_address, ..settings() });
    let ask = || get("/orders").key("acme-office").from("192.0.2.1");
    let forwarded = |value: &str| ask().header("x-forwarded-for", value);
    expect(
        &bytes,
        &[
            (forwarded("203.0.113.1, 10.0.0.9"), "granted"),
            (forwarded("192.0.2.1, 203.0.113.1:4711,10.0.0.9"), "granted"),
            (forwarded("203.0.113.1").header("x-forwarded-for", "10.0.0.9"), "granted"),
            (forwarded("203.0.113.99, 10.0.0.9"), "key_ip_blocked"),
            (forwarded("192.0.2.1, 10.0.0.9"), "gateway_ip_blocked"),
            (forwarded("203.0.113.1"), "address_unknown"),
            (forwarded("not an address, 10.0.0.9"), "address_unknown"),
            (forwarded(", "), "address_unknown"),
            (ask(), "address_unknown"),
        ],
    );
}

#[test]
fn settings_open_what_they_say() {
    let open =
        policy(Settings { unmatched: Unmatched::Allow, preflight: Preflight::Allow, ..settings() });
    let preflight = |path: &str| {
        get(path)
            .method("OPTIONS")
            .header("origin", "https://a.test")
            .header("access-control-request-method", "PUT")
    };
    expect(
        &open,
        &[
            (get("/nothing"), "unmatched"),
            (get("/orders").method("PUT"), "method_not_allowed"),
            (preflight("/orders"), "preflight"),
            (
                get("/orders").method("OPTIONS").header("origin", "https://a.test"),
                "method_not_allowed",
            ),
            (preflight("/a//b"), "path_ambiguous"),
            (preflight("/orders").from("192.0.2.9"), "gateway_ip_blocked"),
        ],
    );
    expect(&policy(settings()), &[(preflight("/orders"), "method_not_allowed")]);
}

#[test]
fn a_decision_names_the_check_that_ended_it() {
    let bytes = policy(settings());
    let table = Table::from_bytes(&bytes).unwrap();
    for (ask, reason, check) in [
        (get("/orders").nowhere(), "address_unknown", 2),
        (get("/orders//7"), "path_ambiguous", 3),
        (get("/nothing"), "endpoint_unknown", 4),
        (get("/healthz"), "public", 5),
        (get("/orders"), "credential_missing", 6),
        (get("/orders").key("nobody"), "credential_unknown", 7),
        (get("/orders").key("initech-plain"), "client_inactive", 8),
        (get("/orders").key("acme-office"), "key_ip_not_allowed", 9),
        (get("/reports").key("acme-narrow"), "collection_not_granted", 10),
        (get("/orders").key("acme-plain"), "granted", 12),
    ] {
        let decision = ask.decide(&table);
        assert_eq!((decision.reason.code(), decision.check), (reason, check), "{ask:?}");
    }
    // What is known by then is named.
    let name = |decision: policy_table::Decision| {
        [
            decision.collection.map(|collection| table.collection_name(collection).to_owned()),
            decision.client.map(|client| table.client_name(client).to_string()),
            decision.key.map(|key| table.key_name(key).to_string()),
        ]
    };
    let some = |name: &str| Some(name.to_owned());
    let named = get("/orders").key("acme-off").decide(&table);
    assert_eq!(name(named), [some("orders"), some("acme"), some("acme-off")]);
    let named = get("/orders").key("nobody").decide(&table);
    assert_eq!(name(named), [some("orders"), None, None]);
    // Without a rule at the gateway it is the key's rule that cannot be asked.
    let settings =
        Settings { client_address: ClientAddress::XForwardedFor { trusted_hops: 1 }, ..settings() };
    let bytes = policy_without_gateway_rule(settings);
    let decision = get("/orders").key("acme-office").decide(&Table::from_bytes(&bytes).unwrap());
    assert_eq!((decision.reason.code(), decision.check), ("address_unknown", 9));
}
