//! What operators can count: decisions by verdict, reason and client, and the table in force.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use host_sim::{Host, Metric, Request};
use policy_table::Table;
use portcullis_tests::engine::{Envoy, EnvoyOptions, simulator};
use portcullis_tests::http::Message;
use portcullis_tests::samples;

fn configuration(table: &[u8], settings: &str) -> Vec<u8> {
    format!(r#"{{"table":"{}"{settings}}}"#, STANDARD.encode(table)).into_bytes()
}

fn start(configuration: Vec<u8>) -> Host {
    Host::builder(&simulator::module().unwrap()).configuration(configuration).start().unwrap()
}

/// The value of a counter or gauge.
fn metric(host: &Host, name: &str) -> Option<u64> {
    match host.metric(name)? {
        Metric::Counter(value) | Metric::Gauge(value) => Some(value),
        Metric::Histogram(_) => None,
    }
}

fn send(host: &mut Host, key: &str) {
    host.request(Request::get("/orders").authority("api.example.com").header("x-api-key", key));
}

#[test]
fn decisions_reach_the_host_on_the_tick_and_not_before() {
    let mut host = start(samples::with_key("first-key").unwrap());
    assert!(host.tick_period() > 0);
    for key in ["first-key", "first-key", "other", ""] {
        send(&mut host, key);
    }
    assert_eq!(metric(&host, "portcullis.allow.granted"), None);
    host.tick();
    assert_eq!(metric(&host, "portcullis.allow.granted"), Some(2));
    assert_eq!(metric(&host, "portcullis.deny.credential_unknown"), Some(1));
    assert_eq!(metric(&host, "portcullis.deny.credential_missing"), Some(1));
    assert_eq!(metric(&host, "portcullis.client.acme.allow"), None, "not asked for");
    send(&mut host, "first-key");
    host.tick();
    host.tick();
    assert_eq!(metric(&host, "portcullis.allow.granted"), Some(3));
}

#[test]
fn clients_are_counted_where_asked() {
    let table = samples::with_key("first-key").unwrap();
    let mut host = start(configuration(&table, r#","client_metrics":5"#));
    send(&mut host, "first-key");
    host.tick();
    assert_eq!(metric(&host, "portcullis.client.acme.allow"), Some(1));
}

#[test]
fn a_new_table_shows_and_the_counts_of_the_old_one_are_not_lost() {
    let tables =
        [samples::with_key("first-key").unwrap(), samples::with_key("second-key").unwrap()];
    let gauges = tables
        .each_ref()
        .map(|table| format!("portcullis.table.id.{}", Table::from_bytes(table).unwrap().id()));
    let [first, second] = tables;
    let mut host = start(first);
    assert_eq!(metric(&host, &gauges[0]), Some(1));
    assert!(metric(&host, "portcullis.table.loaded_at") > Some(1_700_000_000));
    send(&mut host, "first-key");
    host.configure(second).unwrap();
    assert_eq!(metric(&host, "portcullis.allow.granted"), Some(1));
    assert_eq!((metric(&host, &gauges[0]), metric(&host, &gauges[1])), (Some(0), Some(1)));
}

#[test]
fn envoy_shows_them_among_its_own() {
    let table = samples::with_key("first-key").unwrap();
    let mut envoy = Envoy::start(&table, &EnvoyOptions::default()).unwrap();
    let client = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));
    for key in ["first-key", "other", "other"] {
        envoy
            .observe(client, &Message::get("api.example.com", "/orders").header("x-api-key", key))
            .unwrap();
    }
    // The counts come with the next tick.
    let deadline = Instant::now() + Duration::from_secs(30);
    let count = |name: &str| envoy.statistic(&format!("wasmcustom.portcullis.{name}")).unwrap_or(0);
    while (count("allow.granted"), count("deny.credential_unknown")) != (1, 2) {
        assert!(Instant::now() < deadline, "no counts within 30 seconds: {}", envoy.log());
        std::thread::sleep(Duration::from_millis(100));
    }
}
