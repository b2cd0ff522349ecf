//! `docs/migrating.md` shows what the commands print, and its policy decides what its Envoy configuration says.
//!
//! `PORTCULLIS_WRITE_DOCS=1 cargo nextest run -p policy-compiler migrating` writes what is printed into the page.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail as tests do"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use tempfile::TempDir;

const PAGE: &str = "../docs/migrating.md";

#[test]
fn the_page_shows_what_is_printed() {
    let page = fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once("```console\n").unwrap();
    let (console, after) = rest.split_once("```").unwrap();
    let folder = folder(&page);
    let mut shown = String::new();
    for command in console.lines().filter_map(|line| line.strip_prefix("$ ")) {
        shown.push_str(&format!("$ {command}\n{}", run(&folder, command)));
    }
    if std::env::var_os("PORTCULLIS_WRITE_DOCS").is_some() {
        fs::write(PAGE, format!("{before}```console\n{shown}```{after}")).unwrap();
    } else {
        assert_eq!(console, shown);
    }
}

/// Each key on each route, from an address of `acme` and from another one.
#[test]
fn the_policy_decides_what_the_old_configuration_says() {
    let page = fs::read_to_string(PAGE).unwrap();
    let folder = folder(&page);
    for command in page.lines().filter_map(|line| line.strip_prefix("$ ")).take(2) {
        run(&folder, command);
    }
    let envoy: Value = serde_saphyr::from_str(blocks(&page, "yaml")[0]).unwrap();
    let [keys, rules] = [0, 1].map(|at| &envoy["http_filters"][at]["typed_config"]);
    let ids = &rules["rules"]["policies"]["acme-from-elsewhere"]["principals"][0]["and_ids"]["ids"];
    let bound = &ids[0]["header"]["string_match"]["exact"];
    assert_eq!(ids[1]["not_id"]["remote_ip"]["address_prefix"], "203.0.113.0");
    for route in envoy["route_config"]["virtual_hosts"][0]["routes"].as_array().unwrap() {
        let path = route["match"]["path_separated_prefix"].as_str().unwrap();
        let own = &route["typed_per_filter_config"]["api_key_auth"];
        let public = own["disabled"] == true;
        for (address, inside) in [("203.0.113.7", true), ("198.51.100.7", false)] {
            for credential in keys["credentials"].as_array().unwrap() {
                let client = &credential["client"];
                let allowed = own["allowed_clients"].as_array();
                let allowed = allowed.is_none_or(|allowed| allowed.contains(client));
                let passes = public || (allowed && (inside || client != bound));
                let key = credential["key"].as_str().unwrap();
                let answer = explain(&folder, path, &format!("x-api-key: {key}"), address);
                let expected = if passes { "allow" } else { "deny" };
                assert_eq!(answer["verdict"], expected, "{path} {key} {address} {answer}");
                assert!(public || answer["client"] == *client, "{path} {key} {answer}");
            }
            let nobody = explain(&folder, path, "x-other: x", address);
            assert_eq!(nobody["verdict"] == "allow", public, "{path} {nobody}");
        }
    }
}

/// What the page says of how keys are read.
#[test]
fn what_differs_differs() {
    let page = fs::read_to_string(PAGE).unwrap();
    let folder = folder(&page);
    for command in page.lines().filter_map(|line| line.strip_prefix("$ ")).take(2) {
        run(&folder, command);
    }
    for (path, header, status) in [
        ("/orders", "x-api-key: Bearer NOT-A-REAL-KEY-0003", 401),
        ("/orders?api_key=NOT-A-REAL-KEY-0001", "x-api-key: NOT-A-REAL-KEY-0003", 400),
        ("/other", "x-api-key: NOT-A-REAL-KEY-0003", 404),
        ("/orders/%2e%2e/reports", "x-api-key: NOT-A-REAL-KEY-0003", 400),
    ] {
        let answer = explain(&folder, path, header, "198.51.100.7");
        assert_eq!(answer["status"], status, "{path} {header} {answer}");
    }
    let same = ("/orders?api_key=NOT-A-REAL-KEY-0003", "x-api-key: NOT-A-REAL-KEY-0003");
    assert_eq!(explain(&folder, same.0, same.1, "198.51.100.7")["verdict"], "allow");
}

/// A folder with the policy and the keys of the page.
fn folder(page: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("policy.yaml"), blocks(page, "yaml")[1]).unwrap();
    fs::write(folder.path().join("keys.txt"), blocks(page, "text")[0]).unwrap();
    folder
}

/// The blocks of a language.
fn blocks<'p>(page: &'p str, language: &str) -> Vec<&'p str> {
    let begins = format!("```{language}\n");
    page.split(&begins).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

/// What a command prints, both streams.
fn run(folder: &TempDir, command: &str) -> String {
    let binaries = cargo_bin("portcullis").parent().map(Path::to_owned).unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let path = std::iter::once(binaries).chain(std::env::split_paths(&path));
    let output = Command::new("bash")
        .args(["-c", &format!("exec 2>&1\n{command}")])
        .current_dir(folder.path())
        .env("PATH", std::env::join_paths(path).unwrap())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn explain(folder: &TempDir, path: &str, header: &str, address: &str) -> Value {
    let output = Command::new(cargo_bin("portcullis"))
        .args(["explain", "policy.yaml", "--host", "api", "--json", "--path", path])
        .args(["--header", header, "--address", address])
        .current_dir(folder.path())
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}
