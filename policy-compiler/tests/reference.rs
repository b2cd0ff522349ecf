//! `docs/policy.md` says what the compiler does.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail as tests do")]

use std::fs;

use policy_compiler::compile_text;
use policy_compiler::diagnostic::Code;

const REFERENCE: &str = "../docs/policy.md";

#[test]
fn the_complete_document_compiles() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("networks")).unwrap();
    fs::create_dir(folder.path().join("keys")).unwrap();
    fs::copy("tests/documents/networks/aws.txt", folder.path().join("networks/aws.txt")).unwrap();
    let keys = block("csv").replace("client,", "").replace("acme,", "");
    fs::write(folder.path().join("keys/globex.csv"), keys).unwrap();
    match compile_text("docs/policy.md", block("yaml"), folder.path(), &Default::default()) {
        Ok(compiled) => {
            let warnings: Vec<&str> =
                compiled.warnings.diagnostics().iter().map(|one| one.code.name()).collect();
            assert_eq!(warnings, ["L020"]);
            assert_eq!(compiled.policy.clients.len(), 2);
        }
        Err(report) => panic!("{report}"),
    }
}

#[test]
fn every_code_is_listed() {
    let reference = fs::read_to_string(REFERENCE).unwrap();
    let (_, messages) = reference.split_once("These are the codes of errors:").unwrap();
    let listed: Vec<&str> = messages.lines().filter(|line| line.starts_with("| `")).collect();
    let codes = Code::ALL.iter().map(|code| format!("| `{}` | {} |", code.name(), code.summary()));
    assert_eq!(listed, codes.collect::<Vec<String>>());
}

#[test]
fn every_code_has_a_document_that_gets_it() {
    let documents: String = fs::read_dir("tests/documents")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    for code in Code::ALL {
        let expected = format!(" {}\n", code.name());
        assert!(documents.contains(&expected), "{}", code.name());
    }
}

/// The first fenced block of a language.
fn block(language: &str) -> String {
    let reference = fs::read_to_string(REFERENCE).unwrap();
    let (_, rest) = reference.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}
