//! What operators can count: decisions by verdict, reason and client, and the table in force.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use std::net::{IpAddr, Ipv4Addr};

use host_sim::{Fault, Host, Metric, Plugin, Request};
use policy_table::Table;
use portcullis_tests::engine::{Envoy, EnvoyOptions, simulator};
use portcullis_tests::http::Message;
use portcullis_tests::samples;
use portcullis_tests::waiting::wait;

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
    let mut host = start(samples::with_settings(&table, r#""client_metrics":5"#));
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
    let first_tick = host.tick_period();
    // A host may try a configuration and drop it again: what is in force shows on the tick.
    assert_eq!(metric(&host, &gauges[0]), None);
    host.tick();
    assert!(host.tick_period() > first_tick, "soon the first time, and seldom from then on");
    assert_eq!(metric(&host, &gauges[0]), Some(1));
    assert!(metric(&host, "portcullis.table.loaded_at") > Some(1_700_000_000));
    send(&mut host, "first-key");
    host.configure(second).unwrap();
    assert_eq!(metric(&host, "portcullis.allow.granted"), Some(1));
    assert_eq!((metric(&host, &gauges[0]), metric(&host, &gauges[1])), (Some(1), None));
    host.tick();
    assert_eq!((metric(&host, &gauges[0]), metric(&host, &gauges[1])), (Some(0), Some(1)));
}

/// Plugins of one module have gauges of their own, and a new table of one takes nothing from the other's.
#[test]
fn every_table_in_force_shows() {
    let tables =
        ["first-key", "second-key", "third-key"].map(|key| samples::with_key(key).unwrap());
    let gauges = tables
        .each_ref()
        .map(|table| format!("portcullis.table.id.{}", Table::from_bytes(table).unwrap().id()));
    let [first, second, third] = tables;
    let mut host = Host::builder(&simulator::module().unwrap())
        .plugin_name("a")
        .configuration(first)
        .plugin(Plugin::new("b").configuration(second))
        .start()
        .unwrap();
    let shown_on_tick = |host: &mut Host| {
        host.tick();
        gauges.each_ref().map(|gauge| metric(host, gauge))
    };
    assert_eq!(shown_on_tick(&mut host), [Some(1), Some(1), None]);
    host.configure_plugin("b", third).unwrap();
    assert_eq!(shown_on_tick(&mut host), [Some(1), Some(0), Some(1)]);
}

/// What was decided counts once it was carried out: a request that could not be changed as its grant needs was denied.
#[test]
fn a_grant_that_cannot_be_carried_out_is_recorded_as_a_denial() {
    let document = samples::changed(
        samples::PLAIN,
        "gateway:\n",
        "gateway:\n  forward: { client: x-client-id }\n",
    )
    .unwrap();
    let table = samples::compile(&document).unwrap();
    let mut host = start(samples::with_settings(&table, r#""filter_state":true"#));
    let refused =
        Fault::Status { function: "proxy_replace_header_map_value".into(), nth: 1, status: 10 };
    host.inject(refused);
    let request =
        Request::get("/orders").authority("api.example.com").header("x-api-key", "first-key");
    let outcome = host.request(request);
    assert_eq!((outcome.status(), outcome.details().as_str()), (Some(503), "host_call_failed"));
    assert_eq!(outcome.filter_state("portcullis.verdict"), Some(&b"deny"[..]));
    assert_eq!(outcome.filter_state("portcullis.reason"), Some(&b"host_call_failed"[..]));
    assert_eq!(outcome.filter_state("portcullis.client"), None);
    host.tick();
    assert_eq!(metric(&host, "portcullis.deny.host_call_failed"), Some(1));
    assert_eq!(metric(&host, "portcullis.allow.granted"), None);
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
    let count = |name: &str| envoy.statistic(&format!("wasmcustom.portcullis.{name}")).unwrap_or(0);
    wait("the counts", || (count("allow.granted"), count("deny.credential_unknown")) == (1, 2));
}
