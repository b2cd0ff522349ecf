//! The document with one instance of every lint, in each format.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail as tests do")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use policy_compiler::diagnostic::{Code, Style};
use policy_compiler::lint::{Lint, LintOptions};
use policy_compiler::model::parse_time;
use policy_compiler::{LoadOptions, Report, load_file};
use serde_json::Value;

const EVERY_LINT: &str = "tests/documents/every-lint.yaml";
const SCHEMA: &str = include_str!("schemas/sarif-2.1.0.json");

#[test]
fn every_lint_is_found_once_on_the_line_that_says_so() {
    let report = report(EVERY_LINT);
    let text = fs::read_to_string(EVERY_LINT).unwrap();
    let found: Vec<Code> = report.diagnostics().iter().map(|one| one.code).collect();
    let codes: BTreeSet<Code> = found.iter().copied().collect();
    assert_eq!(codes, Lint::ALL.into_iter().map(Code::Lint).collect());
    assert_eq!(found.len(), Lint::ALL.len());
    for diagnostic in report.diagnostics() {
        let (_, position) = report.locate(diagnostic.place.unwrap());
        let line = text.lines().nth(position.line - 1).unwrap();
        assert!(line.contains(&format!("# {}", diagnostic.code.name())), "{line}");
    }
}

/// A document chooses the names of its files, and a stranger may have changed it.
#[cfg(unix)]
#[test]
fn names_of_files_and_their_lines_are_no_lines_of_a_log() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.yaml");
    let name = "list\n::error::forged\u{1b}[31m.txt";
    fs::write(folder.path().join(name), "1.1.1.256 # \r::error::forged \u{1b}[31m\n").unwrap();
    fs::write(
        &policy,
        "version: 1\nip_lists:\n  one: { file: \"list\\n::error::forged\\e[31m.txt\" }\n  two: { file: \"none\\n::error::forged\\e[31m\" }\n",
    )
    .unwrap();
    let report = load_file(&policy, &LoadOptions::default()).unwrap_err();
    for text in [report.to_string(), report.render(Style::Plain)] {
        let mut lines = text.split(['\n', '\r']);
        assert!(text.contains("::error::forged"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text:?}");
        assert!(!lines.any(|line| line.trim_start().starts_with("::")), "{text}");
    }
    // Machines find the file by its name.
    let files = serde_json::to_value(report.as_json()).unwrap()["diagnostics"].take();
    let files = files.as_array().unwrap().iter().map(|one| one["file"].as_str().unwrap());
    assert!(files.into_iter().any(|file| file.ends_with(name)));
    assert_eq!(report.to_github().split(['\n', '\r']).count(), 3);
}

#[test]
fn for_people() {
    insta::assert_snapshot!(report(EVERY_LINT).render(Style::Plain));
}

#[test]
fn for_machines() {
    let report = report(EVERY_LINT);
    insta::assert_snapshot!(serde_json::to_string_pretty(&report.as_json()).unwrap());
}

#[test]
fn for_github() {
    insta::assert_snapshot!(report(EVERY_LINT).to_github());
}

#[test]
fn for_code_scanning() {
    let report = serde_json::to_string_pretty(&sarif(EVERY_LINT)).unwrap();
    let version = format!("\"semanticVersion\": \"{}\"", env!("CARGO_PKG_VERSION"));
    insta::assert_snapshot!(report.replace(&version, "\"semanticVersion\": \"VERSION\""));
}

#[test]
fn sarif_is_what_its_schema_says() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let mut results = 0;
    for entry in fs::read_dir("tests/documents").unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let sarif = sarif(path.to_str().unwrap());
            let errors: Vec<String> =
                validator.iter_errors(&sarif).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{}: {errors:?}", path.display());
            results += array(&sarif, "/runs/0/results").len();
        }
    }
    assert!(results > 100);
    let mut wrong = sarif(EVERY_LINT);
    *wrong.pointer_mut("/runs/0/results/0/level").unwrap() = "mistake".into();
    assert!(!validator.is_valid(&wrong), "the schema is looked at");
}

#[test]
fn sarif_results_refer_to_rules_with_help() {
    let sarif = sarif(EVERY_LINT);
    let rules = array(&sarif, "/runs/0/tool/driver/rules");
    for result in array(&sarif, "/runs/0/results") {
        let index = usize::try_from(result.pointer("/ruleIndex").unwrap().as_u64().unwrap());
        let rule = rules.get(index.unwrap()).unwrap();
        assert_eq!(rule.pointer("/id"), result.pointer("/ruleId"));
        assert!(rule.pointer("/help/markdown").unwrap().as_str().unwrap().contains("Remedy"));
    }
}

/// The schema, with the stray bracket of one pattern escaped: strict readers refuse it.
fn schema() -> Value {
    let stray = "[a-zA-Z]{2}]?$";
    assert!(SCHEMA.contains(stray));
    serde_json::from_str(&SCHEMA.replace(stray, r"[a-zA-Z]{2}\\]?$")).unwrap()
}

fn report(path: &str) -> Report {
    let lint = LintOptions { at: parse_time("2026-06-15"), ..LintOptions::default() };
    match load_file(Path::new(path), &LoadOptions { lint, ..LoadOptions::default() }) {
        Ok(loaded) => loaded.warnings,
        Err(report) => report,
    }
}

fn sarif(path: &str) -> Value {
    report(path).to_sarif(Path::new(""))
}

fn array<'v>(value: &'v Value, pointer: &str) -> &'v Vec<Value> {
    match value.pointer(pointer) {
        Some(Value::Array(entries)) => entries,
        other => panic!("{pointer}: {other:?}"),
    }
}
