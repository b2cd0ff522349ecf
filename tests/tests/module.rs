//! The finished filter: a host enters every callback that a module exports, so it exports what it uses and no more.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code: a panic is a failed test")]

use std::path::Path;

use portcullis_tests::places;
use wasmparser::{KnownCustom, Parser, Payload, Validator, WasmFeatures};

/// What both filters export.
const EXPORTS: [&str; 8] = [
    "memory",
    "proxy_abi_version_0_2_1",
    "proxy_on_configure",
    "proxy_on_memory_allocate",
    "proxy_on_request_headers",
    "proxy_on_request_trailers",
    "proxy_on_tick",
    "proxy_on_vm_start",
];

#[test]
fn the_filter_exports_what_it_uses_and_no_more() {
    assert_eq!(exports(&places::filter().unwrap()), EXPORTS);
}

#[test]
fn the_portable_filter_is_told_of_streams_as_well() {
    let mut expected = [&EXPORTS[..], &["proxy_on_context_create"]].concat();
    expected.sort_unstable();
    assert_eq!(exports(&places::portable_filter().unwrap()), expected);
}

/// A capability that is missing there would be missing where somebody copies the list: without some, requests pass.
#[test]
fn the_page_names_every_capability_that_the_filter_uses() {
    let read = |path: &str| std::fs::read_to_string(places::root().join(path)).unwrap();
    let (page, source) = (read("docs/filter.md"), read("filter/src/abi.rs"));
    let listed =
        page.split_once("  allowed_capabilities:\n").unwrap().1.split_once("```").unwrap().0;
    let mut listed: Vec<&str> =
        listed.lines().map(|line| line.trim().strip_suffix(": {}").unwrap()).collect();
    let functions = source.lines().filter_map(|line| line.strip_prefix("    fn "));
    let functions = functions.map(|line| line.split_once('(').unwrap().0);
    let mut used: Vec<&str> = EXPORTS
        .into_iter()
        .filter(|name| name.starts_with("proxy_on_"))
        .chain(functions.filter(|name| name.starts_with("proxy_") || *name == "random_get"))
        .collect();
    listed.sort_unstable();
    used.sort_unstable();
    assert_eq!(listed, used);
}

/// Not every host has vector instructions.
#[test]
fn the_portable_filter_needs_no_vector_instructions() {
    let mut without = WasmFeatures::default();
    without.remove(WasmFeatures::SIMD | WasmFeatures::RELAXED_SIMD);
    let valid = |file: &Path| {
        Validator::new_with_features(without).validate_all(&std::fs::read(file).unwrap()).is_ok()
    };
    assert!(valid(&places::portable_filter().unwrap()));
    assert!(!valid(&places::filter().unwrap()), "it has none: then one module would be enough");
}

#[test]
fn they_hold_no_folder_of_the_machine_that_built_them() {
    for file in [places::filter().unwrap(), places::portable_filter().unwrap()] {
        let bytes = std::fs::read(file).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let folder = places::root().display().to_string();
        assert!(!text.contains(&folder), "{folder}");
        assert!(!text.contains("/.cargo/registry"));
    }
}

/// The names of a module's exports, without those of its initialisation.
fn exports(file: &Path) -> Vec<String> {
    let bytes = std::fs::read(file).unwrap();
    let mut names = Vec::new();
    for payload in Parser::new(0).parse_all(&bytes) {
        if let Payload::ExportSection(section) = payload.unwrap() {
            names.extend(section.into_iter().map(|export| export.unwrap().name.to_owned()));
        }
    }
    names.retain(|name| name != "_initialize" && name != "_start");
    names.sort();
    names
}

/// The engine that compiles the filter is told which way its branches go: of the code as it is, not as it was.
#[test]
fn most_of_what_was_learned_of_branches_is_told() {
    let profile = std::fs::read_to_string(places::root().join("filter/branches/profile.csv"));
    let profile = profile.unwrap();
    let ways = profile.lines().skip(1).filter_map(|line| line.split_once(','));
    let learned: usize = ways.map(|(_, ways)| ways.matches(['0', '1']).count()).sum();
    let told = hints(&places::filter().unwrap());
    assert!(learned > 200, "only {learned} branches were learned");
    assert!(
        told * 10 > learned * 9,
        "{told} of {learned} branches have a hint; the code has changed since they were counted: `cargo xtask learn`"
    );
    assert!(hints(&places::portable_filter().unwrap()) > 100);
}

fn hints(file: &Path) -> usize {
    let bytes = std::fs::read(file).unwrap();
    let sections = Parser::new(0).parse_all(&bytes).filter_map(|payload| match payload.unwrap() {
        Payload::CustomSection(section) => match section.as_known() {
            KnownCustom::BranchHints(functions) => Some(functions),
            _ => None,
        },
        _ => None,
    });
    sections
        .flatten()
        .map(|function| function.unwrap().hints.count())
        .map(|count| count as usize)
        .sum()
}
