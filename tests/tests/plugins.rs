//! Several plugins in one module: each request is decided by the table of its own plugin, though the module is not told
//! of streams and nothing but their tables distinguishes the plugins.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code: a panic is a failed test")]

use std::net::SocketAddr;
use std::time::Duration;

use host_sim::{Fault, Host, HostBuilder, Level, Module, Plugin, Profile, Request, Status};
use portcullis_tests::engine::{Envoy, EnvoyOptions, Instance, bootstrap, simulator};
use portcullis_tests::http::Connection;
use portcullis_tests::samples;
use portcullis_tests::upstream::Upstream;
use portcullis_tests::waiting::wait;
use serde_json::Value;

/// Three listeners with the filter, all in one Envoy without a name for any plugin, so that each worker has one VM for
/// all of them.
#[test]
fn plugins_without_names_keep_their_own_tables_in_envoy() {
    let upstream = Upstream::start().unwrap();
    let keys = ["first-key", "second-key", "third-key"];
    let options = EnvoyOptions { proxy_protocol: false, ..EnvoyOptions::default() };
    let mut configuration: Option<Value> = None;
    for key in keys {
        let table = samples::with_key(key).unwrap();
        let mut own = bootstrap(&table, &options, upstream.address()).unwrap();
        let listener = own.pointer_mut("/static_resources/listeners/0").unwrap();
        *listener.pointer_mut("/name").unwrap() = key.into();
        let listener = listener.take();
        match &mut configuration {
            None => {
                *own.pointer_mut("/static_resources/listeners/0").unwrap() = listener;
                configuration = Some(own);
            }
            Some(all) => {
                let listeners = all.pointer_mut("/static_resources/listeners").unwrap();
                listeners.as_array_mut().unwrap().push(listener);
            }
        }
    }
    let envoy = Instance::start(&configuration.unwrap()).unwrap();
    let listeners = envoy.listeners().unwrap();
    assert_eq!(listeners.len(), keys.len());
    for _ in 0..20 {
        for (name, address) in &listeners {
            for key in keys {
                let expected = if name == key { 200 } else { 401 };
                assert_eq!(status(*address, key), expected, "{name} {key}");
            }
        }
    }
    assert!(!envoy.log().contains("portcullis-portable.wasm"), "{}", envoy.log());
}

/// A connection that was opened before an update belongs to the plugin before it, as long as Envoy lets it live.
#[test]
fn a_connection_from_before_an_update_keeps_its_table_in_envoy() {
    let options = EnvoyOptions {
        watched: true,
        proxy_protocol: false,
        drain: Duration::from_secs(600),
        ..EnvoyOptions::default()
    };
    let envoy = Envoy::start(&samples::with_key("first-key").unwrap(), &options).unwrap();
    let mut old = Connection::open(envoy.address()).unwrap();
    assert_eq!(old.send(&samples::request("first-key")).unwrap().status, 200);
    for key in ["second-key", "third-key"] {
        envoy.lds().unwrap().replace(&samples::with_key(key).unwrap()).unwrap();
        wait(key, || status(envoy.address(), key) == 200);
        assert_eq!(status(envoy.address(), "first-key"), 401);
        assert_eq!(old.send(&samples::request(key)).unwrap().status, 401);
        assert_eq!(old.send(&samples::request("first-key")).unwrap().status, 200);
    }
}

#[test]
fn plugins_of_one_module_keep_their_own_tables_in_the_simulator() {
    let portable = simulator::portable_module().unwrap();
    let profiles = [Profile::Envoy, Profile::Gcp, Profile::Nginx, Profile::Strict];
    let any_host = profiles.map(|profile| (&portable, profile));
    let lean = simulator::module().unwrap();
    for (module, profile) in [(&lean, Profile::Envoy)].into_iter().chain(any_host) {
        let mut host = two_plugins(module, profile);
        let logs = host.start_activity().logs.clone();
        assert!(logs.iter().all(|line| line.level < Level::Error), "{profile:?}: {logs:?}");
        let mut expect = |expected: [(&str, &str, u16); 4]| {
            for (plugin, key, status) in expected {
                let request = simulated(key).to_plugin(plugin);
                assert_eq!(
                    host.request(request).status(),
                    Some(status),
                    "{profile:?}: {plugin} {key}"
                );
            }
            host.configure_plugin("b", samples::with_key("third-key").unwrap()).unwrap();
        };
        let (one, two, three) = ("first-key", "second-key", "third-key");
        expect([("a", one, 200), ("b", two, 200), ("a", two, 401), ("b", one, 401)]);
        expect([("a", one, 200), ("b", three, 200), ("a", three, 401), ("b", two, 401)]);
    }
}

