//! `portcullis check` as a user runs it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail as tests do"
)]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

const EVERY_LINT: &str = "tests/documents/every-lint.yaml";
const WARNINGS: &str = "tests/documents/warnings.yaml";

#[test]
fn warnings_fail_a_check_where_they_are_denied() {
    let ran = portcullis(&["check", WARNINGS]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
    assert!(ran.stderr.contains("`portcullis check --explain L001` tells more"), "{}", ran.stderr);
    let ran = portcullis(&["check", WARNINGS, "--deny", "warnings"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("but warnings are denied"), "{}", ran.stderr);
    let ran = portcullis(&["check", WARNINGS, "--deny", "warnings", "--format", "json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    assert_eq!(json(&ran.stdout)["errors"], 0);
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(portcullis(&["check", &clean(folder.path()), "--deny", "warnings"]).code, 0);
    assert_eq!(portcullis(&["check", WARNINGS, "--deny", "everything"]).code, 2);
}

/// Two short lists make a table that no machine can hold: `check` says so, and nothing tries.
#[test]
fn what_multiplies_has_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.yaml");
    let lines =
        |count: usize, line: &dyn Fn(usize) -> String| -> String { (0..count).map(line).collect() };
    let routes = |hosts, endpoints, below: usize| {
        let below = "/x".repeat(below);
        let hosts = lines(hosts, &|at| format!("      - h{at}.example.com\n"));
        let endpoints = lines(endpoints, &|at| format!("      - {{ path: /e{at}{below} }}\n"));
        format!(
            "version: 1\ncollections:\n  c:\n    public: true\n    hosts:\n{hosts}    endpoints:\n{endpoints}"
        )
    };
    let ranges = |keys| {
        let list = lines(20_000, &|at| format!("    - 20.{}.{}.0/25\n", at / 256, at % 256));
        let keys = lines(keys, &|at| {
            format!(
                "      k{at}: {{ sha256: {at:08x}{:056}, allowed_ips: [ {{ list: long }}, 10.0.{}.{} ] }}\n",
                0,
                at / 256,
                at % 256
            )
        });
        format!(
            "version: 1\nlimits: {{ keys_per_client: 1000 }}\nip_lists:\n  long:\n{list}collections: {{ c: {{ base_path: /c }} }}\nclients:\n  acme:\n    collections: [ c ]\n    keys:\n{keys}"
        )
    };
    for (text, code, says) in [
        (routes(2, 1_000, 0), 0, "is a valid policy"),
        (routes(1_001, 1_000, 0), 1, "more than 2000000 nodes"),
        (routes(300, 300, 60), 1, "more than 2000000 nodes"),
        (ranges(2), 0, "is a valid policy"),
        (ranges(839), 1, "come to 16780839 ranges"),
    ] {
        fs::write(&file, text).unwrap();
        for command in ["check", "compile"] {
            let table = folder.path().join("policy.table");
            let mut arguments = vec![command, file.to_str().unwrap()];
            if command == "compile" {
                arguments.extend(["-o", table.to_str().unwrap()]);
            }
            let ran = portcullis(&arguments);
            assert_eq!(ran.code, code, "{command}: {}", ran.stderr);
            assert!(
                command == "compile" && code == 0
                    || ran.stderr.replace("\n  | ", " ").contains(says),
                "{}",
                ran.stderr
            );
        }
    }
}

#[test]
fn check_writes_every_format_to_stdout() {
    let ran = portcullis(&["check", EVERY_LINT, "--format", "json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    assert_eq!(ran.stdout, portcullis(&["check", EVERY_LINT, "--json"]).stdout);
    let ran = portcullis(&["check", EVERY_LINT, "--format", "sarif"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    let location = &json(&ran.stdout)["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], EVERY_LINT);
    let ran = portcullis(&["check", EVERY_LINT, "--format", "github"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    assert!(ran.stdout.starts_with(&format!("::error file={EVERY_LINT},line=5,col=58,")));
    let folder = tempfile::tempdir().unwrap();
    let ran = portcullis(&["check", &clean(folder.path()), "--format", "github"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
    assert_eq!(portcullis(&["check", EVERY_LINT, "--json", "--format", "json"]).code, 2);
}

#[test]
fn files_of_the_working_directory_are_relative_in_sarif() {
    let document = Path::new(EVERY_LINT).canonicalize().unwrap();
    let ran = portcullis(&["check", document.to_str().unwrap(), "--format", "sarif"]);
    let location = &json(&ran.stdout)["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], EVERY_LINT);
}

#[test]
fn keys_are_looked_at_as_of_a_moment() {
    let codes = |arguments: &[&str]| -> Vec<String> {
        let ran = portcullis(&[&["check", EVERY_LINT, "--json"], arguments].concat());
        let report = json(&ran.stdout);
        let diagnostics = report["diagnostics"].as_array().unwrap();
        let codes = diagnostics.iter().map(|one| one["code"].as_str().unwrap().to_owned());
        codes.filter(|code| ["L011", "L012", "L014"].contains(&code.as_str())).collect()
    };
    assert_eq!(codes(&["--at", "2025-11-01"]), Vec::<String>::new());
    assert_eq!(codes(&["--at", "2025-12-15"]), ["L012"]);
    assert_eq!(codes(&["--at", "2026-06-15"]), ["L011", "L012", "L014"]);
    assert_eq!(codes(&["--at", "2026-06-15", "--within", "1d"]), ["L011"]);
    assert_eq!(codes(&["--at", "2026-07-01"]), ["L011", "L011", "L014"]);
    assert_eq!(portcullis(&["check", EVERY_LINT, "--at", "tomorrow"]).code, 2);
    assert_eq!(portcullis(&["check", EVERY_LINT, "--within", "a month"]).code, 2);
}

#[test]
fn what_a_code_means_is_told() {
    let ran = portcullis(&["check", "--explain", "L003"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.starts_with("L003 shadowed-entry\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("**Remedy:**"), "{}", ran.stdout);
    assert_eq!(portcullis(&["check", "--explain", "shadowed-entry"]).stdout, ran.stdout);
    assert_eq!(portcullis(&["check", "--explain", "unknown-field"]).code, 0);
    let ran = portcullis(&["check", "--explain", "L999"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("lints are L001 to L022"), "{}", ran.stderr);
    assert_eq!(portcullis(&["check"]).code, 2);
}

#[test]
fn a_list_file_gets_one_warning_a_lint() {
    let folder = tempfile::tempdir().unwrap();
    let addresses: Vec<String> = (0..70_000_u32)
        .map(|number| format!("10.{}.{}.{}\n", number >> 16, (number >> 8) & 255, number & 255))
        .collect();
    let list = format!("10.0.0.0/16\n{}", addresses.concat());
    fs::write(folder.path().join("list.txt"), list).unwrap();
    let document = folder.path().join("policy.yaml");
    let text = "version: 1\nip_lists: { list: { file: list.txt } }\ngateway: { blocked_ips: [ { list: list } ] }\n";
    fs::write(&document, text).unwrap();
    let document = document.to_str().unwrap();
    let report = json(&portcullis(&["check", document, "--json"]).stdout);
    assert_eq!(report["warnings"], 1);
    let message = report["diagnostics"][0]["message"].as_str().unwrap();
    assert!(message.ends_with("; 65535 more like this in the file"), "{message}");
    assert_eq!(report["diagnostics"][0]["line"], 2);
    let report = json(&portcullis(&["check", document, "--json", "--verbose"]).stdout);
    assert_eq!(report["warnings"], 65_536);
}

/// A document without anything to say about it.
fn clean(folder: &Path) -> String {
    let path = folder.join("policy.yaml");
    fs::write(&path, "version: 1\n").unwrap();
    path.to_str().unwrap().to_owned()
}

struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

fn portcullis(arguments: &[&str]) -> Ran {
    let output = Command::cargo_bin("portcullis").unwrap().args(arguments).output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
