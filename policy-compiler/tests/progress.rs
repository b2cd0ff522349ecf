//! Progress is for people at a terminal: no byte of it reaches a pipe or a file.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::cell::RefCell;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use assert_cmd::Command;
use policy_compiler::progress::{Progress, Step, Watcher};
use policy_compiler::{CompileOptions, LoadOptions, compile_file};

/// Enough for more than a second in a build that is not optimised, which is when a bar is drawn.
const KEYS: usize = 100_000;

fn large_policy(folder: &Path) -> PathBuf {
    let mut rows = "client,name,sha256\n".to_owned();
    for key in 0..KEYS {
        // Digests as far apart as real ones.
        let digest = (key as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        writeln!(rows, "acme,key-{key},{digest:032x}{digest:032x}").unwrap();
    }
    fs::write(folder.join("keys.csv"), rows).unwrap();
    let path = folder.join("policy.yaml");
    let document = "version: 1\nlimits: { keys_per_client: 1000000 }\ncollections: { orders: { base_path: /orders } }\nclients: { acme: { collections: [ orders ] } }\nkey_files: [ keys.csv ]\n";
    fs::write(&path, document).unwrap();
    path
}

#[test]
fn no_byte_of_it_reaches_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let policy = large_policy(folder.path());
    let table = folder.path().join("policy.table");
    let mut compile = Command::cargo_bin("portcullis").unwrap();
    let output = compile.arg("compile").arg(&policy).arg("-o").arg(table).output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    let mut check = Command::cargo_bin("portcullis").unwrap();
    let output = check.arg("check").arg(&policy).output().unwrap();
    let expected = format!("{} is a valid policy\n", policy.display());
    assert_eq!(String::from_utf8(output.stderr).unwrap(), expected);
    assert!(output.stdout.is_empty());
}

#[test]
fn who_watches_is_told_step_by_step() {
    let folder = tempfile::tempdir().unwrap();
    let policy = large_policy(folder.path());
    let told: Rc<RefCell<Vec<Progress>>> = Rc::default();
    let notes = Rc::clone(&told);
    let watcher = Watcher::new(move |progress| notes.borrow_mut().push(progress));
    let load = LoadOptions { watcher, ..LoadOptions::default() };
    compile_file(&policy, &CompileOptions { load, ..CompileOptions::default() }).unwrap();
    let told = told.borrow();
    let mut steps: Vec<Step> = told.iter().map(|progress| progress.step).collect();
    assert!(steps.is_sorted(), "{steps:?}");
    steps.dedup();
    assert_eq!(steps, [Step::Read, Step::Check, Step::Write]);
    let length = usize::try_from(fs::metadata(folder.path().join("keys.csv")).unwrap().len());
    let rows: Vec<usize> = told
        .iter()
        .filter(|progress| Ok(progress.total) == length)
        .map(|progress| progress.done)
        .collect();
    assert!(rows.len() > 4 && rows.is_sorted(), "{rows:?}");
    assert!(told.iter().all(|progress| progress.done <= progress.total));
}
