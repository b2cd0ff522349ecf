//! What Envoy refuses by itself, before the filter is asked, and what it changes: `docs/envoy.md` says it, and here it
//! is seen.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code: a panic is a failed test")]

use std::process::Command;

use policy_table::settings::ClientAddress;
use portcullis_tests::engine::{Envoy, EnvoyOptions};
use portcullis_tests::http::Message;
use portcullis_tests::{places, samples};

#[test]
fn envoy_refuses_what_the_page_says() {
    let mut envoy = start();
    let page = page();
    for (what, message) in refused() {
        let (response, entry) = envoy.exchange(samples::CLIENT, &message).unwrap();
        assert_eq!(entry.reason, None, "{what}: the filter was asked");
        let is_known = message.method != "QUERY" || knows_query();
        let what = if is_known { what } else { "a method that Envoy does not know" };
        let row = format!("| {what} | {} | `{}` |", response.status, entry.details);
        assert!(page.contains(&row), "the page lacks:\n{row}");
    }
    assert_eq!(envoy.upstream().count(), 0);
    let rows = page.lines().filter(|line| line.starts_with("| ") && line.ends_with("` |")).count();
    assert_eq!(rows, refused().len(), "rows of the page that nothing here shows");
}

#[test]
fn envoy_joins_header_lines() {
    let mut envoy = start();
    let sent =
        granted("/orders").header("x-forwarded-for", "192.0.2.1").header("x-forwarded-for", "");
    let sent = sent.header("cookie", "a=1").header("cookie", "b=2");
    let sent = sent.header("authorization", "Digest a").header("authorization", "Digest b");
    let upstream = envoy.observe(samples::CLIENT, &sent).unwrap().upstream.unwrap();
    assert_eq!(upstream.header("cookie"), ["a=1", "b=2"]);
    assert_eq!(upstream.header("authorization"), ["Digest a,Digest b"]);
    assert_eq!(upstream.header("x-forwarded-for"), ["192.0.2.1,203.0.113.9"]);
}

#[test]
fn envoy_takes_away_what_connection_names() {
    let mut envoy = start();
    let sent = granted("/orders").header("connection", "x-api-key");
    let (response, entry) = envoy.exchange(samples::CLIENT, &sent).unwrap();
    assert_eq!((response.status, entry.details.as_str()), (401, "credential_missing"));
}

/// A proxy before Envoy that ends TLS says so in `X-Forwarded-Proto`; anybody else may say so, too.
#[test]
fn envoy_believes_the_scheme_of_a_proxy_that_the_policy_trusts_and_of_nobody_else() {
    let trusts = ClientAddress::XForwardedFor { trusted_hops: 1 };
    for (client_address, scheme) in [(ClientAddress::Connection, "http"), (trusts, "https")] {
        let options = EnvoyOptions { client_address, ..EnvoyOptions::default() };
        let mut envoy = Envoy::start(&samples::with_key("first-key").unwrap(), &options).unwrap();
        let sent = granted("/orders").header("x-forwarded-for", "192.0.2.1");
        let sent = sent.header("x-forwarded-proto", "https");
        let upstream = envoy.observe(samples::CLIENT, &sent).unwrap().upstream.unwrap();
        assert_eq!(upstream.header("x-forwarded-proto"), [scheme]);
    }
}

/// Should such a proxy let it through as a caller wrote it: some upstreams make `/admin` of any path by it.
#[test]
fn no_route_takes_a_scheme_that_is_none() {
    let client_address = ClientAddress::XForwardedFor { trusted_hops: 1 };
    let options = EnvoyOptions { client_address, ..EnvoyOptions::default() };
    let mut envoy = Envoy::start(&samples::with_key("first-key").unwrap(), &options).unwrap();
    for (scheme, status) in [("HTTPS", 200), ("http://x/admin?", 404), ("https,http", 404)] {
        let sent = granted("/orders").header("x-forwarded-proto", scheme);
        let (response, _) = envoy.exchange(samples::CLIENT, &sent).unwrap();
        assert_eq!(response.status, status, "{scheme}");
    }
}

/// By the emitted configuration: the filter leaves these to the proxy.
#[test]
fn no_upstream_gets_what_would_make_another_request_of_the_one_that_was_judged() {
    let of_envoy = ["x-envoy-original-path", "x-envoy-original-dst-host"];
    let of_table = policy_table::OVERRIDES.into_iter().chain(policy_table::OTHER_TARGETS);
    let names: Vec<&str> = of_table.chain(of_envoy).collect();
    let other = granted("/orders").header("x-other", "1");
    let message = names.iter().fold(other, |message, name| message.header(name, "1"));
    let upstream = start().observe(samples::CLIENT, &message).unwrap().upstream.unwrap();
    assert_eq!(upstream.header("x-other"), ["1"]);
    for name in names {
        assert!(upstream.header(name).is_empty(), "{name}");
    }
}

