//! The life of a key, verb by verb: what the policy says afterwards, what stays, how it ends.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "helpers of tests may fail as tests do"
)]

mod support;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use policy_compiler::model::{Digest, parse_time};
use serde_json::Value;
use support::{DIGEST, Folder, client, key};

const AT: &str = "--at 2026-06-01T12:00:00Z";

const POLICY: &str = r#"version: 1
collections:
  orders: { base_path: /orders }
  reports: { base_path: /reports }
ip_lists: { office: [ 203.0.113.0/24 ] }
usage_policies: { slow: { rate: { requests: 1, per: 1m } } }
clients:
  # the first
  acme: # of many
    collections: [ orders ]
    access_profiles: # since 2023
      # by hand
      warehouse: # ask Bob
        sha256: 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752
        created: 2023-04-18
        usage_policy: slow # too slow
        expires: 2027-05-01
      mail:
        sha256: 04b751bcbcaf0fd2ab8ab64a0a7f98a185276b8069978bea3a61ac294dc4c07f
        collections: [ orders, reports ]
        expires: 2026-06-15
    keys:
      production: # hot
        sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
        allowed_ips: [ { list: office }, "2001:db8::/32", 10.0.0.1-10.0.0.3 ]
        blocked_ips: "10.0.0.2"
        collections: [ orders ]
        expires: "2027-01-01" # or later
      spare: { sha256: 708f23c35b9f13249d15642d6bc727d37ee00eefa6b8c9264da59c6c82980dbb, active: false }
      later: { sha256: 808f23c35b9f13249d15642d6bc727d37ee00eefa6b8c9264da59c6c82980dbb, not_before: 2026-12-01 }
  globex: { collections: [ orders ], key_files: [ globex.csv ] }
  empty: {}
"#;

const KEY_FILE: &str = "name,sha256,allowed_ips\r\nbatch,a0303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752,\"10.0.0.1, list:office\"\r\nnight,b0303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752,\r\n";

fn folder() -> Folder {
    Folder::new(&[("policy.yaml", POLICY), ("globex.csv", KEY_FILE)])
}

/// What is not as it was, line by line: `-` and `+`.
fn changes(before: &str, after: &str) -> String {
    let diff = similar::TextDiff::from_lines(before, after);
    let changes =
        diff.iter_all_changes().filter(|change| change.tag() != similar::ChangeTag::Equal);
    changes.map(|change| format!("{}{change}", change.tag())).collect()
}

