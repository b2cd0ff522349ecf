//! Tables that were made when their format version was released: they stay readable, and decide
//! as they did.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "test code: a panic is a failed test"
)]

mod support;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use policy_table::{Table, VERSION};
use sha2::{Digest, Sha256};
use support::parts::{CHECKSUM_BYTES, ENTRY_BYTES, HEADER_BYTES, MAGIC};
use support::{Ask, get};

/// One golden table and what is recorded of it.
struct Golden {
    name: String,
    table: Vec<u8>,
    /// Lines of facts and lines of requests with what was decided; see the README there.
    expected: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("golden")
}

/// All of every version, in the order of their paths.
fn golden_tables() -> Vec<Golden> {
    let mut tables = Vec::new();
    for version in 1..=VERSION {
        let folder = folder().join(format!("v{version}"));
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "table") {
                tables.push(path);
            }
        }
    }
    tables.sort();
    let read = |path: PathBuf| Golden {
        name: path.file_stem().unwrap().to_string_lossy().into_owned(),
        table: fs::read(&path).unwrap(),
        expected: fs::read_to_string(path.with_extension("expected")).unwrap(),
    };
    tables.into_iter().map(read).collect()
}

#[test]
fn golden_tables_are_read_and_decide_as_they_did() {
    let tables = golden_tables();
    assert!(tables.len() >= 3);
    for Golden { name, table, expected } in tables {
        let table = Table::from_bytes(&table).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut found = facts(&table);
        let mut decisions = 0;
        for line in expected.lines().filter(|line| line.contains(" -> ")) {
            let (request, _) = line.split_once(" -> ").unwrap();
            writeln!(found, "{request} -> {}", decided(&table, request)).unwrap();
            decisions += 1;
        }
        assert!(decisions > 0, "{name} has no requests");
        assert_eq!(found, expected, "{name}");
    }
}

/// Table id, counts, sizes of sections.
fn facts(table: &Table<'_>) -> String {
    let mut facts = format!("table id {}\n", table.id());
    let counts = table.counts();
    for (what, count) in [
        ("clients", counts.clients),
        ("keys", counts.keys),
        ("collections", counts.collections),
        ("endpoints", counts.endpoints),
        ("address rules", counts.address_rules),
        ("address ranges", counts.address_ranges),
        ("grants", counts.grants),
        ("key attributes", counts.key_attributes),
        ("key windows", counts.key_windows),
    ] {
        writeln!(facts, "{what} {count}").unwrap();
    }
    for section in table.sections() {
        writeln!(facts, "section {} {}", section.name, section.bytes).unwrap();
    }
    facts
}

/// What is decided for a line `METHOD HOST PATH ADDRESS TIME [HEADER=VALUE]...`, in which `+`
/// stands for a blank in a value.
fn decided(table: &Table<'_>, line: &str) -> String {
    let words: Vec<&'static str> =
        line.split_whitespace().map(|word| &*word.to_owned().leak()).collect();
    let [method, host, path, address, time, headers @ ..] = words.as_slice() else {
        panic!("not a request: {line}");
    };
    let mut ask = Ask { method, host, address: Some(address), ..get(path) };
    ask.now = time.parse().unwrap();
    for header in headers {
        let (name, value) = header.split_once('=').unwrap();
        ask = ask.header(name, value.replace('+', " "));
    }
    let decision = ask.decide(table);
    let client = decision.client.map(|client| table.client_name(client).to_string());
    let key = decision.key.map(|key| table.key_name(key).to_string());
    let collection = decision.collection.map(|collection| table.collection_name(collection));
    let endpoint = decision.endpoint.map(|endpoint| endpoint.number().to_string());
    let mut words = vec![decision.reason.code().to_owned()];
    words.push(client.unwrap_or_else(|| "-".into()));
    words.push(key.unwrap_or_else(|| "-".into()));
    words.push(collection.unwrap_or("-").to_owned());
    words.push(endpoint.unwrap_or_else(|| "-".into()));
    words.extend(table.method_names(decision.allowed_methods).map(str::to_owned));
    words.join(" ")
}

/// What a reader of some version relies on, as one number: the frame, the sections, and tables
/// of that version, byte for byte.
fn digest_of_the_format() -> String {
    let mut hash = Sha256::new();
    let mut figures = MAGIC.map(usize::from).to_vec();
    figures.extend([HEADER_BYTES, ENTRY_BYTES, CHECKSUM_BYTES]);
    figures.extend([policy_table::MAX_SEGMENTS, policy_table::MAX_METHODS]);
    hash.update(format!("{VERSION} {figures:?}"));
    let small = support::small();
    for section in Table::from_bytes(&small).unwrap().sections() {
        hash.update(format!("{} {};", section.name, section.record_bytes));
    }
    // What today's writer makes of what the tests make, and what was made at the release.
    for table in [small, support::policy(support::settings()), support::many_keys(40)] {
        hash.update(Sha256::digest(table));
    }
    for golden in golden_tables() {
        hash.update(Sha256::digest(golden.table));
    }
    hash.finalize().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

#[test]
fn the_format_does_not_change_without_a_new_version() {
    let recorded = fs::read_to_string(folder().join("formats.txt")).unwrap();
    let today = format!("version {VERSION} {}", digest_of_the_format());
    assert!(
        recorded.lines().any(|line| line == today),
        "format version {VERSION} is not what it was: its frame, sections, golden tables or what the \
         writer makes of the same policy have changed. Tables that are out there would be refused or \
         misread. Either undo the change, or, as docs/format.md says: raise VERSION in src/format.rs, \
         make golden tables of the new version beside the old ones (tests/golden/README.md has the \
         commands), and add the line below to tests/golden/formats.txt:\n{today}"
    );
}
