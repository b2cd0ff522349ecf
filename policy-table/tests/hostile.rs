//! Bytes that are not a table, and tables that lie.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "test code: a panic is a failed test"
)]

mod support;

use policy_table::Table;
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use support::questions::ask_everything;
use support::{policy, settings};

/// Puts the right checksum under changed content.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let content = bytes.len() - 32;
    let checksum: [u8; 32] = Sha256::digest(&bytes[..content]).into();
    bytes[content..].copy_from_slice(&checksum);
    bytes
}

#[test]
fn every_truncation_is_refused_by_name() {
    let bytes = policy(settings());
    for length in 0..bytes.len() {
        let error = Table::from_bytes(&bytes[..length]).err().unwrap();
        assert_eq!(error.what, "length of the table", "{length}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert_eq!(Table::from_bytes(&longer).err().unwrap().what, "length of the table");
}

#[test]
fn every_flipped_bit_is_refused() {
    let bytes = policy(settings());
    for position in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[position] ^= 1 << bit;
            let Err(error) = Table::from_bytes(&flipped) else {
                panic!("byte {position} bit {bit} was accepted");
            };
            assert_ne!(error.expected, error.found, "byte {position} bit {bit}: {error}");
        }
    }
}

#[test]
fn messages_say_what_where_expected_and_found() {
    let bytes = policy(settings());
    let changed = |position: usize, value: u8| {
        let mut changed = bytes.clone();
        changed[position] = value;
        Table::from_bytes(&changed).err().unwrap().to_string()
    };
    assert_eq!(
        Table::from_bytes(b"").err().unwrap().to_string(),
        "length of the table in header at 0: expected at least 24, found 0; \
         give the whole file that `portcullis compile` wrote"
    );
    assert_eq!(
        changed(8, 2),
        "format version in header at 8: expected 1, found 2; \
         compile the table with the `portcullis` of the same release as this filter"
    );
    assert!(
        changed(0, b'P')
            .starts_with("first bytes in header at 0: expected 895043540d0a1a0a, found 50")
    );
    let damaged = changed(300, bytes[300] ^ 1);
    assert!(damaged.starts_with("SHA-256 of the content in checksum at"), "{damaged}");
    let sum: String =
        bytes[bytes.len() - 32..][..8].iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(damaged.contains(&format!("expected {sum}, found ")), "{damaged}");
    assert!(damaged.ends_with(
        "the table is damaged or was not made by `portcullis compile`: compile it again"
    ));
    let truncated = Table::from_bytes(&bytes[..bytes.len() - 1]).err().unwrap().to_string();
    assert!(truncated.ends_with("copy the whole file again"), "{truncated}");
    let text = changed(0, b'P');
    assert!(text.ends_with("as bytes"), "{text}");
}

#[test]
fn a_sealed_lie_in_any_byte_is_refused_or_harmless() {
    let bytes = policy(settings());
    for position in 0..bytes.len() - 32 {
        for value in [
            0,
            1,
            0x7F,
            0x80,
            0xFF,
            bytes[position].wrapping_add(1),
            bytes[position].wrapping_sub(1),
        ] {
            let mut changed = bytes.clone();
            changed[position] = value;
            if let Ok(table) = Table::from_bytes(&sealed(changed)) {
                ask_everything(&table);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// From any place on the bytes are noise, and the checksum is that of it.
    #[test]
    fn any_sections_are_a_table_or_an_error(
        noise in proptest::collection::vec(any::<u8>(), 1..300),
        from in any::<prop::sample::Index>(),
    ) {
        let mut bytes = policy(settings());
        let end = bytes.len() - 32;
        let from = from.index(end);
        for (place, byte) in bytes[from..end].iter_mut().zip(noise.iter().cycle()) {
            *place = *byte;
        }
        if let Ok(table) = Table::from_bytes(&sealed(bytes)) {
            ask_everything(&table);
        }
    }

    #[test]
    fn several_sealed_lies_are_refused_or_harmless(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u32>()), 1..6)
    ) {
        let mut bytes = policy(settings());
        for (position, value) in changes {
            let position = position.index(bytes.len() - 36);
            bytes[position..position + 4].copy_from_slice(&value.to_le_bytes());
        }
        if let Ok(table) = Table::from_bytes(&sealed(bytes)) {
            ask_everything(&table);
        }
    }
}
