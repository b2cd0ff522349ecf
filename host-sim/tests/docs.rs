//! What the documents list is whole, and the tests they name are there.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::fs;
use std::path::Path;

use common::IMPORTS;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The cells of every row of the tables of a document.
fn rows(document: &str) -> Vec<Vec<String>> {
    let rows = document.lines().filter(|line| line.starts_with("| ") && !line.starts_with("|---"));
    rows.map(|line| {
        line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()
    })
    .collect()
}

/// What stands in backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

fn has_test(file: &str, test: &str) -> bool {
    read(&format!("tests/{file}.rs")).contains(&format!("#[test]\nfn {test}()"))
}

#[test]
fn every_host_function_is_listed_with_a_test_that_is_there() {
    let document = read("docs/functions.md");
    let rows = rows(&document);
    for (function, _) in IMPORTS {
        let listed = rows.iter().filter(|row| quoted(&row[0]).contains(function)).count();
        assert_eq!(listed, 1, "`{function}`");
    }
    for row in rows.iter().filter(|row| row[0].starts_with('`')) {
        let test = quoted(row.last().unwrap())[0];
        let (file, test) = test.split_once("::").unwrap();
        assert!(has_test(file, test), "{file}::{test}");
    }
}

#[test]
fn every_difference_is_listed_with_its_test_and_no_test_is_left_out() {
    let document = read("docs/profiles.md");
    let named: Vec<String> = rows(&document)
        .into_iter()
        .filter(|row| row.len() == 6 && row[5] != "test")
        .map(|row| quoted(&row[5])[0].to_owned())
        .collect();
    for test in &named {
        assert!(has_test("profiles", test), "{test}");
    }
    let tests = read("tests/profiles.rs");
    for test in tests.split("#[test]\nfn ").skip(1).map(|rest| rest.split('(').next().unwrap()) {
        assert!(
            named.iter().any(|named| named == test),
            "`{test}` is in no row of docs/profiles.md"
        );
    }
}
