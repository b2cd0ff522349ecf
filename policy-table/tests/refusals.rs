//! Every refusal of the reader has a lie that it finds: what stands in the source, what stands in
//! the list below, and what hostile tables are refused for are the same.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "test code: a panic is a failed test"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use policy_table::Table;
use policy_table::write::{Forward, Names, Settings};
use support::choose::Random;
use support::lies::rare_lies;
use support::parts::Parts;
use support::{mutate, mutate_cold, settings};

/// A rule of the reader as it stands in the source: its words, in how many places, and the parts
/// of a table that hostile tables are refused for by it.
struct Rule(&'static str, usize, &'static [&'static str]);

const RULES: &[Rule] = &[
    Rule("SHA-256 of the content", 1, &["checksum"]),
    Rule("address rule", 1, &["attributes", "classes", "cold"]),
    Rule("attributes", 1, &["key_records"]),
    Rule("bytes after the last section", 1, &["directory"]),
    Rule(
        "bytes of name ends",
        1,
        &["client names", "collection names", "collection versions", "endpoint names", "key names"],
    ),
    Rule("bytes of records", 1, &["key_records"]),
    Rule("class", 1, &["clients"]),
    Rule("client", 1, &["key_records"]),
    Rule("collection", 3, &["endpoints", "grant_members"]),
    Rule("credential header", 1, &["settings"]),
    Rule("credential name", 1, &["settings"]),
    Rule("depth of the tree", 1, &["nodes"]),
    Rule("digest", 2, &["key_records"]),
    Rule("directory", 1, &["header"]),
    Rule(
        "end of a name",
        1,
        &["client names", "collection names", "collection versions", "endpoint names", "key names"],
    ),
    Rule("end of the last grant", 1, &["grant_starts"]),
    Rule("end of the last rule", 1, &["v4_starts", "v6_starts"]),
    Rule("end of the nodes", 1, &["nodes"]),
    Rule("endpoint", 1, &["bindings"]),
    Rule("first bucket", 1, &["key_buckets"]),
    Rule("first bytes", 1, &["header"]),
    Rule("first grant", 1, &["grant_starts"]),
    Rule("first interval of a rule", 1, &["v4_starts", "v6_starts"]),
    Rule("first node", 1, &["nodes"]),
    Rule("first rule", 1, &["rule_starts"]),
    Rule("flags", 1, &["attributes", "classes", "collections", "endpoints"]),
    Rule("format version", 1, &["header"]),
    Rule("forwarded header", 1, &["settings"]),
    Rule("grant", 2, &["attributes", "classes"]),
    Rule("hash of a literal", 1, &["literals"]),
    Rule("hash of a pattern", 1, &["hosts"]),
    Rule("interval of a rule", 1, &["v4_starts", "v6_starts"]),
    Rule("intervals of a rule", 1, &["v4_starts", "v6_starts"]),
    Rule("key prefix", 1, &["settings"]),
    Rule("kind of pattern", 1, &["hosts"]),
    Rule(
        "length of the names",
        1,
        &["client names", "collection names", "collection versions", "endpoint names", "key names"],
    ),
    Rule(
        "length of the section",
        4,
        &[
            "attributes",
            "bindings",
            "classes",
            "client_ids",
            "clients",
            "cold",
            "collections",
            "endpoints",
            "grant_members",
            "grant_starts",
            "hosts",
            "key_buckets",
            "literals",
            "nodes",
            "rule_starts",
            "v4_starts",
            "v6_starts",
            "windows",
        ],
    ),
    Rule("length of the table", 3, &["header"]),
    Rule("methods", 2, &["cold", "endpoints"]),
    Rule(
        "name",
        1,
        &["client names", "collection names", "collection versions", "endpoint names", "key names"],
    ),
    Rule("names", 1, &["client names", "key names"]),
    Rule("names and settings", 1, &["cold"]),
    Rule("node", 1, &["nodes"]),
    Rule("nodes that a root leads to", 1, &[]),
    Rule("number of buckets", 1, &["key_buckets"]),
    Rule("number of ids", 1, &["client_ids"]),
    Rule("number of outcomes", 1, &["v4_outcomes", "v6_outcomes"]),
    Rule("number of sections", 1, &["header"]),
    Rule("order of literals", 1, &["literals"]),
    Rule("order of patterns", 1, &["hosts"]),
    Rule("outcome", 1, &["v4_outcomes", "v6_outcomes"]),
    Rule("realm", 1, &["settings"]),
    Rule("reserved word", 1, &["header"]),
    Rule("section id", 1, &["directory"]),
    Rule("start of a bucket", 1, &["key_buckets"]),
    Rule("start of a grant", 1, &["grant_starts"]),
    Rule("text of a literal", 1, &["literals"]),
    Rule("text of a pattern", 2, &["hosts"]),
    Rule("trusted hops", 1, &["settings"]),
    Rule("validity window", 1, &["windows"]),
    Rule("width of a record", 1, &["key_records"]),
    Rule("window", 1, &["key_records"]),
];

/// Rules that no bytes can break, and why they stand there all the same.
const OUT_OF_REACH: &[(&str, &str, &str)] = &[
    (
        "checksum",
        "length of the table",
        "what is shorter than a checksum has no directory and is refused for that before",
    ),
    (
        "nodes",
        "nodes that a root leads to",
        "each node's children begin after it, so no level is empty before the last node",
    ),
];

#[test]
fn every_refusal_in_the_source_has_a_lie_that_it_finds() {
    let listed: BTreeMap<&str, usize> =
        RULES.iter().map(|Rule(what, places, _)| (*what, *places)).collect();
    let in_source = refusals_in_source();
    let in_source: BTreeMap<&str, usize> =
        in_source.iter().map(|(what, places)| (what.as_str(), *places)).collect();
    assert_eq!(
        in_source, listed,
        "a refusal was added or removed: give it a lie in `hostile_tables` or in the mutators, and \
         change the list RULES"
    );
    let mut listed = BTreeSet::new();
    for Rule(what, _, parts) in RULES {
        listed.extend(parts.iter().map(|part| (*part, *what)));
    }
    for (part, what, why) in OUT_OF_REACH {
        assert!(!why.is_empty());
        assert!(!listed.contains(&(*part, *what)), "{what} in {part} is listed as in reach");
    }
    let found: BTreeSet<(&str, &str)> = hostile_tables()
        .iter()
        .filter_map(|bytes| Table::from_bytes(bytes).err())
        .map(|error| (error.part, error.what))
        .collect();
    assert_eq!(found, listed, "what the lies are refused for is not what RULES says");
}

/// The words of every refusal in the source, and in how many places each stands.
fn refusals_in_source() -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("write") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                for what in refusals_in(&fs::read_to_string(path).unwrap()) {
                    *found.entry(what).or_default() += 1;
                }
            }
        }
    }
    found
}

