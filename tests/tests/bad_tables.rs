//! A table that is missing or damaged never comes into force, and says so.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code: a panic is a failed test")]

use host_sim::{Host, Module};
use portcullis_tests::engine::{Delivery, Envoy, EnvoyOptions, simulator};
use portcullis_tests::samples;

/// Where the version stands in the header.
const VERSION: usize = 8;

#[test]
fn host_sim_refuses_it_with_a_line_that_says_what_where_expected_found() {
    let module = simulator::module().unwrap();
    for (name, bytes, words) in bad_tables() {
        let log = refusal(&module, &bytes);
        for word in words {
            assert!(log.contains(word), "{name}: `{word}` is not in `{log}`");
        }
        assert_eq!(log.lines().count(), 1, "{name}: {log}");
    }
}

#[test]
fn every_flipped_byte_is_refused() {
    let module = simulator::module().unwrap();
    let table = samples::with_key("first-key").unwrap();
    for position in 0..table.len() {
        let log = refusal(&module, &flipped(&table, position));
        assert!(log.contains("expected") && log.contains("found"), "byte {position}: {log}");
    }
}

#[test]
fn a_bad_update_leaves_the_good_table_in_force() {
    let module = simulator::module().unwrap();
    let mut host = Host::builder(&module)
        .configuration(samples::with_key("first-key").unwrap())
        .start()
        .unwrap();
    let status = |host: &mut Host, key: &str| {
        let request =
            host_sim::Request::get("/orders").authority("api.example.com").header("x-api-key", key);
        host.request(request).local_reply().map(|reply| reply.status)
    };
    assert_eq!(status(&mut host, "first-key"), None);
    for (name, bytes, _) in bad_tables() {
        assert!(host.configure(bytes).is_err(), "{name}");
        assert_eq!(status(&mut host, "first-key"), None, "{name}");
        assert_eq!(status(&mut host, "second-key"), Some(401), "{name}");
    }
    host.configure(samples::with_key("second-key").unwrap()).unwrap();
    assert_eq!(status(&mut host, "first-key"), Some(401));
    assert_eq!(status(&mut host, "second-key"), None);
}

#[test]
fn envoy_does_not_start_with_it() {
    for (name, bytes, words) in bad_tables() {
        for delivery in [Delivery::Bytes, Delivery::Json] {
            let options = EnvoyOptions { delivery, ..EnvoyOptions::default() };
            let error = match Envoy::start(&bytes, &options) {
                Ok(_) => panic!("{name}: Envoy serves with it"),
                Err(error) => format!("{error:#}"),
            };
            assert!(error.contains("Envoy ended by itself"), "{name}: {error}");
            // Empty JSON settings hold an empty table; the words are another refusal's.
            if delivery == Delivery::Bytes {
                for word in words {
                    assert!(
                        error.contains(word),
                        "{name}: `{word}` is not in what Envoy says: {error}"
                    );
                }
            }
        }
    }
}

fn bad_tables() -> Vec<(&'static str, Vec<u8>, &'static [&'static str])> {
    let table = samples::with_key("first-key").unwrap();
    let half = table.get(..table.len() / 2).unwrap().to_vec();
    let mut future = table.clone();
    *future.get_mut(VERSION).unwrap() = 9;
    vec![
        ("none", Vec::new(), &["plugin configuration", "expected a table", "found nothing"]),
        ("truncated", half, &["length of the table", "header", "expected", "found", "truncated"]),
        (
            "one flipped byte",
            flipped(&table, table.len() / 2),
            &["checksum", "expected", "found", "damaged"],
        ),
        ("future version", future, &["format version", "header", "expected 1", "found 9"]),
    ]
}

fn flipped(table: &[u8], position: usize) -> Vec<u8> {
    let mut bytes = table.to_vec();
    *bytes.get_mut(position).unwrap() ^= 0x10;
    bytes
}

/// What the filter logs when it refuses a configuration.
fn refusal(module: &Module, configuration: &[u8]) -> String {
    match Host::builder(module).configuration(configuration).start() {
        Ok(_) => panic!("the filter takes it"),
        Err(error) => {
            error.logs.iter().map(|line| line.text().into_owned()).collect::<Vec<_>>().join("\n")
        }
    }
}