/// Edits, and what they change in which file; NEW is a digest.
const EDITS: &[(&str, &str, &str)] = &[
    ("key deactivate --client acme --name production", "policy.yaml", "+        active: false\n"),
    (
        "key activate --client acme --name spare",
        "policy.yaml",
        "-      spare: { sha256: 708f23c35b9f13249d15642d6bc727d37ee00eefa6b8c9264da59c6c82980dbb, active: false }\n+      spare: { sha256: 708f23c35b9f13249d15642d6bc727d37ee00eefa6b8c9264da59c6c82980dbb, active: true }\n",
    ),
    (
        "key revoke --client acme --name production --at 2026-06-01T12:00:00Z",
        "policy.yaml",
        "-        expires: \"2027-01-01\" # or later\n+        expires: \"2026-06-01T12:00:00Z\" # or later\n+        active: false\n",
    ),
    // The second in which it begins: it ends after it.
    (
        "key revoke --client acme --name later --at 2026-12-01",
        "policy.yaml",
        "-      later: { sha256: 808f23c35b9f13249d15642d6bc727d37ee00eefa6b8c9264da59c6c82980dbb, not_before: 2026-12-01 }\n+      later: { expires: 2026-12-01T00:00:01Z, active: false, sha256: 808f23c35b9f13249d15642d6bc727d37ee00eefa6b8c9264da59c6c82980dbb, not_before: 2026-12-01 }\n",
    ),
    (
        "key revoke --client acme --name later --remove",
        "policy.yaml",
        "-      later: { sha256: 808f23c35b9f13249d15642d6bc727d37ee00eefa6b8c9264da59c6c82980dbb, not_before: 2026-12-01 }\n",
    ),
    (
        "key rotate --client acme --name production --overlap 14d --at 2026-06-01T12:00:00Z",
        "policy.yaml",
        "-        expires: \"2027-01-01\" # or later\n+        expires: \"2026-06-15T12:00:00Z\" # or later\n+      production-2026-06-01: { sha256: NEW, allowed_ips: [ { list: office }, \"2001:db8::/32\", 10.0.0.1-10.0.0.3 ], blocked_ips: [ 10.0.0.2 ], expires: 2027-01-01T00:00:00Z, collections: [ orders ] }\n",
    ),
    (
        "key refresh --client acme --name production --new-name next --expires never --at 2026-06-01T12:00:00Z",
        "policy.yaml",
        "-        expires: \"2027-01-01\" # or later\n+        expires: \"2026-06-01T12:00:00Z\" # or later\n+      next: { sha256: NEW, allowed_ips: [ { list: office }, \"2001:db8::/32\", 10.0.0.1-10.0.0.3 ], blocked_ips: [ 10.0.0.2 ], collections: [ orders ] }\n",
    ),
    (
        "key rotate --client acme --name production --overlap 400d --new-name next --at 2026-06-01T12:00:00Z",
        "policy.yaml",
        "+      next: { sha256: NEW, allowed_ips: [ { list: office }, \"2001:db8::/32\", 10.0.0.1-10.0.0.3 ], blocked_ips: [ 10.0.0.2 ], expires: 2027-01-01T00:00:00Z, collections: [ orders ] }\n",
    ),
    (
        "key new --client empty --name first --expires 2027-01-01",
        "policy.yaml",
        "-  empty: {}\n+  empty: { keys: { first: { sha256: NEW, expires: 2027-01-01T00:00:00Z } } }\n",
    ),
    ("client deactivate --client acme", "policy.yaml", "+    active: false\n"),
    (
        "client deactivate --client globex",
        "policy.yaml",
        "-  globex: { collections: [ orders ], key_files: [ globex.csv ] }\n+  globex: { active: false, collections: [ orders ], key_files: [ globex.csv ] }\n",
    ),
    (
        "profile migrate --client acme --name warehouse",
        "policy.yaml",
        "-      # by hand\n-      warehouse: # ask Bob\n-        sha256: 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752\n-        created: 2023-04-18\n-        usage_policy: slow # too slow\n-        expires: 2027-05-01\n+      # by hand\n+      # ask Bob\n+      # too slow\n+      warehouse: { sha256: 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752, expires: 2026-07-01T00:00:00Z }\n",
    ),
    (
        "key rotate --client globex --name batch --overlap 1d --at 2026-06-01T12:00:00Z",
        "globex.csv",
        "-name,sha256,allowed_ips\r\n-batch,a0303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752,\"10.0.0.1, list:office\"\r\n-night,b0303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752,\r\n+name,sha256,allowed_ips,expires\r\n+batch,a0303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752,\"10.0.0.1, list:office\",2026-06-02T12:00:00Z\r\n+night,b0303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752,,\r\n+batch-2026-06-01,NEW,\"10.0.0.1, list:office\",\r\n",
    ),
    (
        "key revoke --client globex --name batch --remove",
        "globex.csv",
        "-batch,a0303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752,\"10.0.0.1, list:office\"\r\n",
    ),
];

#[test]
fn an_edit_changes_what_it_is_to_change() {
    for (edit, file, expected) in EDITS {
        let folder = folder();
        let before = folder.text(file);
        let ran = folder.run(&format!("{edit} policy.yaml"));
        assert_eq!(ran.code, 0, "{edit}\n{}", ran.stderr);
        let digest = Digest::of(ran.stdout.trim_end().as_bytes()).to_string();
        assert_eq!(
            changes(&before, &folder.text(file)),
            expected.replace("NEW", &digest),
            "{edit}"
        );
        let others = [("policy.yaml", POLICY), ("globex.csv", KEY_FILE)];
        for (other, text) in others.into_iter().filter(|(other, _)| other != file) {
            assert_eq!(folder.text(other), text, "{edit}");
        }
        assert_eq!(folder.names(), ["globex.csv", "policy.yaml"], "{edit}");
        folder.policy();
    }
}

