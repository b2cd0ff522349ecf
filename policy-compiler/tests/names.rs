//! Tables without the names of clients and keys: ids stand for them, and lead back to them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::expect_fun_call,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail as tests do"
)]

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// Two clients with a key each, the SHA-256 of `first-key` and of `second-key`.
const POLICY: &str = "\
version: 1
collections:
  orders: { base_path: /orders }
clients:
  acme:
    collections: [ orders ]
    keys:
      production: { sha256: 73a0be1c5feaed3867c77a95e1bcc6c94a5f4eb58e07ba3b33e8c1f5d3ff71e0 }
  globex:
    collections: [ orders ]
    keys:
      production: { sha256: 3d2f3e3a0c4e5b4f9bb4d8ef1f05f5b9a1a3a6ad1f6a2f5a97b3f1d7c0f2a111 }
";

struct Desk {
    folder: TempDir,
}

impl Desk {
    fn with(policy: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("policy.yaml"), policy).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::cargo_bin("portcullis").unwrap();
        command.current_dir(self.folder.path()).args(arguments).output().unwrap()
    }

    fn compile(&self, names: &str) -> Value {
        let ran =
            self.run(&["compile", "policy.yaml", "-o", "policy.table", "--names", names, "--json"]);
        assert!(ran.status.success(), "{ran:?}");
        serde_json::from_slice::<Value>(&ran.stdout).unwrap()["table"].take()
    }

    /// The decision; not the checks, which name the table and the moment.
    fn explain(&self) -> Value {
        let mut arguments = vec!["explain", "policy.table", "--json", "--host", "api.example.com"];
        arguments.extend(["--method", "GET", "--path", "/orders"]);
        arguments.extend(["--header", "x-api-key: first-key"]);
        let ran = self.run(&arguments);
        let mut answer: Value =
            serde_json::from_slice(&ran.stdout).expect(&String::from_utf8_lossy(&ran.stderr));
        assert!(answer["checks"].take().is_array());
        answer
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }
}

/// The policy, with the digest that the key of the tests really has.
fn policy() -> String {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(b"first-key");
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    POLICY.replace("73a0be1c5feaed3867c77a95e1bcc6c94a5f4eb58e07ba3b33e8c1f5d3ff71e0", &digest)
}

#[test]
fn ids_stand_for_names_and_lead_back_to_them() {
    let desk = Desk::with(&policy());
    let named = desk.compile("include");
    assert_eq!(named["names"], serde_json::json!({ "clients": true, "keys": true }));
    assert!(!desk.path("policy.table.names").exists());
    let with_names = desk.explain();
    let figures = desk.compile("omit");
    assert_eq!(figures["names"], serde_json::json!({ "clients": false, "keys": false }));
    let mut answer = desk.explain();
    let (client, key) = (answer["client"].take(), answer["key"].take());
    let (client, key) = (client.as_str().unwrap(), key.as_str().unwrap());
    assert!(client.starts_with("client-") && key.starts_with("key-"), "{client} {key}");
    // Everything else of the answer is what it was.
    let mut expected = with_names.clone();
    expected["client"].take();
    expected["key"].take();
    assert_eq!(answer, expected);

    let ran = desk.run(&["resolve", "policy.table.names", client, key, "--json"]);
    assert!(ran.status.success());
    let found: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(found[0]["client"], with_names["client"]);
    assert_eq!(found[0]["key"], Value::Null);
    assert_eq!(found[1]["client"], with_names["client"]);
    assert_eq!(found[1]["key"], with_names["key"]);
    let ran = desk.run(&["resolve", "policy.table.names", key]);
    assert_eq!(
        String::from_utf8(ran.stdout).unwrap(),
        format!("{key}  key `production` of client `acme`\n")
    );
    let table = fs::read(desk.path("policy.table")).unwrap();
    for name in ["acme", "globex", "production"] {
        assert!(!table.windows(name.len()).any(|bytes| bytes == name.as_bytes()), "{name}");
    }
}

#[test]
fn who_asks_such_a_table_by_names_is_told_of_ids() {
    let desk = Desk::with(&policy());
    desk.compile("omit");
    for asked in [["--client", "acme"], ["--key", "acme/production"]] {
        let ran = desk.run(&[&["what-can", "policy.table"], &asked[..]].concat());
        let said = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(1), "{said}");
        assert!(said.contains("ids instead of names"), "{said}");
    }
}

#[test]
fn an_id_stays_the_same_when_others_come() {
    let desk = Desk::with(&policy());
    desk.compile("omit");
    let before = desk.explain();
    let more = policy().replace(
        "clients:\n",
        "clients:\n  aardvark: { collections: [ orders ] }\n  zebra: { collections: [ orders ] }\n",
    );
    fs::write(desk.path("policy.yaml"), more).unwrap();
    desk.compile("omit");
    assert_eq!(desk.explain(), before);
}

