//! What the first page of the project shows is what is printed.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::fs;
use std::path::Path;

use assert_cmd::Command;

#[test]
fn the_first_page_shows_what_is_printed() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let page = fs::read_to_string(page).unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("policy.yaml"), block(&page, "```yaml\n")).unwrap();
    let console = block(&page, "```console\n").replace("\\\n", " ");
    let mut printed = String::new();
    for line in console.lines() {
        if let Some(command) = line.strip_prefix("$ portcullis ") {
            let command = command.split(" > ").next().unwrap();
            let output = Command::cargo_bin("portcullis")
                .unwrap()
                .args(words(command))
                .current_dir(folder.path())
                .output()
                .unwrap();
            assert!(output.status.success(), "{command}");
            printed = String::from_utf8(output.stdout).unwrap();
        } else if line.trim() != "…" {
            assert!(printed.lines().any(|other| other == line), "{line}\n{printed}");
        }
    }
}

/// The first block of a page that begins so.
fn block<'p>(page: &'p str, begin: &str) -> &'p str {
    page.split_once(begin).unwrap().1.split_once("```").unwrap().0
}

/// The words of a command; what stands in single quotes is one.
fn words(command: &str) -> Vec<&str> {
    let parts = command.split('\'').enumerate();
    parts
        .flat_map(|(position, part)| match position % 2 {
            0 => part.split_whitespace().collect(),
            _ => vec![part],
        })
        .collect()
}