#[test]
fn a_dry_run_is_a_patch_that_patch_and_git_take() {
    for (edit, file, _) in EDITS {
        let dry = folder();
        let ran = dry.run(&format!("{edit} --dry-run policy.yaml"));
        assert_eq!(ran.code, 0, "{edit}\n{}", ran.stderr);
        assert_eq!(
            (dry.text("policy.yaml"), dry.text("globex.csv")),
            (POLICY.into(), KEY_FILE.into())
        );
        let edited = folder();
        let key = edited.run(&format!("{edit} policy.yaml")).stdout;
        let digest = Digest::of(key.trim_end().as_bytes()).to_string();
        let expected = edited.text(file).replace(&digest, &"0".repeat(64));
        for (program, arguments) in [
            ("patch", ["-p0", "--binary"].as_slice()),
            ("git", ["apply", "--whitespace=nowarn"].as_slice()),
        ] {
            let patched = folder();
            let mut child = Command::new(program)
                .args(arguments)
                .current_dir(patched.path())
                // The folder may be within a repository, whose root is not where names begin.
                .env("GIT_CEILING_DIRECTORIES", patched.path().parent().unwrap())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            child.stdin.take().unwrap().write_all(ran.stdout.as_bytes()).unwrap();
            assert!(child.wait().unwrap().success(), "{program}: {}", ran.stdout);
            assert_eq!(patched.text(file), expected, "{program}: {}", ran.stdout);
        }
    }
}

#[test]
fn the_patch_of_a_file_above_names_the_folder_that_it_belongs_to() {
    let repository = Folder::new(&[]);
    let elsewhere = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str], folder: &Path| {
        assert!(
            Command::new("git").args(arguments).current_dir(folder).status().unwrap().success()
        );
    };
    git(&["init", "--quiet"], repository.path());
    for (root, name) in
        [(repository.path(), "policies/policy.yaml"), (elsewhere.path(), "policy.yaml")]
    {
        let root = root.canonicalize().unwrap();
        for folder in ["policies", "work"] {
            std::fs::create_dir(root.join(folder)).unwrap();
        }
        let policy = "version: 1\nclients:\n  acme:\n    description: ACME\n";
        std::fs::write(root.join(name), policy).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_portcullis"))
            .args(["client", "deactivate", "--client", "acme", "--dry-run", &format!("../{name}")])
            .current_dir(root.join("work"))
            .output()
            .unwrap();
        let ran = support::Ran::from(output);
        assert!(ran.stdout.starts_with(&format!("--- ./{name}\n")), "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains(&format!("applied in `{}`", root.display())), "{}", ran.stderr);
        std::fs::write(root.join("patch"), &ran.stdout).unwrap();
        git(&["apply", "patch"], &root);
        assert!(std::fs::read_to_string(root.join(name)).unwrap().contains("active: false"));
    }
}

#[test]
fn what_is_so_already_is_not_written() {
    let folder = folder();
    for edit in [
        "key activate --client acme --name production",
        "key deactivate --client acme --name spare",
        "client activate --client acme",
    ] {
        let ran = folder.run(&format!("{edit} policy.yaml"));
        assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{edit}\n{}", ran.stderr);
        assert!(ran.stderr.contains("says so already"), "{}", ran.stderr);
        assert_eq!(folder.text("policy.yaml"), POLICY);
    }
}

