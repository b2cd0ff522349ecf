//! `portcullis key new` on documents of many shapes: the key is there, nothing else changed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail as tests do"
)]

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use policy_compiler::load_file;
use policy_compiler::model::Digest;
use sha2::Digest as _;

const DIGEST: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// Documents in which client `acme` gets a key; DIGEST stands for a digest.
const SHAPES: &[&str] = &[
    // A block with two blanks, comments around, another client after it.
    "version: 1\nclients:\n  acme:   # the first\n    keys:\n      # keys begin\n      old:\n        sha256: DIGEST   # old\n        active: false\n      # keys end\n\n    active: true\n  # next\n  globex:\n    active: false\n",
    // Four blanks, last in the file, no line end.
    "version: 1\nclients:\n    acme:\n        keys:\n            old:\n                sha256: DIGEST",
    // Keys in braces on lines of their own.
    "version: 1\nclients:\n  acme:\n    keys:\n      old: { sha256: DIGEST }\n    collections: []\n",
    // One key over several lines in braces.
    "version: 1\nclients:\n  acme:\n    keys:\n      old: {\n        sha256: DIGEST,\n        active: true\n      }\n    description: x\n",
    // All keys in braces.
    "version: 1\nclients:\n  acme:\n    keys: {old: {sha256: DIGEST}}\n",
    "version: 1\nclients:\n  acme:\n    keys: { # comment\n      old: { sha256: DIGEST }\n    }\n",
    "version: 1\nclients:\n  acme: { keys: {} }\n",
    // No keys yet.
    "version: 1\nclients:\n  acme:\n    active: true # yes\n\n# end\n",
    "version: 1\nclients:\n  acme:\n    description: |\n      several\n\n      # lines\n  globex: {}\n",
    "version: 1\nclients: { acme: {}, globex: { active: true } }\n",
    "version: 1\nclients: { acme: { active: true } }\n",
    "version: 1\nclients:\n  globex: {}\n  \"acme\": { collections: [ ] } # quoted\n",
    // Windows line ends.
    "version: 1\r\nclients:\r\n  acme:\r\n    keys:\r\n      old:\r\n        sha256: DIGEST\r\n    active: true\r\n",
    "version: 1\r\nclients:\r\n  acme:\r\n    active: true\r\n",
    // Text before it that takes more bytes than characters, and a byte order mark.
    "\u{feff}# \u{e9}\u{20ac}\u{1f511}\nversion: 1\nclients:\n  acme:\n    description: \u{20ac}\n    keys:\n      old:\n        sha256: DIGEST\n",
    // An aligned list as the last field; a closing document mark.
    "version: 1\nclients:\n  acme:\n    allowed_ips:\n    - 10.0.0.1\n    - 10.0.0.2\n  globex: {}\n",
    "---\nversion: 1\nclients:\n  acme:\n    keys:\n      old:\n        sha256: DIGEST\n...\n",
];

/// Documents that cannot be added to: they stay as they are.
const REFUSED: &[&str] = &[
    "version: 1\nclients:\n  globex: &g { active: true }\n  acme: *g\n",
    "version: 1\nclients:\n  acme: &a\n    active: true\n  globex: *a\n",
    "version: 1\nlimits: { keys_per_client: 1 }\nclients:\n  acme:\n    keys:\n      old: { sha256: DIGEST }\n",
    "version: 1\nclients:\n  acme:\n    keys:\n      new: { sha256: DIGEST }\n",
    "version: 1\nclients:\n  globex: {}\n",
    "version: 1\nclients:\n  acme: { activ: true }\n",
];

struct Document {
    _folder: tempfile::TempDir,
    path: PathBuf,
    text: String,
}

fn document(shape: &str) -> Document {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.yaml");
    let text = shape.replace("DIGEST", DIGEST);
    fs::write(&path, &text).unwrap();
    Document { _folder: folder, path, text }
}

fn key_new(path: &Path, name: &str, more: &[&str]) -> std::process::Output {
    let mut command = Command::cargo_bin("portcullis").unwrap();
    command.args(["key", "new", "--client", "acme", "--name", name]).args(more).arg(path);
    command.output().unwrap()
}

#[test]
fn the_key_is_added_and_nothing_else_changes() {
    for (shape, name) in SHAPES.iter().zip(["new", "n", "a: b", "1e3"].iter().cycle()) {
        let document = document(shape);
        let before = load_file(&document.path, &Default::default()).unwrap().policy;
        let times = ["--not-before", "2026-01-01T00:00:00+02:00", "--expires", "2027-01-01"];
        let output = key_new(&document.path, name, &times);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{shape}\n{stderr}");
        let key = String::from_utf8(output.stdout).unwrap();
        let key = key.strip_suffix('\n').unwrap();
        assert!(key.starts_with("pc_live_") && !key.contains(char::is_whitespace));
        assert!(!stderr.contains(key));

        let edited = fs::read_to_string(&document.path).unwrap();
        assert!(!edited.contains(key), "only the digest is kept");
        assert_one_insertion(&document.text, &edited);
        let lines = |text: &str| (text.matches('\n').count(), text.matches("\r\n").count());
        if shape.contains('\r') {
            assert_eq!(lines(&edited).0, lines(&edited).1, "{edited:?}");
        }
        assert_eq!(shape.ends_with('\n'), edited.ends_with('\n'));

        let mut after = load_file(&document.path, &Default::default()).unwrap().policy;
        let acme = after.clients.iter_mut().find(|client| client.name.as_str() == "acme").unwrap();
        let added = acme.keys.iter().position(|other| other.name.as_str() == *name).unwrap();
        let added = acme.keys.remove(added);
        assert_eq!(added.digest, Digest::from_bytes(sha2::Sha256::digest(key).into()));
        assert_eq!(added.window.expires(), Some(1_798_761_600));
        assert_eq!(added.window.not_before(), Some(1_767_218_400));
        assert_eq!(after, before, "{edited}");
    }
}

#[test]
fn keys_can_be_added_one_after_the_other() {
    for shape in SHAPES {
        let document = document(shape);
        for name in ["first", "second", "third"] {
            assert_eq!(key_new(&document.path, name, &[]).status.code(), Some(0), "{shape}");
        }
        let policy = load_file(&document.path, &Default::default()).unwrap().policy;
        let keys = policy.clients.iter().map(|client| client.keys.len()).sum::<usize>();
        assert!(keys >= 3);
    }
}

#[test]
fn what_cannot_be_done_safely_is_not_done() {
    for shape in REFUSED {
        let document = document(shape);
        let output = key_new(&document.path, "new", &[]);
        assert_eq!(output.status.code(), Some(1), "{shape}");
        assert_eq!(output.stdout, b"", "{shape}");
        assert!(String::from_utf8(output.stderr).unwrap().contains("no key was made"));
        assert_eq!(fs::read_to_string(&document.path).unwrap(), document.text);
    }
}

#[test]
#[cfg(unix)]
fn permissions_are_kept() {
    use std::os::unix::fs::PermissionsExt;
    let document = document(SHAPES[0]);
    fs::set_permissions(&document.path, fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(key_new(&document.path, "new", &[]).status.code(), Some(0));
    let mode = fs::metadata(&document.path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

/// The new text is the old one with one piece inserted.
fn assert_one_insertion(before: &str, after: &str) {
    let same = before.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
    let inserted = after.len() - before.len();
    let rest = &before.as_bytes()[same..];
    assert!(after.as_bytes().ends_with(rest) && after.len() == same + inserted + rest.len());
}
