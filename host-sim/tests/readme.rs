//! The README shows what the command prints: all of its commands are run, on the module and the
//! case file that it shows.
//!
//! Times, which change from run to run, may be any; how wide columns are does not count.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::process::Command;

use common::{host, on_request_headers};
use host_sim::{Budget, Request};
use tempfile::TempDir;

const README: &str = include_str!("../README.md");

#[test]
fn the_readme_shows_what_is_printed() {
    let folder = TempDir::new().unwrap();
    let module = between(README, "wat::parse_str(r#\"", "\"#)?;");
    let write = |name: &str, content: &[u8]| std::fs::write(folder.path().join(name), content);
    write("filter.wasm", &wat::parse_str(module).unwrap()).unwrap();
    write("cases.yaml", between(README, "```yaml\n", "```").as_bytes()).unwrap();
    write("config.json", b"{}").unwrap();
    let blocks: Vec<&str> = README.split("```console\n$ ").skip(1).collect();
    assert_eq!(blocks.len(), 4, "run, bench, torment, inspect");
    for block in blocks {
        let (command, shown) = block.split_once("```").unwrap().0.split_once('\n').unwrap();
        let printed = run(command, &folder);
        let fits = shown.lines().count() == printed.lines().count()
            && shown.lines().zip(printed.lines()).all(|(shown, printed)| fits(shown, printed));
        assert!(fits, "README.md shows of `{command}`:\n{shown}\nbut it prints:\n{printed}");
    }
}

#[test]
fn the_readme_shows_what_a_test_over_its_budget_says() {
    let asks = on_request_headers(
        "(drop (call $get_header_map_pairs (i32.const 0) (i32.const 100) (i32.const 104)))
         (drop (call $get_property (i32.const 1024) (i32.const 10) (i32.const 100) (i32.const 104)))
         (i32.const 0)",
    );
    let asks = format!(r#"(data (i32.const 1024) "request\00id") {asks}"#);
    let request = Request::get("/").property("request.id", "1");
    let cost = host(&asks).request(request).cost;
    let over: Vec<String> =
        cost.beyond(&Budget::new().data_calls(1)).iter().map(ToString::to_string).collect();
    let shown = between(README, "```text\nover budget:\n  ", "\n```");
    assert_eq!(over, [shown]);
}

/// What is printed to standard output, by a command that has nothing to complain of.
fn run(command: &str, folder: &TempDir) -> String {
    let arguments = command.strip_prefix("host-sim ").unwrap().split_whitespace();
    let mut command = Command::new(env!("CARGO_BIN_EXE_host-sim"));
    let output = command.args(arguments).current_dir(folder.path()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8(output.stdout).unwrap()
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let (_, rest) = text.split_once(start).unwrap();
    rest.split_once(end).unwrap().0
}

/// Whether a line is as shown, word by word; times are not compared.
fn fits(shown: &str, printed: &str) -> bool {
    without_times(shown) == without_times(printed)
}

fn without_times(line: &str) -> Vec<&str> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_time = |index: usize| words.get(index + 1) == Some(&"µs");
    words.iter().enumerate().map(|(index, word)| if is_time(index) { "…" } else { word }).collect()
}