/// Commands that are refused, how they end, and what they say.
const REFUSED: &[(&str, i32, &str)] = &[
    ("key rotate --client acme --name nobody --overlap 1d policy.yaml", 1, "has no key `nobody`"),
    ("key rotate --client acmee --name production --overlap 1d policy.yaml", 1, "`acme`"),
    (
        "key rotate --client acme --name production --overlap 1d --new-name spare policy.yaml",
        1,
        "has a key `spare` already",
    ),
    (
        "key rotate --client acme --name warehouse --overlap 1d policy.yaml",
        1,
        "portcullis profile migrate",
    ),
    (
        "key rotate --client acme --name later --overlap 1d --at 2026-06-01 policy.yaml",
        1,
        "not valid yet",
    ),
    (
        "key rotate --client acme --name production --overlap 1d --at 2028-01-01 policy.yaml",
        1,
        "say with `--expires`",
    ),
    ("key rotate --client acme --name production --overlap soon policy.yaml", 2, "not a period"),
    ("key rotate --client acme --name production policy.yaml", 2, "--overlap"),
    ("key refresh --client acme --name production --at soon policy.yaml", 2, "not a time"),
    (
        "key new --client acme --name x --expires 2026-01-01 --not-before 2026-01-01 policy.yaml",
        2,
        "must be later",
    ),
    (
        "key rotate --client acme --name spare --overlap 3650d --at 9999-06-01 policy.yaml",
        1,
        "after 9999-12-31T23:59:59Z, the last moment that a policy can name",
    ),
    ("key new --client acme --name x -", 2, "standard input cannot be edited"),
    ("key new --client acme --name x nowhere.yaml", 2, "cannot edit `nowhere.yaml`"),
    ("key new --client acme --name x --dry-run nowhere.yaml", 2, "cannot read `nowhere.yaml`"),
    ("key new --client acme --name x .", 2, "no regular file"),
    ("key deactivate --client acme --name production globex.csv", 1, "correct the policy first"),
    ("key list nowhere.yaml", 2, "cannot read"),
    ("key list --client nobody policy.yaml", 1, "there is no client `nobody`"),
    ("key hash", 2, "no key on standard input"),
    ("client deactivate --client nobody policy.yaml", 1, "there is no client `nobody`"),
    (
        "profile migrate --client acme policy.yaml",
        1,
        "`reports`, which client `acme` is not granted",
    ),
    ("profile migrate --client acme --name production policy.yaml", 1, "is a key already"),
    (
        "profile migrate --client acme --name nobody policy.yaml",
        1,
        "has no access profile `nobody`",
    ),
    ("profile migrate --client globex policy.yaml", 0, "client `globex` has no access profiles"),
    (
        "profile migrate --client acme --name mail --narrow --expires soon policy.yaml",
        2,
        "not a time",
    ),
];

#[test]
fn what_cannot_be_done_is_said_and_not_done() {
    let folder = folder();
    for (command, code, message) in REFUSED {
        let ran = folder.run(command);
        assert_eq!((ran.code, ran.stdout.as_str()), (*code, ""), "{command}\n{}", ran.stderr);
        assert!(ran.stderr.contains(message), "{command}\n{}", ran.stderr);
        assert_eq!(folder.text("policy.yaml"), POLICY, "{command}");
        assert_eq!(folder.text("globex.csv"), KEY_FILE, "{command}");
    }
}

/// A key that was rotated has an end of its own, which a second rotation of it takes over.
#[test]
fn a_new_key_that_ends_with_the_old_one_is_told() {
    let folder = folder();
    let rotate = "key rotate --client acme --name spare --overlap 14d --new-name";
    for (arguments, is_told) in [
        ("one --at 2026-06-01", false),
        ("two --at 2026-06-02", true),
        ("three --at 2026-06-02 --expires never", false),
    ] {
        let ran = folder.run(&format!("{rotate} {arguments} policy.yaml"));
        assert_eq!(ran.code, 0, "{ran:?}");
        let note = "the old key ends within the overlap by itself, and the new one with it";
        assert_eq!(ran.stderr.contains(note), is_told, "{arguments} {ran:?}");
    }
}