#[test]
fn envoy_takes_the_host_out_of_a_target() {
    let mut envoy = start();
    let observed = envoy.observe(samples::CLIENT, &granted("http://other.test/orders")).unwrap();
    let upstream = observed.upstream.unwrap();
    assert_eq!((upstream.path.as_str(), upstream.header("host")), ("/orders", vec!["other.test"]));
}

#[test]
fn envoy_drops_blanks_at_the_end_of_a_target() {
    let mut envoy = start();
    let observed = envoy.observe(samples::CLIENT, &granted("/orders \t")).unwrap();
    assert_eq!(observed.upstream.unwrap().path, "/orders");
}

#[test]
fn envoy_joins_hosts() {
    let mut envoy = start();
    for (first, second) in [
        ("api.example.com", "other.test"),
        ("api.example.com:80", "other.test"),
        ("other.test", "api.example.com:80"),
        ("other", "a.wild.test"),
    ] {
        let sent = Message::get(first, "/orders").header("host", second);
        let (response, entry) =
            envoy.exchange(samples::CLIENT, &sent.header("x-api-key", "first-key")).unwrap();
        let found = (response.status, entry.details.as_str());
        assert_eq!(found, (400, "host_ambiguous"), "{first} {second}");
    }
}

/// Envoy has known the method since 1.40.
fn knows_query() -> bool {
    let output = Command::new(places::envoy().unwrap()).arg("--version").output().unwrap();
    let version = String::from_utf8_lossy(&output.stdout).into_owned();
    !["/1.36.", "/1.37.", "/1.38.", "/1.39."].iter().any(|release| version.contains(release))
}

fn start() -> Envoy {
    Envoy::start(&samples::with_key("first-key").unwrap(), &EnvoyOptions::default()).unwrap()
}

fn page() -> String {
    std::fs::read_to_string(places::root().join("docs").join("envoy.md")).unwrap()
}

fn get(target: &str) -> Message {
    Message { target: target.as_bytes().to_vec(), ..Message::get("api.example.com", "/") }
}

fn granted(target: &str) -> Message {
    get(target).header("x-api-key", "first-key")
}

fn method(name: &str, target: &str) -> Message {
    Message { method: name.to_owned(), ..get(target) }
}

fn refused() -> Vec<(&'static str, Message)> {
    let host = |host: &str| Message::get(host, "/orders");
    let header = |name: &str, value: &str| granted("/orders").header(name, value);
    let many = (0..100).fold(get("/orders"), |message, _| message.header("x-note", ""));
    vec![
        ("a `#` in the path", get("/orders#x")),
        ("a `#` in the query", get("/orders?x#y")),
        ("a blank in the target", get("/orders x")),
        ("a tab in the target", get("/a\tb")),
        ("another control byte in the target", get("/a\u{1}b")),
        ("a byte in the target that is not ASCII", get("/é")),
        ("a target without its slash", get("orders")),
        ("the target `*`", get("*")),
        ("the target `*` of `OPTIONS`", method("OPTIONS", "*")),
        ("an `https` target on a plain connection", get("https://api.example.com/orders")),
        ("a method in lower case", method("get", "/orders")),
        ("a method that Envoy does not know", method("BREW", "/orders")),
        ("`CONNECT` to a path", method("CONNECT", "/orders")),
        ("`QUERY` without a content type", method("QUERY", "/orders")),
        ("no `Host`", Message { headers: Vec::new(), ..get("/orders") }),
        ("a host with a blank", host("a b.example.com")),
        ("a host with a slash", host("api.example.com/x")),
        ("a host that is not ASCII", host("é.example.com")),
        ("a control byte in a header", header("x-note", "a\u{1}b")),
        ("a zero byte in a header", header("x-note", "a\u{0}b")),
        ("a blank in the name of a header", header("x note", "")),
        ("a header without a name", header("", "x")),
        (
            "HTTP/1.0, as nginx speaks it where `proxy_http_version` is not set",
            // Its first line ends before the version that all requests here have.
            get("/orders HTTP/1.0\r\nx-note: "),
        ),
        ("`Connection` with `Host` in it", granted("/orders").header("connection", "host")),
        (
            "`Connection` with `X-Forwarded-For` in it",
            granted("/orders").header("connection", "x-forwarded-for"),
        ),
        (
            "an upgrade to WebSocket",
            granted("/orders").header("connection", "upgrade").header("upgrade", "websocket"),
        ),
        ("headers of more than 60 KiB", get("/orders").header("x-note", vec![b'x'; 61 * 1024])),
        ("more than 100 headers", many),
    ]
}
