//! `docs/format.md` is normative: what it says of the sections is what a table has.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "test code: a panic is a failed test"
)]

mod support;

use policy_table::Table;
use support::{policy, settings};

const PAGE: &str = include_str!("../../docs/format.md");

/// The rows of the table below a heading, as cells.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let (_, below) = PAGE.split_once(heading).unwrap();
    below
        .lines()
        .skip_while(|line| !line.starts_with("|---"))
        .skip(1)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            line.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")).collect()
        })
        .collect()
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

#[test]
fn the_page_and_a_table_have_the_same_sections() {
    let bytes = policy(settings());
    let table = Table::from_bytes(&bytes).unwrap();
    let sections: Vec<_> = table.sections().collect();
    let rows = rows("## Sections");
    assert_eq!(rows.len(), sections.len());
    for (position, (row, section)) in rows.iter().zip(&sections).enumerate() {
        let id: u32 = row[0].parse().unwrap();
        assert_eq!(id, word(&bytes, 24 + position * 8), "{row:?}");
        assert_eq!(row[1], section.name);
        assert_eq!(u32::try_from(section.bytes).unwrap(), word(&bytes, 28 + position * 8));
        let record: usize = row[2].parse().unwrap();
        assert_eq!(section.bytes % record, 0, "{row:?}");
        assert_eq!(record, section.record_bytes, "{row:?}");
    }
}

#[test]
fn the_page_and_a_table_have_the_same_frame() {
    let bytes = policy(settings());
    let magic: Vec<u8> = [0x89, 0x50, 0x43, 0x54, 0x0d, 0x0a, 0x1a, 0x0a].into();
    assert!(PAGE.contains("89 50 43 54 0d 0a 1a 0a"));
    assert_eq!(bytes[..8], magic);
    assert_eq!(word(&bytes, 8), policy_table::VERSION);
    assert!(PAGE.contains(&format!("format version: {}", policy_table::VERSION)));
    assert_eq!(word(&bytes, 12), 22);
    assert_eq!(usize::try_from(word(&bytes, 16)).unwrap(), bytes.len());
    let total: usize =
        Table::from_bytes(&bytes).unwrap().sections().map(|section| section.bytes).sum();
    assert_eq!(200 + total + 32, bytes.len());
    assert!(PAGE.contains(&format!("deeper than {} segments", policy_table::MAX_SEGMENTS)));
    assert!(
        PAGE.contains(&format!("literals have at most {} bytes", policy_table::MAX_TEXT_BYTES))
    );
    assert!(PAGE.contains(&format!("at most {} texts", policy_table::MAX_METHODS)));
    assert!(
        PAGE.contains(&format!("list of at most {},", policy_table::write::MAX_CREDENTIAL_SOURCES))
    );
}

#[test]
fn the_table_id_is_what_sha256sum_prints() {
    use sha2::Digest as _;
    let bytes = policy(settings());
    let whole: [u8; 32] = sha2::Sha256::digest(&bytes).into();
    let id = Table::from_bytes(&bytes).unwrap().id();
    assert_eq!(id.0, whole);
    let hexadecimal: String = whole.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(id.to_string(), hexadecimal);
}

#[test]
fn a_table_counts_what_is_in_it() {
    let bytes = policy(settings());
    let counts = Table::from_bytes(&bytes).unwrap().counts();
    assert_eq!((counts.clients, counts.keys), (3, 7));
    assert_eq!((counts.collections, counts.endpoints), (4, 11));
    assert_eq!((counts.address_rules, counts.grants), (3, 2));
    assert_eq!((counts.key_attributes, counts.key_windows), (4, 2));
    // IPv4 and IPv6: gateway 3 and 1, office 5 and 3, not here 3 and 1.
    assert_eq!(counts.address_ranges, 16);
}