#[test]
fn a_full_client_gets_no_key() {
    let text = POLICY.replace("version: 1\n", "version: 1\nlimits: { keys_per_client: 5 }\n");
    let folder = Folder::new(&[("policy.yaml", &text), ("globex.csv", KEY_FILE)]);
    for verb in ["new", "refresh", "rotate --overlap 1d"] {
        let name = if verb == "new" { "x" } else { "production" };
        let ran = folder.run(&format!("key {verb} --client acme --name {name} policy.yaml"));
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{verb}");
        let said = ran.stderr.split_whitespace().collect::<Vec<&str>>().join(" ");
        assert!(said.contains("has 6 keys, at most 5"), "{said}");
        assert!(said.contains("that have expired or that a rotation has replaced"), "{said}");
        assert_eq!(folder.text("policy.yaml"), text);
    }
}

#[test]
fn a_value_that_is_shared_is_not_edited() {
    let shared = format!(
        "version: 1\nclients:\n  acme:\n    keys:\n      one: {{ sha256: {DIGEST}, expires: &end 2027-01-01 }}\n      two: {{ sha256: 6{}, expires: *end }}\n",
        &DIGEST[1..]
    );
    let folder = Folder::new(&[("policy.yaml", &shared)]);
    let refresh = |name: &str| {
        folder.run(&format!("key refresh --client acme --name {name} {AT} policy.yaml"))
    };
    let ran = refresh("one");
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("shared by an anchor and aliases"), "{}", ran.stderr);
    assert_eq!(folder.text("policy.yaml"), shared);
    // Where the alias stands a value of its own can stand.
    assert_eq!(refresh("two").code, 0);
    assert_eq!(key(&folder.policy(), "two").window.expires(), parse_time("2026-06-01T12:00:00Z"));
    assert_eq!(key(&folder.policy(), "one").window.expires(), parse_time("2027-01-01"));
}

