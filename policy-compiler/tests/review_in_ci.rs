//! The review of `examples/ci`: its script does what it says, its workflow is safe to run.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail as tests do"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;

const EXAMPLES: &str = "../examples/ci";
const BEFORE: &str = "version: 1
collections: { orders: { base_path: /orders }, stock: { base_path: /stock } }
clients:
  acme:
    collections: [orders]
    keys: { first: { sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 } }
";

struct Reviewed {
    code: i32,
    comment: String,
    said: String,
    out: PathBuf,
    _folder: tempfile::TempDir,
}

/// Reviews a change from one document to another.
fn review(before: Option<&str>, after: &str, flags: &[&str]) -> Reviewed {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("base.yaml");
    if let Some(before) = before {
        fs::write(&base, before).unwrap();
    }
    let policy = folder.path().join("it is a policy.yaml");
    fs::write(&policy, after).unwrap();
    let out = folder.path().join("out folder");
    let binary = cargo_bin("portcullis");
    let path = std::env::join_paths(
        std::iter::once(binary.parent().unwrap().to_owned())
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let output = Command::new("bash")
        .arg(Path::new(EXAMPLES).join("review.sh"))
        .args([&policy, &out, &base])
        .args(flags)
        .env("PATH", path.unwrap())
        .env_remove("GITHUB_ACTIONS")
        .output()
        .unwrap();
    Reviewed {
        code: output.status.code().unwrap(),
        comment: fs::read_to_string(out.join("comment.md")).unwrap_or_default(),
        said: String::from_utf8(output.stderr).unwrap(),
        out,
        _folder: folder,
    }
}

#[test]
fn a_policy_with_errors_is_refused() {
    let reviewed = review(Some(BEFORE), &BEFORE.replace("[orders]", "[order]"), &["--allow-gain"]);
    assert_eq!(reviewed.code, 1, "{}", reviewed.said);
    assert!(reviewed.said.contains("did you mean `orders`?"), "{}", reviewed.said);
    assert!(reviewed.comment.contains("The policy has errors"));
    let sarif: Value =
        serde_json::from_slice(&fs::read(reviewed.out.join("check.sarif")).unwrap()).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "unknown-reference");
    assert!(!reviewed.out.join("policy.table").exists());
}

#[test]
fn a_new_policy_is_all_gain() {
    let refused = review(None, BEFORE, &[]);
    assert_eq!(refused.code, 1, "{}", refused.said);
    assert!(refused.comment.contains("nobody has approved"), "{}", refused.comment);
    let approved = review(None, BEFORE, &["--allow-gain"]);
    assert_eq!(approved.code, 0, "{}", approved.said);
    assert!(!approved.comment.contains("nobody has approved"), "{}", approved.comment);
    let table = fs::read(approved.out.join("policy.table")).unwrap();
    let id = policy_table::Table::from_bytes(&table).unwrap().id().to_string();
    assert!(approved.comment.contains(&id), "{}", approved.comment);
}

#[test]
fn a_change_that_gains_access_needs_approval() {
    let wider = BEFORE.replace("collections: [orders]", "collections: [orders, stock]");
    let refused = review(Some(BEFORE), &wider, &[]);
    assert_eq!(refused.code, 1, "{}", refused.said);
    for told in ["acme", "first", "stock", "nobody has approved"] {
        assert!(refused.comment.contains(told), "{told}: {}", refused.comment);
    }
    let approved = review(Some(BEFORE), &wider, &["--allow-gain"]);
    assert_eq!(approved.code, 0, "{}", approved.said);
    assert!(approved.comment.contains("stock"), "{}", approved.comment);
    // The other way access is lost, which needs no approval; and so does no difference at all.
    assert_eq!(review(Some(&wider), BEFORE, &[]).code, 0);
    assert_eq!(review(Some(BEFORE), BEFORE, &[]).code, 0);
}

#[test]
fn what_cannot_be_reviewed_is_no_success() {
    assert_eq!(review(Some(BEFORE), BEFORE, &["--allow-all"]).code, 2);
    assert_eq!(review(Some(BEFORE), BEFORE, &["--allow-gain", "--allow-gain"]).code, 2);
}

/// The change that mends the errors of a policy must be able to go in.
#[test]
fn a_policy_that_had_errors_is_all_gain() {
    for (flags, code) in [(&[][..], 1), (&["--allow-gain"], 0)] {
        let reviewed = review(Some("version: 2\n"), BEFORE, flags);
        assert_eq!(reviewed.code, code, "{}", reviewed.said);
        assert!(reviewed.comment.contains("before this change has errors"), "{}", reviewed.comment);
        assert!(reviewed.out.join("policy.table").exists());
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_no_refusal() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let status = Command::new("bash")
        .arg(Path::new(EXAMPLES).join("review.sh"))
        .args([file.path(), &file.path().join("out"), file.path()])
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(2));
}

#[test]
fn the_workflow_is_safe_to_run_on_a_strangers_change() {
    let text = fs::read_to_string(Path::new(EXAMPLES).join("github-workflow.yaml")).unwrap();
    let workflow: Value = serde_saphyr::from_str(&text).unwrap();
    let events: Vec<&String> = workflow["on"].as_object().unwrap().keys().collect();
    assert_eq!(events, ["pull_request"]);
    assert_eq!(workflow["permissions"], serde_json::json!({}));
    let job = &workflow["jobs"]["review"];
    let rights = serde_json::json!({ "contents": "read", "pull-requests": "write" });
    assert_eq!(job["permissions"], rights);
    assert!(job["if"].is_null(), "a job that is skipped counts as passed");
    let steps = job["steps"].as_array().unwrap();
    for step in steps {
        // What a stranger wrote is data of a command, never a part of it.
        let script = step["run"].as_str().unwrap_or_default();
        assert!(!script.contains("${{"), "{script}");
        if let Some(action) = step["uses"].as_str() {
            let commit = action.split_once('@').unwrap().1;
            let pinned = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(pinned, "{action}");
            assert_eq!(step["with"]["persist-credentials"], false, "{action}");
        }
        assert!(syntax(script), "{script}");
    }
    let with_token: Vec<&Value> =
        steps.iter().filter(|step| !step["env"]["GH_TOKEN"].is_null()).collect();
    assert_eq!(with_token.len(), 1);
    assert_eq!(with_token[0]["name"], "Comment");
    let called = steps.iter().filter_map(|step| step["run"].as_str());
    let called: Vec<&str> =
        called.flat_map(str::lines).filter(|line| line.contains("review.sh")).collect();
    assert_eq!(
        called,
        ["bash ../base/ci/review.sh policy.yaml ../out ../base/policy.yaml $ALLOW_GAIN"]
    );
}

fn syntax(script: &str) -> bool {
    Command::new("bash").args(["-n", "-c", script]).status().unwrap().success()
}