/// The first text among the arguments of each call that refuses: `what` comes before all others.
fn refusals_in(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for call in [".ensure(", ".refuse(", ".below(", "words(", "prove_text("] {
        for (at, _) in source.match_indices(call) {
            let arguments = &source[at + call.len()..];
            let mut depth = 0_usize;
            let end = arguments.find(|character| match character {
                '(' | '{' => {
                    depth += 1;
                    false
                }
                ')' | '}' if depth == 0 => true,
                ')' | '}' => {
                    depth -= 1;
                    false
                }
                ';' => true,
                _ => false,
            });
            let arguments = &arguments[..end.unwrap_or(arguments.len())];
            // Texts in nested calls are those of values, not of the refusal.
            let mut depth = 0_usize;
            let start = arguments.find(|character| match character {
                '(' => {
                    depth += 1;
                    false
                }
                ')' => {
                    depth -= 1;
                    false
                }
                '"' => depth == 0,
                _ => false,
            });
            if let Some(start) = start {
                let text = &arguments[start + 1..];
                found.push(text[..text.find('"').unwrap()].to_owned());
            }
        }
    }
    found
}

/// Lies of every kind.
fn hostile_tables() -> Vec<Vec<u8>> {
    let plain = Settings { forward: Forward::default(), ..settings() };
    let tables = [
        support::policy(settings()),
        support::policy_with(plain, Names::Omit),
        support::many_keys(40),
    ]
    .map(|table| Parts::of(&table));
    let mut lies = frame_lies(&tables[0]);
    for parts in &tables {
        lies.extend(mutate::every(parts).map(|change| {
            let mut changed = parts.clone();
            mutate::apply(&mut changed, &change);
            changed.table()
        }));
        lies.extend((0..2_000).map(|seed| {
            let mut changed = parts.clone();
            mutate_cold::change(&mut changed, &mut Random(seed));
            changed.table()
        }));
    }
    lies.extend(rare_lies().map(|(_, lie)| lie));
    lies
}

/// What is wrong before any section is looked at.
fn frame_lies(parts: &Parts) -> Vec<Vec<u8>> {
    let whole = parts.table();
    let word = |at: usize, value: u32| {
        parts.framed(|table| table[at..at + 4].copy_from_slice(&value.to_le_bytes()))
    };
    let resized = |length: usize| {
        parts.framed(|table| {
            table.resize(length, 0);
            let total = u32::try_from(length + 32).unwrap();
            table[16..20].copy_from_slice(&total.to_le_bytes());
        })
    };
    let mut unsealed = whole.clone();
    unsealed[300] ^= 1;
    vec![
        whole[..10].to_vec(),
        whole[..whole.len() - 1].to_vec(),
        unsealed,
        word(0, 0),
        word(8, 2),
        word(12, 0),
        word(20, 1),
        word(24, 2),
        word(28, u32::MAX),
        resized(40),
        resized(whole.len() - 31),
    ]
}