/// The lean filter in a host that has no expressions: nobody can say whose table a request is for, so it is denied and
/// the log says what to do; one plugin alone is not in doubt.
#[test]
fn a_host_that_cannot_tell_plugins_apart_denies() {
    let lean = simulator::module().unwrap();
    for profile in [Profile::Gcp, Profile::Nginx, Profile::Strict] {
        assert_both_denied(two_plugins(&lean, profile));
        let alone = Host::builder(&lean)
            .profile(profile)
            .configuration(samples::with_key("first-key").unwrap());
        let mut alone = alone.start().unwrap();
        assert_eq!(alone.request(simulated("first-key")).status(), Some(200));
        // An update leaves two root contexts only while a stream of the old one lasts.
        alone.configure(samples::with_key("second-key").unwrap()).unwrap();
        assert_eq!(alone.request(simulated("second-key")).status(), Some(200));
        assert_eq!(alone.request(simulated("first-key")).status(), Some(401));
    }
}

/// A host that says of a plugin that it is gone while it is not: its requests are denied, and nothing traps.
#[test]
fn a_plugin_that_is_said_to_be_gone_and_is_not_is_denied() {
    for module in [simulator::module().unwrap(), simulator::portable_module().unwrap()] {
        let mut host = two_plugins(&module, Profile::Envoy);
        for nth in 1..=4 {
            let function = "proxy_set_effective_context".to_owned();
            host.inject(Fault::Status { function, nth, status: 2 });
            host.tick();
            host.clear_faults();
            host.tick();
            for (plugin, other) in [("a", "second-key"), ("b", "first-key")] {
                let outcome = host.request(simulated(other).to_plugin(plugin));
                assert!(matches!(outcome.status(), Some(401 | 503)), "{nth} {plugin}: {outcome:?}");
                // What a trap ends has no reply of the filter's own.
                assert!(outcome.local_reply().is_some(), "{nth} {plugin}: {outcome:?}");
            }
        }
        let last = host.request(simulated("first-key").to_plugin("a"));
        assert!(last.continued() || last.local_reply().is_some(), "{last:?}");
    }
}

/// What keeps expressions but does not evaluate them is no help either.
#[test]
fn a_host_that_keeps_expressions_and_evaluates_none_denies() {
    let lean = simulator::module().unwrap();
    for status in [Status::NotFound, Status::BadArgument, Status::InternalFailure] {
        let evaluate = move |_: &[u8]| Err(status);
        let host = builder(&lean, Profile::Envoy).foreign_function("expr_evaluate", evaluate);
        assert_both_denied(host.start().unwrap());
    }
}

fn assert_both_denied(mut host: Host) {
    let logs = &host.start_activity().logs;
    let told = logs.iter().any(|line| line.text().contains("portcullis-portable.wasm"));
    assert!(told, "{logs:?}");
    for (plugin, key) in [("a", "first-key"), ("b", "second-key")] {
        let outcome = host.request(simulated(key).to_plugin(plugin));
        assert_eq!(outcome.status(), Some(503), "{plugin}");
        assert_eq!(outcome.details(), "table_unavailable");
    }
}

fn two_plugins(module: &Module, profile: Profile) -> Host {
    builder(module, profile).start().unwrap()
}

fn builder(module: &Module, profile: Profile) -> HostBuilder {
    Host::builder(module)
        .profile(profile)
        .plugin_name("a")
        .configuration(samples::with_key("first-key").unwrap())
        .plugin(Plugin::new("b").configuration(samples::with_key("second-key").unwrap()))
}

fn simulated(key: &str) -> Request {
    Request::get("/orders").authority("api.example.com").header("x-api-key", key)
}

fn status(address: SocketAddr, key: &str) -> u16 {
    samples::status(address, key).unwrap()
}
