//! The commands as a user runs them: exit codes, and what goes to which stream.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail as tests do"
)]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

const SAMPLE: &str = "tests/documents/valid-sample.yaml";
const SEVEN: &str = "tests/documents/seven-mistakes.yaml";

struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

fn portcullis(arguments: &[&str]) -> Ran {
    with_input(arguments, "")
}

fn with_input(arguments: &[&str], input: &str) -> Ran {
    let mut command = Command::cargo_bin("portcullis").unwrap();
    let output = command.args(arguments).write_stdin(input).output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn table_in(folder: &Path) -> String {
    let table = folder.join("policy.table").to_str().unwrap().to_owned();
    assert_eq!(portcullis(&["compile", SAMPLE, "-o", &table]).code, 0);
    table
}

#[test]
fn check_tells_good_from_bad() {
    let good = portcullis(&["check", SAMPLE]);
    assert_eq!((good.code, good.stdout.as_str()), (0, ""));
    assert!(good.stderr.contains("is a valid policy"), "{}", good.stderr);
    let bad = portcullis(&["check", SEVEN]);
    assert_eq!((bad.code, bad.stdout.as_str()), (1, ""));
    assert!(bad.stderr.contains("7 errors, 0 warnings"), "{}", bad.stderr);
    assert!(!bad.stderr.contains('\u{1b}'), "colours without a terminal");
}

#[test]
fn check_writes_json_to_stdout_and_nothing_else() {
    let bad = portcullis(&["check", SEVEN, "--json"]);
    assert_eq!((bad.code, bad.stderr.as_str()), (1, ""));
    let report = json(&bad.stdout);
    assert_eq!(report["errors"], 7);
    let first = &report["diagnostics"][0];
    assert_eq!(first["code"], "invalid-value");
    assert_eq!((&first["line"], &first["column"]), (&4.into(), &14.into()));
    assert_eq!(first["found"], "perhaps");
    assert_eq!(first["file"], SEVEN);
}

#[test]
fn compile_writes_a_table_and_its_figures() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("policy.table");
    let ran = portcullis(&["compile", SAMPLE, "-o", table.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for figure in
        ["table id", "bytes a key", "IP ranges", "memory per worker", "fits a 16 MiB host"]
    {
        assert!(ran.stdout.contains(figure), "{}", ran.stdout);
    }
    let bytes = fs::read(&table).unwrap();
    let id = policy_table::Table::from_bytes(&bytes).unwrap().id().to_string();
    assert!(ran.stdout.contains(&id));
    let ran = portcullis(&["compile", SAMPLE, "-o", table.to_str().unwrap(), "--json"]);
    let figures = json(&ran.stdout);
    assert_eq!(figures["table"]["table_id"], id.as_str());
    assert_eq!(figures["table"]["bytes"], bytes.len());
    assert_eq!(figures["warnings"], 1);
}

#[test]
fn compile_writes_nothing_where_there_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("policy.table");
    let ran = portcullis(&["compile", SEVEN, "-o", table.to_str().unwrap()]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    for place in ["4:14", "5:18", "10:21", "11:33", "14:5", "19:18", "21:20"] {
        assert!(ran.stderr.contains(&format!("{SEVEN}:{place}]")), "{place}\n{}", ran.stderr);
    }
    fs::write(&table, "as it was").unwrap();
    assert_eq!(portcullis(&["compile", SEVEN, "-o", table.to_str().unwrap()]).code, 1);
    assert_eq!(fs::read_to_string(&table).unwrap(), "as it was");
}

#[test]
fn inspect_shows_what_is_inside() {
    let folder = tempfile::tempdir().unwrap();
    let table = table_in(folder.path());
    let ran = portcullis(&["inspect", &table, "--json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let figures = json(&ran.stdout);
    assert_eq!(figures["format_version"], 1);
    assert_eq!((&figures["clients"], &figures["keys"]), (&2.into(), &5.into()));
    let names = [
        "table_id",
        "bytes",
        "collections",
        "endpoints",
        "ip_sets",
        "ip_ranges",
        "bytes_per_key",
        "least_bytes_per_key",
        "memory_per_worker",
        "fits_16_mib",
    ];
    assert!(names.iter().all(|name| !figures[name].is_null()), "{}", ran.stdout);
    let sections = figures["sections"].as_array().unwrap();
    assert!(sections.iter().any(|section| section["name"] == "key_records"));
    let chart = portcullis(&["inspect", &table]).stdout;
    assert!(chart.contains("####"), "{chart}");
}

#[test]
fn a_file_that_is_no_table_is_refused() {
    let ran = portcullis(&["inspect", SAMPLE]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("is no table"), "{}", ran.stderr);
}

#[test]
fn explain_takes_a_table_or_a_document_without_errors() {
    let folder = tempfile::tempdir().unwrap();
    let table = table_in(folder.path());
    let ask = |policy: &str| portcullis(&["explain", policy, "--host", "a", "--path", "/"]);
    assert_eq!(ask(SAMPLE).stdout, ask(&table).stdout);
    let wrong = ask(SEVEN);
    assert_eq!((wrong.code, wrong.stdout.as_str()), (1, ""));
    fs::write(&table, &fs::read(&table).unwrap()[..100]).unwrap();
    let cut = ask(&table);
    assert_eq!((cut.code, cut.stdout.as_str()), (1, ""));
    assert!(cut.stderr.contains("is no table"), "{}", cut.stderr);
}

#[test]
fn explain_tells_check_by_check() {
    let folder = tempfile::tempdir().unwrap();
    let table = table_in(folder.path());
    let ask = |more: &[&str]| {
        let request =
            ["explain", &table, "--host", "api.example.com", "--path", "/acme/orders-v1/orders"];
        portcullis(&[&request, more].concat())
    };
    let key = ["--header", "x-api-key: test", "--address", "203.0.113.7"];
    let granted = ask(&[&key[..], &["--at", "2026-06-01"]].concat());
    assert_eq!(granted.code, 0);
    assert!(
        granted.stdout.starts_with("allow granted client=`acme` key=`production`"),
        "{}",
        granted.stdout
    );
    let expired = ask(&[&key[..], &["--at", "2028-01-01", "--json"]].concat());
    assert_eq!(expired.code, 0, "whatever the verdict is");
    let told = json(&expired.stdout);
    assert_eq!((&told["reason"], &told["status"]), (&"key_expired".into(), &401.into()));
    let outcomes: Vec<&str> = told["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| check["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes[..6], ["passed"; 6]);
    assert_eq!(outcomes[6], "ended");
    assert_eq!(outcomes[7..], ["not_reached"; 5]);
    let method = ask(&["--method", "PATCH", "--address", "203.0.113.7"]);
    assert!(method.stdout.contains("method_not_allowed"), "{}", method.stdout);
    assert!(method.stdout.contains("takes GET, POST"), "{}", method.stdout);
    let digest = "9f86d081884c7d65";
    assert!(!granted.stdout.contains(digest) && !granted.stdout.contains("`test`"));
}

#[test]
fn explain_decides_lines() {
    let folder = tempfile::tempdir().unwrap();
    let table = table_in(folder.path());
    let request = |headers: &str, time: &str| {
        format!(
            r#"{{"method":"GET","host":"api.example.com:443","path":"/acme/orders-v1/orders/7","headers":[{headers}],"address":"203.0.113.7","time":"{time}"}}"#
        )
    };
    let lines = [
        request(r#"["x-api-key","test"]"#, "2026-06-01T00:00:00Z"),
        request(r#"["x-api-key",{"base64":"/w=="}]"#, "2026-06-01T00:00:00Z"),
        r#"{"method":"GET","host":"other","path":"/nowhere","address":"203.0.113.7"}"#.to_owned(),
    ];
    let explain = ["explain", &table, "--requests", "-", "--json"];
    let ran = with_input(&explain, &lines.join("\n"));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    // As some editors write it.
    let marked = with_input(&explain, &format!("\u{feff}{}\r\n\r\n \n", lines.join("\r\n")));
    assert_eq!((marked.code, &marked.stdout), (0, &ran.stdout), "{}", marked.stderr);
    let gap = with_input(&explain, &lines.join("\n\n"));
    assert_eq!((gap.code, gap.stdout.lines().count()), (2, 1));
    assert!(gap.stderr.contains("line 3 of stdin: an empty line"), "{}", gap.stderr);
    let answers: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(
        answers,
        [
            r#"{"verdict":"allow","reason":"granted","status":null,"client":"acme","key":"production","collection":"orders","endpoint":"GET /acme/orders-v1/orders/{id}"}"#,
            r#"{"verdict":"deny","reason":"credential_unknown","status":401,"client":null,"key":null,"collection":"orders","endpoint":"GET /acme/orders-v1/orders/{id}"}"#,
            r#"{"verdict":"deny","reason":"endpoint_unknown","status":404,"client":null,"key":null,"collection":null,"endpoint":null}"#,
        ]
    );
}

#[test]
fn explain_stops_at_a_line_that_makes_no_sense() {
    let folder = tempfile::tempdir().unwrap();
    let table = table_in(folder.path());
    let lines = "{\"method\":\"GET\",\"host\":\"a\",\"path\":\"/\"}\n{\"method\":\"GET\",\"key\":\"NOT-A-REAL-KEY\"}\n";
    let ran = with_input(&["explain", &table, "--requests", "-", "--json"], lines);
    assert_eq!((ran.code, ran.stdout.lines().count()), (2, 1));
    assert!(ran.stderr.contains("line 2 of stdin"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("NOT-A-REAL-KEY"), "{}", ran.stderr);
}

#[test]
fn a_filter_that_is_not_there_is_noted_where_its_path_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let table = table_in(folder.path());
    let cases: [(&[&str], bool); 4] = [
        (&["emit", "envoy", &table], true),
        (&["emit", "envoy-filter", &table], true),
        (&["emit", "envoy", &table, "--watch", "filter.yaml"], false),
        (&["emit", "envoy-filter", &table, "--filter", "/of/another/machine.wasm"], false),
    ];
    // Where the tests run there is no `target`.
    for (case, noted) in cases {
        let ran = portcullis(case);
        assert_eq!(
            (ran.code, ran.stderr.contains("`--filter`")),
            (0, noted),
            "{case:?} {}",
            ran.stderr
        );
    }
}

#[test]
fn misuse_is_told_from_failure() {
    let listen = ["--listen", "[::1]:80", "--admin", "[::1]:80"];
    let same = [&["emit", "envoy", "none.table"][..], &listen].concat();
    let cases: [&[&str]; 16] = [
        &["emit", "envoy", "none.table", "--watch", "a.yaml", "--mode", "shadow"],
        &same,
        &["emit", "envoy", "none.table", "--mode", "off"],
        &["emit", "envoy-filter", "none.table", "--client-metrics", "10001"],
        // A place without the key that stands there.
        &["explain", SAMPLE, "--host", "a", "--path", "/", "--place", "bearer"],
        &["emit", "envoy", "none.table", "--upstream", "a:b:80"],
        &[],
        &["check", "none.yaml"],
        &["compile", "none.yaml", "-o", "none.table"],
        &["explain", "none.table", "--host", "a", "--path", "/", "--at", "soon"],
        &["frobnicate"],
        &["check"],
        &["compile", SAMPLE],
        &["explain", "none.table", "--host", "a", "--path", "/"],
        &["explain", "none.table", "--path", "/"],
        &["key", "new", "--client", "acme", "--name", "a", "--expires", "soon", SAMPLE],
    ];
    let header = ["explain", SAMPLE, "--host", "a", "--path", "/", "--header", "NOT-A-REAL-KEY"];
    assert!(!portcullis(&header).stderr.contains("NOT-A-REAL-KEY"));
    for case in cases {
        let ran = portcullis(case);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{case:?} {}", ran.stderr);
    }
}