#[test]
fn names_that_are_forwarded_are_kept() {
    let forwarding = |fields: &str| {
        let gateway = format!("version: 1\ngateway: {{ forward: {{ {fields} }} }}\n");
        let desk = Desk::with(&policy().replace("version: 1\n", &gateway));
        let figures = desk.compile("omit");
        (figures["names"]["clients"].clone(), figures["names"]["keys"].clone(), desk.explain())
    };
    let (clients, keys, answer) = forwarding("client: x-client-id");
    assert_eq!((clients, keys), (true.into(), false.into()));
    assert_eq!(answer["client"], "acme");
    let (clients, keys, answer) = forwarding("key: x-key-id");
    assert_eq!((clients, keys), (false.into(), true.into()));
    assert_eq!(answer["key"], "production");
}

#[test]
fn a_file_of_names_need_not_be_sorted() {
    let desk = Desk::with(&policy());
    desk.compile("omit");
    let names = desk.read("policy.table.names");
    let (head, entries) = names.split_once('\n').unwrap();
    let turned: Vec<&str> = entries.lines().rev().collect();
    fs::write(desk.path("turned.names"), format!("{head}\n{}\n", turned.join("\n"))).unwrap();
    for line in turned {
        let id = line.split('\t').next().unwrap();
        assert!(desk.run(&["resolve", "turned.names", id]).status.success(), "{id}");
    }
}

#[test]
fn the_file_of_names_does_not_depend_on_the_order_of_the_document() {
    let desk = Desk::with(&policy());
    desk.compile("omit");
    let names = desk.read("policy.table.names");
    let (head, clients) = policy().split_once("  acme:").map(owned).unwrap();
    let (acme, globex) = clients.split_once("  globex:").map(owned).unwrap();
    let turned = format!("{head}  globex:{globex}  acme:{acme}");
    fs::write(desk.path("policy.yaml"), turned).unwrap();
    desk.compile("omit");
    assert_eq!(desk.read("policy.table.names"), names);
    assert_eq!(names.lines().count(), 5);
}

#[test]
fn what_is_no_file_of_names_and_what_is_not_in_it() {
    let desk = Desk::with(&policy());
    desk.compile("omit");
    let ran = desk.run(&["resolve", "policy.table.names", "key-0000000000000000"]);
    assert_eq!((ran.status.code(), ran.stdout.as_slice()), (Some(1), &b""[..]));
    let message = String::from_utf8(ran.stderr).unwrap();
    assert!(message.contains("`key-0000000000000000` stands for nobody"), "{message}");
    for (wrong, line) in [
        ("", "line 1"),
        ("portcullis-names\t2\tabc\n", "line 1"),
        ("portcullis-names\t1\tabc\nclient-00\n", "line 2"),
        ("portcullis-names\t1\tabc\nclient-00\tacme\nclient-01\tacme\tkey\n", "line 3"),
        ("portcullis-names\t1\tabc\nkey-00\tacme\tkey\tmore\n", "line 2"),
    ] {
        fs::write(desk.path("wrong.names"), wrong).unwrap();
        let ran = desk.run(&["resolve", "wrong.names", "client-00"]);
        assert_eq!(ran.status.code(), Some(2), "{wrong:?}");
        let message = String::from_utf8(ran.stderr).unwrap();
        assert!(message.contains(line), "{wrong:?} {message}");
    }
    assert_eq!(desk.run(&["resolve", "missing.names", "client-00"]).status.code(), Some(2));
    assert_eq!(desk.run(&["resolve", "policy.table.names"]).status.code(), Some(2));
}

fn owned((left, right): (&str, &str)) -> (String, String) {
    (left.to_owned(), right.to_owned())
}

#[test]
fn the_least_size_is_shown_beside_the_size() {
    let desk = Desk::with(&policy());
    let figures = desk.compile("include");
    // Two digests of 128 bits, in any order, and which of two clients: (256 - 1 + 2) / 8 / 2, with
    // the rest that vanishes with more keys.
    let least = figures["least_bytes_per_key"].as_f64().unwrap();
    assert!((15.9..16.3).contains(&least), "{least}");
    let shown = desk.run(&["inspect", "policy.table"]);
    assert!(String::from_utf8(shown.stdout).unwrap().contains("the least possible"));
    let inside: Value =
        serde_json::from_slice(&desk.run(&["inspect", "policy.table", "--json"]).stdout).unwrap();
    assert_eq!(inside["least_bytes_per_key"], figures["least_bytes_per_key"]);
}
