//! What a caller cannot make up: where a request comes from, and who sent it.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use host_sim::{Fault, Headers, Host, Module, Request};
use portcullis_tests::engine::{EnvoyOptions, Instance, bootstrap, simulator};
use portcullis_tests::http::{Connection, Message};
use portcullis_tests::samples;
use portcullis_tests::upstream::Upstream;

/// Where `use_remote_address` is not set, Envoy takes the address of the connection from what the caller writes into
/// `X-Forwarded-For`. Such an address has no port, and is none of a connection.
#[test]
fn an_address_that_envoy_took_from_a_header_is_not_the_connection_s() {
    let table = samples::compile(&format!("{}\n      office: {{ sha256: sha256(office-key), allowed_ips: 203.0.113.0/24 }}\n      local: {{ sha256: sha256(local-key), allowed_ips: 127.0.0.0/8 }}\n", samples::PLAIN.trim_end())).unwrap();
    let upstream = Upstream::start().unwrap();
    let options = EnvoyOptions { proxy_protocol: false, ..EnvoyOptions::default() };
    let mut configuration = bootstrap(&table, &options, upstream.address()).unwrap();
    let manager = configuration
        .pointer_mut("/static_resources/listeners/0/filter_chains/0/filters/0/typed_config")
        .unwrap();
    assert!(manager.as_object_mut().unwrap().remove("use_remote_address").is_some());
    let envoy = Instance::start(&configuration).unwrap();
    let address = *envoy.listeners().unwrap().values().next().unwrap();
    let status = |key: &str, forwarded: Option<&str>| {
        let mut message = Message::get("api.example.com", "/orders").header("x-api-key", key);
        if let Some(forwarded) = forwarded {
            message = message.header("x-forwarded-for", forwarded);
        }
        Connection::open(address).unwrap().send(&message).unwrap().status
    };
    for (key, forwarded, expected) in [
        ("local-key", None, 200),
        ("office-key", None, 403),
        ("office-key", Some("203.0.113.5"), 403),
        ("office-key", Some("203.0.113.5:8080"), 403),
        ("local-key", Some("203.0.113.5"), 403),
        ("first-key", Some("203.0.113.5"), 200),
    ] {
        assert_eq!(status(key, forwarded), expected, "{key} {forwarded:?}");
    }
}

const FORWARDED: &str = "gateway:
  forward: { client: x-client-id, key: x-key-id }
  credentials: [ { header: x-api-key }, { bearer: true }, { cookie: session } ]
  strip_credential: true
";

/// An upstream may take trailers for headers.
#[test]
fn trailers_bring_no_names_and_no_credentials() {
    let document = samples::changed(
        samples::PLAIN,
        "gateway:\n  credentials: [ { header: x-api-key } ]\n  strip_credential: false\n",
        FORWARDED,
    )
    .unwrap();
    let table = samples::compile(&document).unwrap();
    for module in [simulator::module().unwrap(), simulator::portable_module().unwrap()] {
        let (status, trailers) = sent(&module, table.clone());
        assert_eq!(status, Some(200), "{trailers:?}");
        let left: Vec<_> = trailers.iter().collect();
        assert_eq!(left, [(&b"x-sum"[..], &b"7"[..]), (b"cookie", b"theme=dark")]);
    }
}

/// Where nothing is forwarded and nothing stripped, trailers lose what would make another request of theirs, and nothing
/// else; in shadow mode not even that.
#[test]
fn trailers_do_not_make_another_request_of_theirs() {
    let module = simulator::module().unwrap();
    let table = samples::compile(samples::PLAIN).unwrap();
    let (status, trailers) = sent(&module, table.clone());
    let names: Vec<_> = trailers.iter().map(|(name, _)| name.to_vec()).collect();
    let left = ["x-client-id", "x-key-id", "x-api-key", "authorization", "x-sum", "cookie"];
    assert_eq!((status, names), (Some(200), left.map(|name| name.as_bytes().to_vec()).to_vec()));
    let (_, trailers) = sent(&module, samples::with_settings(&table, r#""mode":"shadow""#));
    assert_eq!(trailers.iter().count(), 10);
}

/// What cannot be cleaned does not go on, but in shadow mode nothing is held back.
#[test]
fn trailers_that_cannot_be_cleaned_are_held_back_where_the_policy_is_enforced() {
    let table = samples::compile(
        &samples::changed(
            samples::PLAIN,
            "gateway:\n",
            "gateway:\n  forward: { client: x-client-id }\n",
        )
        .unwrap(),
    )
    .unwrap();
    for (mode, verdict) in [("enforce", "paused"), ("shadow", "continued")] {
        let settings = samples::with_settings(&table, &format!(r#""mode":"{mode}""#));
        let mut host =
            Host::builder(&simulator::module().unwrap()).configuration(settings).start().unwrap();
        // The first call is about the headers.
        let function = "proxy_get_header_map_pairs".to_owned();
        host.inject(Fault::Status { function, nth: 2, status: 10 });
        let outcome = host.request(with_trailers());
        assert_eq!(outcome.verdict.name(), verdict, "{mode}");
    }
}

/// A field that a host does not let go, or says not to find, holds its request.
#[test]
fn a_name_that_cannot_be_removed_does_not_go_on() {
    let table = samples::compile(samples::PLAIN).unwrap();
    let request = || {
        Request::get("/orders")
            .authority("api.example.com")
            .header("x-api-key", "first-key")
            .header("X_HTTP_Method_Override", "DELETE")
    };
    for (status, answer) in [(0, 200), (1, 503), (2, 503), (10, 503)] {
        let module = simulator::module().unwrap();
        let mut host = Host::builder(&module).configuration(table.clone()).start().unwrap();
        let function = "proxy_remove_header_map_value".to_owned();
        host.inject(Fault::Status { function, nth: 1, status });
        assert_eq!(host.request(request()).status(), Some(answer), "status {status}");
    }
}

/// Sends a granted request with trailers: the status that the client gets, and the trailers that the upstream gets.
fn sent(module: &Module, table: Vec<u8>) -> (Option<u16>, Headers) {
    let mut host = Host::builder(module).configuration(table).start().unwrap();
    let outcome = host.request(with_trailers());
    (outcome.status(), outcome.upstream.map(|upstream| upstream.trailers).unwrap_or_default())
}

fn with_trailers() -> Request {
    Request::post("/orders")
        .body("body")
        .authority("api.example.com")
        .header("x-api-key", "first-key")
        .trailer("x-client-id", "admin")
        .trailer("X-Key-Id", "root")
        .trailer("x-api-key", "first-key")
        .trailer("authorization", "Bearer first-key")
        .trailer("X-HTTP-Method-Override", "DELETE")
        .trailer("x-forwarded-host", "other.example")
        .trailer("host", "other.example")
        .trailer("SCRIPT_NAME", "/orders")
        .trailer("x-sum", "7")
        .trailer("cookie", "session=first-key; theme=dark")
}
