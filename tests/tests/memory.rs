//! The memory of a table that was replaced is used again, and one that does not fit is refused.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code: a panic is a failed test")]

use std::fmt::Write as _;
use std::path::Path;

use host_sim::{Begun, Host, Request};
use portcullis_tests::engine::simulator;
use portcullis_tests::{policy, samples};
use sha2::{Digest as _, Sha256};

/// A table of about a megabyte; each has other keys and so other sizes and places in memory.
fn table(folder: &Path, number: usize) -> Vec<u8> {
    let mut rows = String::from("name,sha256\n");
    for key in 0..40_000 + 500 * (number % 3) {
        let digest = Sha256::digest(format!("key {key} of table {number}"));
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(rows, "k{key},{digest}").unwrap();
    }
    std::fs::write(folder.join("keys.csv"), rows).unwrap();
    let document = "version: 1\nlimits: { keys_per_client: 100000 }\ncollections: { orders: { base_path: /orders } }\n\
                    clients: { acme: { collections: [ orders ], key_files: [ keys.csv ] } }\n";
    policy::compile("memory.yaml", document, folder).unwrap()
}

fn request(number: usize) -> Request {
    let key = format!("key 7 of table {number}");
    Request::get("/orders").authority("api.example.com").header("x-api-key", &key)
}

#[test]
fn updates_use_the_memory_of_tables_that_were_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let tables: Vec<Vec<u8>> = (0..6).map(|number| table(folder.path(), number)).collect();
    let largest = tables.iter().map(Vec::len).max().unwrap() as u64;
    let first = tables.first().unwrap();
    let mut host = Host::builder(&simulator::module().unwrap())
        .configuration(first.as_slice())
        .start()
        .unwrap();
    let with_one = host.memory_pages();
    let mut grown_in = 0;
    let mut most = with_one;
    for round in 1..=60 {
        let number = round % tables.len();
        // A request that is still under way keeps its table until it ends.
        let Begun::Upstream(pending) = host.begin(request((round - 1) % tables.len())) else {
            panic!("the key of the table in force is granted")
        };
        host.configure(tables.get(number).unwrap()).unwrap();
        assert!(host.request(request(number)).continued(), "round {round}");
        assert!(!host.request(request((number + 1) % tables.len())).continued());
        host.complete(pending, host_sim::Response::new(200));
        if host.memory_pages() > most {
            (most, grown_in) = (host.memory_pages(), round);
        }
    }
    assert!(grown_in < 20, "still growing in round {grown_in}: {most} pages");
    // Old and new at once, and gaps that a larger table does not fit: four places, not sixty.
    let allowed = with_one + 3 * largest.div_ceil(65_536) + 8;
    assert!(most <= allowed, "{most} pages, with one table {with_one}, allowed {allowed}");
}

/// Whatever is missing to load a table, the module says so instead of ending in a trap.
#[test]
fn a_table_for_which_there_is_no_memory_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let table = table(folder.path(), 0);
    let json = samples::with_settings(&table, r#""mode":"enforce""#);
    let escaped = String::from_utf8(json.clone()).unwrap().replace('/', "\\/").into_bytes();
    for module in [simulator::module().unwrap(), simulator::portable_module().unwrap()] {
        for configuration in [&table, &json, &escaped] {
            let (mut refused, mut started) = (0, 0);
            // A table of some pages in a module that begins with 17, and needs one to begin at all.
            for pages in (18..60).chain([150, 200, 300]) {
                let builder = Host::builder(&module).configuration(configuration.as_slice());
                match builder.memory_limit(pages * 65_536).start() {
                    Ok(mut host) => {
                        assert!(host.request(request(0)).continued(), "{pages} pages");
                        started += 1;
                    }
                    Err(error) => {
                        let said = error.to_string();
                        assert!(
                            said.contains("expected memory for it, found none"),
                            "{pages} pages: {said}"
                        );
                        refused += 1;
                    }
                }
            }
            assert!(refused > 2 && started > 2, "{refused} refused, {started} started");
        }
    }
}

#[test]
fn a_table_takes_the_memory_of_its_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let table = table(folder.path(), 0);
    let module = simulator::module().unwrap();
    let small = policy::compile("none.yaml", "version: 1\n", folder.path()).unwrap();
    let pages =
        |table: &[u8]| Host::builder(&module).configuration(table).start().unwrap().memory_pages();
    let taken = pages(&table) - pages(&small);
    let bytes = (table.len() as u64).div_ceil(65_536);
    // Keys that are remembered take two pages at most.
    assert!(taken <= bytes + 2 + 2, "{taken} pages for a table of {bytes}");
}
