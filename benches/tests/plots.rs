//! Pictures are drawn of whatever was measured.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use portcullis_benches::envoy_plots;
use portcullis_benches::record::Record;

/// The picture of contenders, where each of these has been measured with so many keys.
fn contenders(measured: &[(&str, usize)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut record = Record::new("envoy");
    for (name, keys) in measured {
        record.row(&format!("{name} granted"), "keys", *keys, "added", 4.5, "us");
    }
    envoy_plots::comparison(record.rows(), folder.path()).unwrap();
    std::fs::read_to_string(folder.path().join("envoy-contenders.svg")).unwrap()
}

#[test]
fn the_filter_is_drawn_by_itself_with_both_numbers_of_keys() {
    let picture = contenders(&[("portcullis", 1_000), ("portcullis", 1_000_000)]);
    assert!(picture.contains("Portcullis, 1,000,000 keys"), "{picture}");
    assert!(!picture.contains("Lua"), "{picture}");
}

#[test]
fn the_filter_with_very_many_keys_stands_behind_the_same_with_fewer() {
    let picture =
        contenders(&[("floor", 10), ("portcullis", 10), ("portcullis", 1_000_000), ("lua", 10)]);
    let at = |name: &str| picture.find(name).unwrap();
    let mut places = ["bare module", "Portcullis, 1,000,000 keys", "Lua"].map(at);
    let drawn = places;
    places.sort_unstable();
    assert!(drawn == places || drawn.iter().rev().eq(places.iter()), "{drawn:?}");
}
