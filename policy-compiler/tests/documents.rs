//! Every document of `tests/documents`, with what is to be said about it.
//!
//! A document ends in lines `# expect: [FILE:]LINE:COLUMN CODE`, one for each diagnostic in
//! the order of the report; FILE is left out for the document itself. `# at: TIME` is the
//! moment that its keys are looked at.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail as tests do"
)]

use std::fs;
use std::path::{Path, PathBuf};

use policy_compiler::diagnostic::{Code, Style};
use policy_compiler::lint::LintOptions;
use policy_compiler::model::parse_time;
use policy_compiler::{LoadOptions, Report, load_file};

const FOLDER: &str = "tests/documents";

#[test]
fn every_document_gets_the_diagnostics_it_expects() {
    for path in documents() {
        let text = fs::read_to_string(&path).unwrap();
        let expected: Vec<&str> =
            text.lines().filter_map(|line| line.strip_prefix("# expect: ")).collect();
        let report = report(&path);
        assert_eq!(summary(&path, &report), expected, "{}", path.display());
    }
}

#[test]
fn every_diagnostic_says_what_to_do() {
    for path in documents() {
        for diagnostic in report(&path).diagnostics() {
            let message = &diagnostic.message;
            assert!(!diagnostic.help.is_empty(), "{}: {message}", path.display());
            if diagnostic.code == Code::ClearTextKey {
                assert!(diagnostic.help.contains("`portcullis key hash`"), "{message}");
            }
            assert!(!message.ends_with('.') && !message.contains('\n'), "{message}");
            assert!(
                !message.starts_with(|first: char| first.is_uppercase())
                    || message.starts_with("IP"),
                "{message}"
            );
        }
    }
}

#[test]
fn keys_in_clear_text_are_never_repeated() {
    for path in documents() {
        let report = report(&path);
        let shown = [
            report.render(Style::Plain),
            report.render(Style::Colour),
            report.to_string(),
            serde_json::to_string(&report.as_json()).unwrap(),
            report.to_sarif(Path::new("")).to_string(),
            report.to_github(),
        ];
        for text in shown {
            assert!(!text.contains("NOT-A-REAL-KEY"), "{}:\n{text}", path.display());
            for key in ["NOTAREALKEY", "40419000111222333444"] {
                assert!(!text.contains(key), "{}:\n{text}", path.display());
            }
            assert!(!text.contains("some-hidden-thing"), "{}:\n{text}", path.display());
        }
    }
}

#[test]
fn a_report_for_people() {
    let report = report(Path::new("tests/documents/seven-mistakes.yaml"));
    insta::assert_snapshot!(report.render(Style::Plain));
}

#[test]
fn a_report_of_keys_in_clear_text() {
    let report = report(Path::new("tests/documents/clear-text-keys.yaml"));
    insta::assert_snapshot!(report.render(Style::Plain));
}

#[test]
fn a_report_of_keys_of_other_systems() {
    let report = report(Path::new("tests/documents/foreign-keys.yaml"));
    insta::assert_snapshot!(report.to_string());
}

#[test]
fn a_report_as_one_line_each() {
    let report = report(Path::new("tests/documents/key-files.yaml"));
    insta::assert_snapshot!(report.to_string());
}

fn documents() -> Vec<PathBuf> {
    let entries = fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path());
    let mut documents: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|kind| kind == "yaml")).collect();
    documents.sort();
    assert!(documents.len() > 15);
    documents
}

fn report(path: &Path) -> Report {
    let text = fs::read_to_string(path).unwrap();
    let at = text.lines().find_map(|line| parse_time(line.strip_prefix("# at: ")?));
    let lint = LintOptions { at, ..LintOptions::default() };
    match load_file(path, &LoadOptions { lint, ..LoadOptions::default() }) {
        Ok(loaded) => loaded.warnings,
        Err(report) => report,
    }
}

fn summary(path: &Path, report: &Report) -> Vec<String> {
    let describe = |diagnostic: &policy_compiler::diagnostic::Diagnostic| {
        let (file, position) = report.locate(diagnostic.place.unwrap());
        let file = file.strip_prefix(FOLDER).unwrap().trim_start_matches('/');
        let own = path.file_name().unwrap() == file;
        let file = if own { String::new() } else { format!("{file}:") };
        format!("{file}{}:{} {}", position.line, position.column, diagnostic.code.name())
    };
    report.diagnostics().iter().map(describe).collect()
}
