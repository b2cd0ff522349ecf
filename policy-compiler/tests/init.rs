//! From `init` on: the first policy is one that the other commands take.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail as tests do")]

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use policy_compiler::schema::policy_schema;
use serde_json::Value;

fn portcullis(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::cargo_bin("portcullis").unwrap();
    command.current_dir(folder).args(arguments).output().unwrap()
}

fn succeed(folder: &Path, arguments: &[&str]) -> (String, String) {
    let output = portcullis(folder, arguments);
    let (out, said) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{arguments:?}: {said}");
    (out, said)
}

#[test]
fn what_it_tells_next_works() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (out, said) = succeed(folder, &["init"]);
    assert_eq!(out, "", "nothing but data goes to stdout");
    assert!(said.contains("`*.table` belongs into `.gitignore`"), "{said}");
    let checked = succeed(folder, &["check", "policy.yaml", "--deny", "warnings"]).1;
    assert_eq!(checked, "policy.yaml is a valid policy\n");
    let mut key = String::new();
    for next in said.lines().filter_map(|line| line.strip_prefix("  portcullis ")) {
        let words: Vec<&str> = next.split(' ').collect();
        let (out, _) = succeed(folder, &words);
        if next.starts_with("key new") {
            key = out.trim().to_owned();
        }
    }
    assert!(key.starts_with("pc_live_"));
    let explain = |path: &str| {
        let header = format!("x-api-key: {key}");
        let request = ["--host", "a", "--path", path, "--address", "203.0.113.7", "--header"];
        succeed(folder, &[&["explain", "policy.table"], &request[..], &[&header]].concat()).0
    };
    assert!(explain("/healthz").starts_with("allow public"));
    let denied = explain("/orders-v1/orders");
    assert!(denied.starts_with("deny") && denied.contains("client_inactive"), "{denied}");
    let policy = fs::read_to_string(folder.join("policy.yaml")).unwrap();
    let switched_on: Vec<&str> =
        policy.lines().filter(|line| !line.contains("take this line out")).collect();
    fs::write(folder.join("policy.yaml"), switched_on.join("\n")).unwrap();
    succeed(folder, &["check", "policy.yaml", "--deny", "warnings"]);
    succeed(folder, &["compile", "policy.yaml", "-o", "policy.table"]);
    assert!(explain("/orders-v1/orders").starts_with("allow granted"));
}

#[test]
fn the_editor_finds_the_schema_that_the_policy_names() {
    let folder = tempfile::tempdir().unwrap();
    succeed(folder.path(), &["init", "."]);
    let policy = fs::read_to_string(folder.path().join("policy.yaml")).unwrap();
    let name = policy.lines().next().unwrap().split_once("$schema=").unwrap().1;
    let schema = fs::read_to_string(folder.path().join(name)).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    assert_eq!(schema, policy_schema());
    let document: Value = serde_saphyr::from_str(&policy).unwrap();
    assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&document));
}

#[test]
fn nothing_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("policy.yaml"), "mine").unwrap();
    let refused = portcullis(folder, &["init"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("`policy.yaml` is there already"));
    assert_eq!(fs::read_to_string(folder.join("policy.yaml")).unwrap(), "mine");
    assert_eq!(fs::read_dir(folder).unwrap().count(), 1);
    fs::create_dir(folder.join("other")).unwrap();
    fs::write(folder.join("other/policy.schema.json"), "mine").unwrap();
    assert_eq!(portcullis(folder, &["init", "other"]).status.code(), Some(2));
    assert_eq!(fs::read_dir(folder.join("other")).unwrap().count(), 1);
}

#[test]
fn a_folder_or_a_file_may_be_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    succeed(folder, &["init", "a/b"]);
    let said = succeed(folder, &["init", "a/b/it's mine.yml"]).1;
    assert!(said.contains(r"portcullis check 'a/b/it'\''s mine.yml'"), "{said}");
    fs::write(folder.join("a/b/.gitignore"), "*.table\n").unwrap();
    let said = succeed(folder, &["init", "a/b/third.yaml"]).1;
    assert!(!said.contains(".gitignore"), "{said}");
    for policy in ["a/b/policy.yaml", "a/b/it's mine.yml", "a/b/third.yaml"] {
        succeed(folder, &["check", policy, "--deny", "warnings"]);
    }
}

#[test]
fn a_folder_may_look_like_an_option() {
    let folder = tempfile::tempdir().unwrap();
    let (_, said) = succeed(folder.path(), &["init", "--", "-x"]);
    for next in said.lines().filter_map(|line| line.strip_prefix("  portcullis ")) {
        succeed(folder.path(), &next.split(' ').collect::<Vec<&str>>());
    }
}
