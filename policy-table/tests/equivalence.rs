//! The reader proves what docs/format.md says, and nothing else: on tables damaged in every way
//! that the mutators know, it accepts exactly what a second, naive reader of the page accepts.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "test code: a panic is a failed test"
)]

mod support;

use std::collections::BTreeSet;

use policy_table::Table;
use policy_table::write::{Forward, Names, Settings, TableWriter};
use support::checker::{check, read_cold};
use support::choose::{Choose, Random};
use support::lies::{long_texts, rare_lies};
use support::parts::Parts;
use support::questions::ask_everything;
use support::{mutate, mutate_cold, settings};

/// Tables to start from.
fn tables() -> Vec<(&'static str, Parts)> {
    let plain = || Settings { forward: Forward::default(), ..settings() };
    [
        ("nothing", TableWriter::new(plain()).finish().unwrap()),
        ("small", support::small()),
        ("policy", support::policy(settings())),
        ("unnamed", support::policy_with(plain(), Names::Omit)),
        ("buckets", support::many_keys(40)),
        ("deep", support::deep(policy_table::MAX_SEGMENTS)),
    ]
    .map(|(name, bytes)| (name, Parts::of(&bytes)))
    .into()
}

/// More of them, too large for every single change: clients of two bytes, and so many keys that
/// their records leave out a byte that the bucket says.
fn larger_tables() -> [(&'static str, Parts); 2] {
    let many_keys = Parts::of(&support::many_keys(2_500));
    [("classes", support::many_classes()), ("many keys", many_keys)]
}

/// What came of many tables.
#[derive(Debug, Default)]
struct Tally {
    accepted: usize,
    refused: usize,
    rules: BTreeSet<String>,
}

impl Tally {
    /// Asks both readers, and whatever they accept everything.
    fn judge(&mut self, bytes: &[u8], describe: &dyn Fn() -> String) {
        match (Table::from_bytes(bytes), check(bytes)) {
            (Ok(table), Ok(())) => {
                self.accepted += 1;
                ask_everything(&table);
            }
            (Err(error), Err(rule)) => {
                assert!(!error.what.is_empty() && !error.help.is_empty());
                self.refused += 1;
                self.rules.insert(rule.split(": from ").next().unwrap_or_default().to_owned());
            }
            (Ok(_), Err(rule)) => {
                panic!("the reader accepts what breaks the page's rule `{rule}`: {}", describe())
            }
            (Err(error), Ok(())) => {
                panic!("the reader refuses what the page allows, {error}: {}", describe())
            }
        }
    }
}

#[test]
fn both_read_what_the_writer_writes() {
    for (name, parts) in tables().into_iter().chain(larger_tables()) {
        assert_eq!(check(&parts.table()), Ok(()), "{name}");
        let cold = parts.bytes("cold");
        assert_eq!(read_cold(cold).unwrap().write(), cold, "{name}");
    }
}

#[test]
fn every_single_change_is_refused_by_both_or_by_neither() {
    let mut tally = Tally::default();
    let mut memory = Vec::new();
    for (name, parts) in tables() {
        let mut changed = parts.clone();
        for change in mutate::every(&parts) {
            changed.copy_from(&parts);
            mutate::apply(&mut changed, &change);
            changed.write(&mut memory);
            tally.judge(&memory, &|| format!("`{name}` after {change:?}"));
        }
    }
    println!(
        "{} accepted, {} refused by {} rules",
        tally.accepted,
        tally.refused,
        tally.rules.len()
    );
    assert!(tally.accepted > 1_000 && tally.refused > 10_000, "{tally:?}");
}

#[test]
fn every_change_of_the_frame_is_refused_by_both() {
    let mut tally = Tally::default();
    for (name, parts) in tables() {
        let header = parts.table().len()
            - parts.sections().iter().map(|part| part.bytes.len()).sum::<usize>()
            - 32;
        for at in 0..header {
            for value in [0, 1, 2, 0x7F, 0x80, 0xFF] {
                let bytes = parts.framed(|table| table[at] = value);
                tally.judge(&bytes, &|| format!("`{name}` with {value} at {at}"));
            }
        }
        let whole = parts.table();
        for length in 0..whole.len() {
            tally.judge(&whole[..length], &|| format!("`{name}` cut to {length}"));
            // Cut, but with a total length and a checksum that are right again.
            let cut = parts.framed(|table| {
                table.truncate(length.max(24));
                let total = u32::try_from(table.len() + 32).unwrap();
                table[16..20].copy_from_slice(&total.to_le_bytes());
            });
            tally.judge(&cut, &|| format!("`{name}` cut to {length} and sealed"));
        }
    }
    assert!(tally.refused > 10_000, "{tally:?}");
}

#[test]
fn rare_lies_are_refused_by_both() {
    for (what, lie) in rare_lies() {
        assert!(Table::from_bytes(&lie).is_err(), "{what}");
        assert!(check(&lie).is_err(), "{what}");
    }
    for table in long_texts() {
        assert!(Table::from_bytes(&table).is_ok());
        assert_eq!(check(&table), Ok(()));
    }
}

/// Several changes at once, in one section and in several: from many seeds.
#[test]
fn many_changes_are_refused_by_both_or_by_neither() {
    let seeds: u64 =
        std::env::var("SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(20_000);
    let first: u64 = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    println!("seeds {first} to {}; again with SEED={first} SEEDS={seeds}", first + seeds - 1);
    let mut tables = tables();
    tables.extend(larger_tables());
    let mut tally = Tally::default();
    let mut memory = Vec::new();
    let mut changed: Vec<Parts> = tables.iter().map(|(_, parts)| parts.clone()).collect();
    for seed in first..first + seeds {
        let mut random = Random(seed);
        let table = random.below(tables.len());
        let (name, parts) = &tables[table];
        let changed = &mut changed[table];
        changed.copy_from(parts);
        let mut changes = Vec::new();
        let count = 1 + random.below(3);
        if random.below(2) == 0 {
            mutate_cold::change(changed, &mut random);
        } else {
            changes.push(mutate::choose(changed, &mut random));
        }
        while changes.len() < count - 1 {
            changes.push(mutate::choose(changed, &mut random));
        }
        changes.iter().for_each(|change| mutate::apply(changed, change));
        changed.write(&mut memory);
        let changed = &*changed;
        tally.judge(&memory, &|| {
            let cold = mutate_cold::describe(parts, changed);
            format!("`{name}` after {changes:?} and {cold}; SEED={seed} SEEDS=1")
        });
    }
    println!(
        "{} accepted, {} refused by {} rules",
        tally.accepted,
        tally.refused,
        tally.rules.len()
    );
    assert!(tally.accepted > 100 && tally.refused > 1_000, "{tally:?}");
}
