//! Lies that no single change to a small table tells.

use policy_table::{MAX_SEGMENTS, MAX_TEXT_BYTES};

use super::checker::hash_of;
use super::parts::Parts;
use super::settings;
use super::tables::{deep, many_classes, policy};

/// Each with what is wrong.
pub fn rare_lies() -> [(&'static str, Vec<u8>); 6] {
    let parts = Parts::of(&policy(settings()));
    [
        ("a tree too deep", too_deep()),
        ("a tail of keys too wide", too_wide(&parts)),
        ("two literals the other way round", turned_literals(&parts)),
        ("a literal too long", long_literal(&parts, MAX_TEXT_BYTES + 1)),
        ("the name of a host too long", long_host(&parts, MAX_TEXT_BYTES + 1)),
        ("half a client", many_classes().cut("clients", 1).table()),
    ]
}

/// As long as they may be.
pub fn long_texts() -> [Vec<u8>; 2] {
    let parts = Parts::of(&policy(settings()));
    [long_literal(&parts, MAX_TEXT_BYTES), long_host(&parts, MAX_TEXT_BYTES)]
}

/// The only literal of the first node with another text.
pub fn long_literal(parts: &Parts, length: usize) -> Vec<u8> {
    assert_eq!(parts.word("nodes", 4), 1, "no literal before it has to have a lower hash");
    let start = parts.bytes("text").len() as u32;
    let text = vec![b'z'; length];
    let parts = parts.clone().add("text", &text).set("literals", 0, hash_of(&text));
    parts.set("literals", 1, start).set("literals", 2, length as u32).table()
}

/// The first host, which is the only exact one, with another name.
pub fn long_host(parts: &Parts, length: usize) -> Vec<u8> {
    let start = parts.bytes("text").len() as u32;
    let text = vec![b'z'; length];
    let parts = parts.clone().add("text", &text).set("hosts", 1, hash_of(&text));
    parts.set("hosts", 2, start).set("hosts", 3, length as u32).table()
}

/// A tree of one segment more than there may be: what the writer would write if it could.
fn too_deep() -> Vec<u8> {
    let mut parts = Parts::of(&deep(MAX_SEGMENTS));
    let count = u32::try_from(parts.bytes("nodes").len() / 16).unwrap();
    // Before the end and the last node, one more with a parameter and without bindings.
    let at = (count as usize - 2) * 16;
    let node: Vec<u8> = [0, count - 1, 0, 0].iter().flat_map(|word| word.to_le_bytes()).collect();
    parts.section("nodes").splice(at..at, node);
    let words = parts.bytes("nodes").len() / 4;
    parts.set("nodes", words - 7, count).set("nodes", words - 3, count).table()
}

/// More clients and attributes than fit 64 bits together with a window.
fn too_wide(parts: &Parts) -> Vec<u8> {
    let mut parts = parts.clone();
    for (name, record, count) in [("clients", 1, 22), ("attributes", 12, 22), ("windows", 16, 22)] {
        let first = parts.bytes(name)[..record].to_vec();
        *parts.section(name) = first.repeat((1 << count) - 1);
    }
    parts.table()
}

/// Two literals of one node the other way round.
fn turned_literals(parts: &Parts) -> Vec<u8> {
    let mut parts = parts.clone();
    let literals = parts.bytes("literals")[24..48].to_vec();
    let turned = [&literals[12..], &literals[..12]].concat();
    parts.section("literals")[24..48].copy_from_slice(&turned);
    parts.table()
}
