//! Policies that are not files: standard input and pipes.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

mod support;

use std::fs;

use support::Folder;

const POLICY: &str = "\
version: 1
collections:
  orders: { base_path: /orders }
clients:
  acme:
    collections: [ orders ]
    key_files: [ keys.csv ]
";

const KEYS: &str = "\
name,sha256
production,9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
";

fn folder() -> Folder {
    let switched_off = POLICY.replace("  acme:", "  acme:\n    active: false");
    Folder::new(&[("policy.yaml", POLICY), ("before.yaml", &switched_off), ("keys.csv", KEYS)])
}

/// Every command that only reads a policy, with `POLICY` where that stands.
const COMMANDS: [(&str, i32); 9] = [
    ("check POLICY", 0),
    ("compile POLICY -o out.table", 0),
    ("diff POLICY policy.yaml", 0),
    ("diff before.yaml POLICY", 1),
    ("explain POLICY --host a.example --path /orders --as-key acme/production --at 2026-06-01", 0),
    ("who-can POLICY --method GET --path /orders", 0),
    ("what-can POLICY --client acme", 0),
    ("blast-radius POLICY --key acme/production", 0),
    ("calendar POLICY", 0),
];

#[test]
fn a_policy_may_come_from_standard_input() {
    let folder = folder();
    for (command, code) in COMMANDS {
        let ran = folder.run_reading(&command.replace("POLICY", "-"), POLICY);
        assert_eq!(ran.code, code, "{command}: {}", ran.stderr);
    }
    let wrong = folder.run_reading("check -", "version: 1\nclints: {}\n");
    assert_eq!(wrong.code, 1);
    assert!(wrong.stderr.contains("<stdin>:2:1"), "{}", wrong.stderr);
}

/// What was read is gone: a command with `-` would wait, or explain something else.
#[test]
fn a_command_about_standard_input_has_a_place_for_a_name() {
    let ran = folder().run_reading("diff before.yaml -", POLICY);
    assert!(ran.stdout.contains("portcullis explain POLICY --"), "{}", ran.stdout);
}

#[test]
fn a_pipe_is_read_once() {
    let folder = folder();
    for (command, code) in COMMANDS {
        let ran = folder.run_reading(&command.replace("POLICY", "/dev/stdin"), POLICY);
        // What the policy names is looked for beside it.
        let missing = "cannot read `keys.csv`";
        assert!(ran.stderr.contains(missing), "{command}: {}", ran.stderr);
        let whole = POLICY.replace("key_files: [ keys.csv ]", "keys: { production: { sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 } }");
        let ran = folder.run_reading(&command.replace("POLICY", "/dev/stdin"), &whole);
        assert_eq!(ran.code, code, "{command}: {}", ran.stderr);
    }
}

#[test]
fn standard_input_is_not_asked_for_two_things() {
    let folder = folder();
    for command in ["diff - -", "blast-radius - --stdin", "explain - --requests -"] {
        let ran = folder.run_reading(command, POLICY);
        assert_eq!(ran.code, 2, "{command}: {}", ran.stderr);
        assert!(ran.stderr.contains("only be read once"), "{command}: {}", ran.stderr);
    }
}

#[test]
fn what_is_no_text_is_told_as_ever() {
    let folder = folder();
    fs::write(folder.file("latin.yaml"), b"version: 1 # caf\xe9\n").unwrap();
    for command in ["check latin.yaml", "calendar latin.yaml", "diff policy.yaml latin.yaml"] {
        let ran = folder.run(command);
        assert!(ran.stderr.contains("cannot read the document: it is not UTF-8 text"), "{command}");
    }
}

#[test]
fn a_table_is_told_as_one() {
    let folder = folder();
    assert_eq!(folder.run("compile policy.yaml -o policy.table").code, 0);
    for command in ["check", "compile -o other.table", "key list"] {
        let ran = folder.run(&format!("{command} policy.table"));
        assert!(ran.stderr.contains("it is a table"), "{command}: {}", ran.stderr);
    }
}

#[test]
fn a_folder_is_no_policy() {
    let folder = folder();
    for command in ["check .", "compile . -o out", "calendar .", "inspect .", "key list ."] {
        let ran = folder.run(command);
        assert_eq!(ran.code, 2, "{command}: {}", ran.stderr);
        assert!(ran.stderr.contains("directory"), "{command}: {}", ran.stderr);
    }
}
