//! Killed at any moment, an edit leaves the old document or the new one, whole, and the next edit
//! works.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

mod support;

use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use support::{DIGEST, Folder};

const DEACTIVATE: [&str; 7] =
    ["key", "deactivate", "--client", "acme", "--name", "old", "policy.yaml"];

/// How often a process is killed after some time, and how often at the first sight of its work.
const BLIND: u32 = 120;
const SEEN: u32 = 80;

/// So large that writing it takes a while: comments cost nearly nothing to read.
fn document() -> String {
    let comments = format!("# {}\n", "-".repeat(1_022)).repeat(256);
    format!(
        "version: 1\nclients:\n  acme:\n    keys:\n      old:\n        sha256: {DIGEST}\n{comments}"
    )
}

#[test]
fn killed_after_some_time() {
    let (folder, old, new) = folder();
    let whole = whole_time(&folder, &old, &new);
    let (mut before, mut after) = (0, 0);
    for round in 0..BLIND {
        // Spread evenly over a bit more than the whole time.
        let mut child = start(&folder);
        std::thread::sleep(whole * round * 5 / (BLIND * 4));
        child.kill().unwrap();
        child.wait().unwrap();
        let is_new = judge(&folder, &old, &new);
        before += u32::from(!is_new);
        after += u32::from(is_new);
        if round.is_multiple_of(4) {
            edit_again(&folder, &new);
        }
        folder.write("policy.yaml", &old);
    }
    println!("{before} before, {after} after");
    // Both kinds occur, or the kills did not fall into the edit at all.
    assert!(before >= BLIND / 10 && after >= 1, "{before} before, {after} after");
}

#[test]
fn killed_while_it_writes() {
    let (folder, old, new) = folder();
    let mut unfinished = 0;
    for _ in 0..SEEN {
        let mut child = start(&folder);
        await_first_sight(&folder, &mut child, old.len());
        child.kill().unwrap();
        child.wait().unwrap();
        unfinished += u32::from(folder.names().len() > 1);
        judge(&folder, &old, &new);
        edit_again(&folder, &new);
        folder.write("policy.yaml", &old);
    }
    println!("{unfinished} of {SEEN} with an unfinished file");
    assert!(unfinished >= SEEN / 10, "{unfinished} kills fell between the first byte and the last");
}

/// A folder with the old document, and what the edit makes of it.
fn folder() -> (Folder, String, String) {
    let old = document();
    let new = old.replace(&format!("{DIGEST}\n"), &format!("{DIGEST}\n        active: false\n"));
    (Folder::new(&[("policy.yaml", &old)]), old, new)
}

/// How long the edit takes that nobody kills.
fn whole_time(folder: &Folder, old: &str, new: &str) -> Duration {
    let times = [(); 5].map(|()| {
        let begin = Instant::now();
        let status = start(folder).wait().unwrap();
        assert!(status.success());
        let time = begin.elapsed();
        assert!(folder.text("policy.yaml") == new, "the edit itself");
        folder.write("policy.yaml", old);
        time
    });
    times.into_iter().max().unwrap()
}

fn start(folder: &Folder) -> Child {
    let mut command = folder.command(&DEACTIVATE);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until there is something in the folder that was not, or the document is not what it was.
fn await_first_sight(folder: &Folder, child: &mut Child, length: usize) {
    let path = folder.file("policy.yaml");
    loop {
        let same = fs::metadata(&path).is_ok_and(|now| now.len() == u64::try_from(length).unwrap());
        let alone = fs::read_dir(folder.path()).unwrap().count() == 1;
        if !same || !alone || child.try_wait().unwrap().is_some() {
            return;
        }
    }
}

/// Whether the document is the new one; it must be that or the old one.
fn judge(folder: &Folder, old: &str, new: &str) -> bool {
    let text = folder.text("policy.yaml");
    assert!(text == old || text == new, "{} bytes of {} or {}", text.len(), old.len(), new.len());
    text == new
}

/// Whatever was left by the one that was killed, the next edit works, and nothing is left of both.
fn edit_again(folder: &Folder, new: &str) {
    assert!(start(folder).wait().unwrap().success(), "the next edit");
    assert!(folder.text("policy.yaml") == new);
    assert_eq!(folder.names(), ["policy.yaml"], "nothing is left of the one that was killed");
}

#[test]
fn only_what_an_edit_of_this_file_has_left_is_cleared() {
    let text =
        format!("version: 1\nclients:\n  acme:\n    keys:\n      old: {{ sha256: {DIGEST} }}\n");
    let others =
        [".policy.yaml.abc.portcullis", ".policy.yaml.swp", ".other.yaml.a1B2c3.portcullis"];
    let folder = Folder::new(&[("policy.yaml", &text), (".policy.yaml.a1B2c3.portcullis", "")]);
    others.iter().for_each(|name| folder.write(name, ""));
    let ran = folder.run("key deactivate --client acme --name old --dry-run policy.yaml");
    assert_eq!((ran.code, folder.names().len()), (0, 5), "a dry run touches nothing");
    assert_eq!(folder.run("key deactivate --client acme --name old policy.yaml").code, 0);
    let mut expected = others.map(str::to_owned).to_vec();
    expected.push("policy.yaml".to_owned());
    expected.sort();
    assert_eq!(folder.names(), expected);
}
