//! Files that a document names which a stranger may have changed: any path of the machine.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

mod support;

use std::os::unix::fs::symlink;
use std::process::Command;

use support::Folder;

/// A file of the machine, which is none of the policy.
const SECRET: &str = "TOKEN=not`a`real secret\n";

const WAYS: [&str; 7] = [
    "ip_lists: { a: { file: OUTSIDE/secret } }",
    "ip_lists: { a: { file: link } }",
    "ip_lists: { a: { file: ../.secret } }",
    "ip_lists: { a: { file: .git/secret } }",
    "key_files: [ OUTSIDE/secret ]",
    "key_files: [ .git/secret ]",
    "clients: { acme: { key_files: [ link ] } }",
];

/// The folder of a policy and one that is none of its.
fn folders() -> (Folder, Folder) {
    let outside = Folder::new(&[("secret", SECRET)]);
    let folder = Folder::new(&[(".secret", SECRET)]);
    std::fs::create_dir_all(folder.file("policies/.git")).unwrap();
    folder.write("policies/.git/secret", SECRET);
    symlink(outside.file("secret"), folder.file("policies/link")).unwrap();
    (folder, outside)
}

#[test]
fn nothing_of_files_that_are_none_of_the_policy_s_is_shown() {
    let (folder, outside) = folders();
    for way in WAYS {
        let way = way.replace("OUTSIDE/secret", outside.file("secret").to_str().unwrap());
        folder.write("policies/policy.yaml", &format!("version: 1\n{way}\n"));
        for format in ["human", "json", "sarif", "github"] {
            let ran = folder.run(&format!("check policies/policy.yaml --format {format}"));
            let said = ran.stdout + &ran.stderr;
            assert_eq!(ran.code, 1, "{way} {format}: {said}");
            assert!(said.contains("secret") || said.contains("link"), "{way} {format}: {said}");
            for word in ["TOKEN", "not`", "`a`", "real"] {
                assert!(!said.contains(word), "{word}: {way} {format}: {said}");
            }
        }
    }
}

#[test]
fn what_is_wrong_in_files_beside_the_document_is_quoted() {
    let (folder, _outside) = folders();
    for path in ["list", "../shared"] {
        folder.write(&format!("policies/{path}"), "10.0.0.256\n");
        let text = format!("version: 1\nip_lists: {{ a: {{ file: {path} }} }}\n");
        folder.write("policies/policy.yaml", &text);
        let ran = folder.run("check policies/policy.yaml");
        assert!(ran.stderr.contains("`10.0.0.256` is not"), "{path}: {}", ran.stderr);
    }
}

/// A pipe that nobody writes to would be waited for, and a device may never end.
#[test]
fn what_is_no_regular_file_is_refused_at_once() {
    let (folder, _outside) = folders();
    assert!(Command::new("mkfifo").arg(folder.file("pipe")).status().unwrap().success());
    for path in ["pipe", "/dev/zero", "policies"] {
        for way in ["ip_lists: { a: { file: PATH } }", "key_files: [ PATH ]"] {
            let text = format!("version: 1\n{}\n", way.replace("PATH", path));
            folder.write("policy.yaml", &text);
            let ran = folder.run("check policy.yaml");
            assert_eq!(ran.code, 1, "{text}: {}", ran.stderr);
            assert!(ran.stderr.contains("it is no regular file"), "{text}: {}", ran.stderr);
        }
    }
}