#[test]
fn profiles_become_keys_that_may_do_the_same() {
    let folder = folder();
    let ran = folder.run("profile migrate --client acme --narrow policy.yaml");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("lost: usage policy `slow` of `warehouse`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("lost: `mail` may no longer use `reports`"), "{}", ran.stderr);
    let policy = folder.policy();
    let (warehouse, mail) = (key(&policy, "warehouse"), key(&policy, "mail"));
    assert!(client(&policy, "acme").keys.iter().all(|key| key.legacy.is_none()));
    // Its own end lies after the end of all profiles, which stays.
    assert_eq!(warehouse.window.expires(), parse_time("2026-07-01"));
    assert_eq!(mail.window.expires(), parse_time("2026-06-15"));
    assert_eq!((warehouse.grant.clone(), mail.grant.as_ref().unwrap().len()), (None, 1));
    let text = folder.text("policy.yaml");
    assert!(!text.contains("access_profiles"));
    for comment in
        ["# since 2023", "# by hand", "# ask Bob", "# too slow", "# or later", "# of many"]
    {
        assert!(text.contains(comment), "{comment}\n{text}");
    }
}

#[test]
fn a_profile_goes_on_only_when_told_so() {
    for (told, expected) in
        [("2027-01-01", ["2027-01-01", "2026-06-15"]), ("never", ["2027-05-01", "2026-06-15"])]
    {
        let folder = folder();
        let ran = folder
            .run(&format!("profile migrate --client acme --narrow --expires {told} policy.yaml"));
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let policy = folder.policy();
        let ends = ["warehouse", "mail"].map(|name| key(&policy, name).window.expires());
        assert_eq!(ends, expected.map(parse_time), "{told}");
    }
}

#[test]
fn the_list_tells_the_status_and_no_digest() {
    let folder = folder();
    let ran = folder.run(&format!("key list {AT} --json policy.yaml"));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let rows: Value = serde_json::from_str(&ran.stdout).unwrap();
    let shown: Vec<String> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{} {} {}", row["key"].as_str().unwrap(), row["kind"], row["status"]))
        .collect();
    let expected = [
        "production \"key\" \"active\"",
        "spare \"key\" \"inactive\"",
        "later \"key\" \"not yet valid\"",
        "warehouse \"access profile\" \"active\"",
        "mail \"access profile\" \"active\"",
        "batch \"key\" \"active\"",
        "night \"key\" \"active\"",
    ];
    assert_eq!(shown, expected);
    assert!(rows.as_array().unwrap().iter().all(|row| row["last_use"].is_null()));
    assert_eq!(rows[0]["digest"], &DIGEST[..12]);
    assert_eq!(rows[0]["collections"], serde_json::json!(["orders"]));
    assert_eq!(folder.run("client deactivate --client globex policy.yaml").code, 0);
    let ran = folder.run("key list --client globex --at 2028-01-01 policy.yaml");
    assert_eq!(ran.stdout.matches("client inactive").count(), 2, "{}", ran.stdout);
    assert!(ran.stderr.contains("last used is not known here"));
    let ran = folder.run("key list --client acme --at 2028-01-01 policy.yaml");
    assert!(
        ran.stdout.contains("expired, legacy") && !ran.stdout.contains(DIGEST),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_key_is_judged() {
    let folder = folder();
    let made =
        folder.run("key new --client acme --name mine --expires 2027-01-01 policy.yaml").stdout;
    let made = made.trim_end();
    let last = if made.ends_with('A') { "B" } else { "A" };
    let typing_error = format!("{}{last}", &made[..made.len() - 1]);
    let cases = [
        (made, "2026-12-31", 0, "whole", Value::Null),
        (made, "2027-01-01", 1, "whole", "key_expired".into()),
        (&typing_error, "2026-12-31", 1, "damaged", "credential_malformed".into()),
        ("NOT-A-KEY-OF-ANYBODY", "2026-12-31", 1, "foreign", "credential_unknown".into()),
        ("test\r", "2026-12-31", 0, "foreign", Value::Null),
    ];
    for (key, at, code, form, reason) in cases {
        let arguments = ["key", "check", "--at", at, "--json", "policy.yaml"];
        let ran = folder.run_with(&arguments, &format!("{key}\n"));
        let judged: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!((ran.code, &judged["form"], &judged["reason"]), (code, &form.into(), &reason));
        assert!(!ran.stdout.contains(key) && !ran.stderr.contains(key));
        let people = folder.run_with(&["key", "check", "--at", at, "policy.yaml"], key);
        assert_eq!(people.code, code);
        assert!(!people.stdout.contains(key) && !people.stderr.contains(key));
    }
    let judged =
        folder.run_with(&["key", "check", "policy.yaml", "--at", "2026-06-01"], made).stdout;
    assert!(
        judged.contains("acme") && judged.contains("mine") && judged.contains("checksum is right")
    );
}

#[test]
fn a_hash_is_that_of_one_line() {
    let folder = folder();
    assert_eq!(folder.run_with(&["key", "hash"], "test\nmore\n").code, 2);
    for input in ["test", "test\n", "test\r\n"] {
        assert_eq!(
            folder.run_with(&["key", "hash"], input).stdout,
            format!("{DIGEST}\n"),
            "{input:?}"
        );
    }
    let json: Value =
        serde_json::from_str(&folder.run_with(&["key", "hash", "--json"], "test").stdout).unwrap();
    assert_eq!(json["sha256"], DIGEST);
    assert_ne!(folder.run_with(&["key", "hash"], "test ").stdout, format!("{DIGEST}\n"));
}

#[test]
#[cfg(unix)]
fn a_link_stays_a_link_and_permissions_stay() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    let folder = Folder::new(&[("globex.csv", KEY_FILE)]);
    let real = Folder::new(&[("real.yaml", POLICY)]);
    let path = real.file("real.yaml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let before = std::fs::metadata(&path).unwrap();
    symlink(&path, folder.file("policy.yaml")).unwrap();
    assert_eq!(folder.run("key deactivate --client acme --name production policy.yaml").code, 0);
    assert!(std::fs::symlink_metadata(folder.file("policy.yaml")).unwrap().is_symlink());
    assert!(real.text("real.yaml").contains("active: false\n      spare"));
    let after = std::fs::metadata(&path).unwrap();
    assert_eq!(after.mode() & 0o777, 0o640);
    assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()));
    assert_eq!(real.names(), ["real.yaml"]);
}

/// Whoever reads the key is gone: that it was made for nobody must not pass for success.
#[test]
fn a_key_that_nobody_sees_is_an_error() {
    let folder = folder();
    let mut child = folder
        .command(&["key", "new", "--client", "acme", "--name", "x", "policy.yaml"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ran = support::Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("the key could not be shown"), "{}", ran.stderr);
}

const COMMENTED: &str = "\
version: 1
collections:
  orders: { base_path: /orders }
clients:
  acme:
    collections: [ orders ]
    keys:
      # For the warehouse,
      # ask Ms Miller.
      production:
        sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
      # For the build.
      ci: # nightly
        sha256: 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752
    access_profiles:
      # About all profiles.

      # The old scanner.
      scanner: # blue
        sha256: a0303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752
        collections: [ orders ]
      # The old printer.
      printer:
        sha256: b0303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752
        collections: [ orders ]
";

#[test]
fn a_comment_above_a_profile_moves_with_it() {
    let folder = Folder::new(&[("policy.yaml", COMMENTED)]);
    let migrate = "profile migrate --client acme policy.yaml --name";
    assert_eq!(folder.run(&format!("{migrate} printer")).code, 0);
    let text = folder.text("policy.yaml");
    assert!(text.contains("      # The old printer.\n      printer:\n        sha256"), "{text}");
    assert!(text.contains("# The old scanner.\n      scanner: # blue\n"), "{text}");
    assert_eq!(text.matches("printer").count(), 2, "{text}");

    let folder = Folder::new(&[("policy.yaml", COMMENTED)]);
    assert_eq!(folder.run("profile migrate --client acme policy.yaml").code, 0);
    let text = folder.text("policy.yaml");
    let moved = "      # The old scanner.\n      scanner:\n        # blue\n        sha256";
    assert!(text.contains(moved), "{text}");
    assert!(text.contains("# The old printer.\n      printer:\n        sha256"), "{text}");
}

#[test]
fn a_comment_above_a_key_that_is_taken_out_goes_with_it() {
    let folder = Folder::new(&[("policy.yaml", COMMENTED)]);
    let ran = folder.run("key revoke --remove --client acme --name production policy.yaml");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let text = folder.text("policy.yaml");
    assert!(
        !text.contains("Miller") && text.contains("    keys:\n      # For the build.\n"),
        "{text}"
    );
}

#[test]
fn a_quote_within_a_cell_is_a_character_like_others() {
    let policy = "version: 1\nclients:\n  acme:\n    key_files: [ keys.csv ]\n";
    let keys = format!("name,sha256\n5\"disk,{DIGEST}\nci,6{}\n", &DIGEST[1..]);
    let folder = Folder::new(&[("policy.yaml", policy), ("keys.csv", &keys)]);
    let ran = folder.run("key deactivate --client acme --name 5\"disk policy.yaml");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let edited =
        keys.replace("sha256", "sha256,active").replace(DIGEST, &format!("{DIGEST},false"));
    assert_eq!(folder.text("keys.csv"), edited.trim_end().to_owned() + ",\n");
}

/// A cell of more than 65,535 characters was a panic, and made every line of all keys so long.
#[test]
fn a_key_with_very_many_collections_is_listed_with_the_first_of_them() {
    let names: Vec<String> = (0..600).map(|at| format!("{at:0>126}")).collect();
    let collections: String =
        names.iter().map(|name| format!("  \"{name}\": {{ base_path: /{name} }}\n")).collect();
    let granted = names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    let digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let policy = format!(
        "version: 1\ncollections:\n{collections}clients:\n  acme: {{ collections: [ {granted} ], keys: {{ k: {{ sha256: {digest} }} }} }}\n"
    );
    let ran = Folder::new(&[("policy.yaml", &policy)]).run("key list policy.yaml");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains(&format!(",{:0>126} and 590 more", 9)), "{}", ran.stdout);
}
