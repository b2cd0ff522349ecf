//! Where a table may be written, and where not.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

mod support;

use std::fs;
use std::os::unix::fs::{FileTypeExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use support::Folder;

const POLICY: &str = "\
version: 1
collections:
  orders: { base_path: /orders }
ip_lists:
  office: { file: office.txt }
clients:
  acme:
    collections: [ orders ]
    allowed_ips: [ { list: office } ]
    key_files: [ keys.csv ]
";

const KEYS: &str = "\
name,sha256
production,9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
";

fn folder() -> Folder {
    Folder::new(&[("policy.yaml", POLICY), ("keys.csv", KEYS), ("office.txt", "203.0.113.0/24\n")])
}

/// The table of the policy.
fn table(folder: &Folder) -> Vec<u8> {
    assert_eq!(folder.run("compile policy.yaml -o plain.table").code, 0);
    fs::read(folder.file("plain.table")).unwrap()
}

fn pipe(folder: &Folder, name: &str) -> PathBuf {
    let path = folder.file(name);
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

#[test]
fn a_pipe_is_written_to_and_stays_one() {
    let folder = folder();
    let table = table(&folder);
    let [one, names] = ["pipe", "pipe.names"].map(|name| pipe(&folder, name));
    let readers = [&one, &names].map(|path| {
        let path = path.clone();
        thread::spawn(move || fs::read(path).unwrap())
    });
    let ran = folder.run("compile policy.yaml -o pipe --names omit");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for path in [&one, &names] {
        assert!(fs::symlink_metadata(path).unwrap().file_type().is_fifo(), "{path:?}");
    }
    let [read, read_names] = readers.map(|reader| reader.join().unwrap());
    assert!(read.starts_with(b"\x89PCT") && read.len() < table.len());
    assert!(read_names.starts_with(b"portcullis-names"), "{read_names:?}");
}

#[test]
fn the_file_behind_standard_input_is_no_output() {
    let folder = folder();
    for (table, code) in [("policy.yaml", 2), ("other.yaml", 0)] {
        let mut command = folder.command(&["compile", "-", "-o", table]);
        command.stdin(fs::File::open(folder.file("policy.yaml")).unwrap());
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{table}: {output:?}");
        assert_eq!(fs::read_to_string(folder.file("policy.yaml")).unwrap(), POLICY, "{table}");
    }
}

#[test]
fn a_table_on_standard_output_is_alone_there() {
    let folder = folder();
    let table = table(&folder);
    symlink("/proc/self/fd/1", folder.file("stdout")).unwrap();
    for output in ["-", "/dev/stdout", "stdout"] {
        let mut command = folder.command(&["compile", "policy.yaml", "-o", output]);
        let ran = command.stdin(Stdio::null()).output().unwrap();
        assert!(ran.status.success(), "{output}: {ran:?}");
        assert_eq!(ran.stdout, table, "{output}");
        assert!(String::from_utf8(ran.stderr).unwrap().contains("table id"), "{output}");
        for more in ["--json", "--names omit"] {
            let ran = folder.run(&format!("compile policy.yaml -o {output} {more}"));
            assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{output} {more}");
            assert!(ran.stderr.contains("name a file for the table"), "{}", ran.stderr);
        }
    }
    assert!(fs::symlink_metadata(folder.file("stdout")).unwrap().is_symlink());
    assert!(!folder.file("-").exists());
    // A file that standard output goes to has the table and nothing else.
    let file = fs::File::create(folder.file("out.table")).unwrap();
    let mut command = folder.command(&["compile", "policy.yaml", "-o", "out.table"]);
    assert!(command.stdout(file).status().unwrap().success());
    assert_eq!(fs::read(folder.file("out.table")).unwrap(), table);
}

#[test]
fn a_link_that_leads_nowhere_yet_leads_to_the_table() {
    let folder = folder();
    let table = table(&folder);
    fs::create_dir(folder.file("tables")).unwrap();
    symlink("tables/next", folder.file("current")).unwrap();
    symlink("policy.table", folder.file("tables/next")).unwrap();
    assert_eq!(folder.run("compile policy.yaml -o current").code, 0);
    assert_eq!(fs::read(folder.file("tables/policy.table")).unwrap(), table);
    assert!(fs::symlink_metadata(folder.file("current")).unwrap().is_symlink());
}

#[test]
fn pages_go_through_links_too() {
    let folder = Folder::new(&[("page", "old")]);
    fs::create_dir(folder.file("man")).unwrap();
    symlink("../page", folder.file("man/portcullis.1")).unwrap();
    assert_eq!(folder.run("man man").code, 0);
    assert!(folder.text("page").contains("portcullis"));
}

#[test]
fn no_file_of_the_policy_is_overwritten() {
    let folder = folder();
    symlink("policy.yaml", folder.file("link")).unwrap();
    fs::hard_link(folder.file("keys.csv"), folder.file("hard")).unwrap();
    symlink("office.txt", folder.file("list.names")).unwrap();
    for output in ["policy.yaml", "./keys.csv", "office.txt", "link", "hard", "list --names omit"] {
        let ran = folder.run(&format!("compile policy.yaml -o {output}"));
        assert_eq!(ran.code, 2, "{output}: {}", ran.stderr);
        assert!(ran.stderr.contains("the policy is read from"), "{output}: {}", ran.stderr);
    }
    assert_eq!(folder.text("policy.yaml"), POLICY);
    assert_eq!(folder.text("keys.csv"), KEYS);
    assert!(!folder.file("list").exists(), "a table whose names were refused");
}

#[test]
fn a_table_whose_names_cannot_be_written_is_not_written() {
    let folder = folder();
    fs::create_dir(folder.file("policy.table.names")).unwrap();
    let ran = folder.run("compile policy.yaml -o policy.table --names omit");
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(!folder.file("policy.table").exists());
}

#[test]
fn no_key_is_made_that_nobody_would_see() {
    let folder = folder();
    let new_key = "key new --client acme --name new policy.yaml";
    let closed = Command::new("sh")
        .args(["-c", &format!("exec \"$0\" {new_key} >&-"), env!("CARGO_BIN_EXE_portcullis")])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let words: Vec<&str> = new_key.split(' ').collect();
    let dropped = folder.command(&words).stdout(Stdio::null()).output().unwrap();
    for output in [closed, dropped] {
        let ran = support::Ran::from(output);
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains("leads nowhere"), "{}", ran.stderr);
    }
    assert_eq!(folder.text("policy.yaml"), POLICY);
    let past = folder.run(&format!("{new_key} --expires 2020-01-01"));
    assert!(
        past.code == 0 && past.stderr.contains("note: the key ends 2020-01-01"),
        "{}",
        past.stderr
    );
}

/// Where the tests are run by root, who may read every folder, this asks for nothing.
#[test]
fn a_folder_that_may_be_written_but_not_read_takes_files() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let allow =
        |mode| fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
    allow(0o300);
    let made = folder.run("key new --client acme --name new policy.yaml");
    let compiled = folder.run("compile policy.yaml -o policy.table");
    allow(0o700);
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert!(!made.stdout.is_empty() && folder.text("policy.yaml").contains("new:"));
    assert_eq!(compiled.code, 0, "{}", compiled.stderr);
}

#[test]
fn folders_may_have_names_that_are_no_text() {
    use std::os::unix::ffi::OsStrExt;
    let parent = folder();
    let folder = parent.file("").join(std::ffi::OsStr::from_bytes(b"caf\xe9"));
    fs::create_dir(&folder).unwrap();
    for name in ["policy.yaml", "keys.csv", "office.txt"] {
        fs::copy(parent.file(name), folder.join(name)).unwrap();
    }
    let output = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args(["key", "deactivate", "--client", "acme", "--name", "production"])
        .arg(folder.join("policy.yaml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(fs::read_to_string(folder.join("keys.csv")).unwrap().contains("false"));
}
