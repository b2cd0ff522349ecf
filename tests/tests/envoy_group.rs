//! Not too many tests with an Envoy run at once.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use std::collections::BTreeSet;
use std::path::Path;

use portcullis_tests::places;

/// What starts an Envoy.
const STARTS: &[&str] =
    &["Envoy::start(", "Instance::start(", "envoy::run(", "Engine::Envoy", "\"--envoy\""];

#[test]
fn the_group_has_every_test_that_starts_an_envoy_and_no_other() {
    let configuration = std::fs::read_to_string(places::root().join(".config/nextest.toml"));
    let configuration = configuration.unwrap();
    let listed: BTreeSet<String> = configuration
        .split("binary(")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(name, _)| name.to_owned())
        .collect();
    let own = Path::new(file!()).file_stem().unwrap();
    let starting: BTreeSet<String> = std::fs::read_dir(places::root().join("tests/tests"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_stem() != Some(own) && starts_envoy(path))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert!(starting.len() > 10, "{starting:?}");
    assert_eq!(listed, starting);
}

/// Whether a file, or one of a folder, starts an Envoy.
fn starts_envoy(path: &Path) -> bool {
    if path.is_dir() {
        return std::fs::read_dir(path).unwrap().any(|entry| starts_envoy(&entry.unwrap().path()));
    }
    let text = std::fs::read_to_string(path).unwrap();
    STARTS.iter().any(|start| text.contains(start))
}
