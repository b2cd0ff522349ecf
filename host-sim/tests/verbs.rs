//! The verbs `torment`, `bench`, `inspect` and `schema`, and what every verb has.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::path::PathBuf;
use std::process::{Command, Output};

use common::{on_request_headers, text};
use serde_json::Value;
use tempfile::TempDir;

struct Files(TempDir);

impl Files {
    /// `module.wasm` and `cases.yaml`.
    fn new(body: &str) -> Self {
        let files = Self(TempDir::new().unwrap());
        files.write("module.wasm", &wat::parse_str(text(body)).unwrap());
        files.write("cases.yaml", CASES.as_bytes());
        files
    }

    fn write(&self, name: &str, content: &[u8]) {
        std::fs::write(self.path(name), content).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        command(arguments).current_dir(self.0.path()).output().unwrap()
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_host-sim"));
    command.args(arguments);
    command
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn object(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", stdout(output), stderr(output)))
}

const CASES: &str = "
cases:
  - { name: no key, request: { path: /a } }
  - { name: key, request: { headers: [[x-key, k]] } }
";

/// Lets pass who has a fifth header; `{}` is what the host's word is held for.
fn module(otherwise: &str) -> String {
    format!(
        r#"(data (i32.const 1024) "x-key") {}"#,
        on_request_headers(&format!(
            "(local $status i32)
             (local.set $status (call $get_header_map_value
                (i32.const 0) (i32.const 1024) (i32.const 5) (i32.const 100) (i32.const 104)))
             (if (i32.eqz (local.get $status)) (then (return (i32.const 0))))
             (if (i32.ne (local.get $status) (i32.const 1)) (then (return (i32.const {otherwise}))))
             (drop (call $send_local_response (i32.const 401) (i32.const 0) (i32.const 0)
                (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1)))
             (i32.const 1)"
        ))
    )
}

#[test]
fn torment_holds_and_does_not_hold() {
    let files = Files::new(&module("1"));
    let output = files.run(&["torment", "module.wasm", "--cases", "cases.yaml"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
    let shown = stdout(&output);
    assert!(
        shown.starts_with("request  without faults     faults  refused  passed  trapped\n"),
        "{shown}"
    );
    assert!(shown.contains("\nholds: 1 denied request under "), "{shown}");

    let files = Files::new(&module("0"));
    let output = files.run(&["torment", "module.wasm", "--cases", "cases.yaml"]);
    assert_eq!(output.status.code(), Some(1));
    let shown = stdout(&output);
    assert!(
        shown.contains("DENIED WITHOUT FAULTS, AND GOT THROUGH\n  `no key`: call 1 of \
            `proxy_get_header_map_value` answers 2 (bad argument): continued (200) instead of local_reply (401)\n"),
        "{shown}"
    );
    let output = files.run(&["torment", "module.wasm", "--cases", "cases.yaml", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let report = object(&output);
    assert_eq!((&report["holds"], &report["denied"]), (&Value::Bool(false), &Value::from(1)));
    assert_eq!(report["requests"][0]["name"], "no key");
    assert_eq!(report["findings"][0]["kind"], "through");
    assert_eq!(report["findings"][0]["fault"]["kind"], "status");
}

#[test]
fn torment_has_requests_of_its_own_and_says_when_none_is_denied() {
    let files = Files::new("");
    let output = files.run(&["torment", "module.wasm"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stderr(&output).contains("no request is denied without faults"), "{}", stderr(&output));
    assert!(stdout(&output).contains("made-up credentials"));
}

#[test]
fn strict_torment_does_not_forgive_a_trap() {
    let traps = module("1").replace("(then (return (i32.const 1)))", "(then (unreachable))");
    let files = Files::new(&traps);
    let run = |more: &[&str]| {
        files
            .run(&[&["torment", "module.wasm", "--cases", "cases.yaml"], more].concat())
            .status
            .code()
    };
    assert_eq!((run(&[]), run(&["--strict"])), (Some(0), Some(1)));
    let strict = ["torment", "module.wasm", "--cases", "cases.yaml", "--strict"];
    let shown = stdout(&files.run(&strict));
    assert!(shown.contains("\nDOES NOT HOLD STRICTLY: 1 denied request under "), "{shown}");
}

#[test]
fn torment_does_not_say_holds_of_a_module_that_traps_by_itself() {
    let files = Files::new(&on_request_headers("unreachable"));
    for strict in [&[][..], &["--strict"]] {
        let verb = ["torment", "module.wasm", "--cases", "cases.yaml"];
        let output = files.run(&[&verb, strict].concat());
        let shown = stdout(&output);
        assert_eq!(output.status.code(), Some(1), "{shown}");
        assert!(shown.contains("trapped (503), traps by itself: not tested"), "{shown}");
        assert!(
            shown.contains("  `no key`: without faults: `proxy_on_request_headers` trapped: "),
            "{shown}"
        );
        assert!(shown.contains("\n2 requests not tested\nNOTHING TESTED: "), "{shown}");
    }
    let output = files.run(&["torment", "module.wasm", "--cases", "cases.yaml", "--json"]);
    let report = object(&output);
    assert_eq!((&report["holds"], &report["skipped"]), (&Value::Bool(false), &Value::from(2)));
    assert_eq!(report["findings"][0]["fault"]["kind"], "without_faults");
}

#[test]
fn bench_measures_counts_and_compares() {
    let files = Files::new(&module("1"));
    let output = files.run(&[
        "bench",
        "module.wasm",
        "--cases",
        "cases.yaml",
        "--against",
        "module.wasm",
        "--requests",
        "2000",
        "--json",
        "--svg",
        "bench.svg",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report = object(&output);
    assert_eq!(report["requests"], 2000);
    let [first, other] = &report["modules"].as_array().unwrap()[..] else { panic!("{report}") };
    for one in [first, other] {
        assert_eq!(one["cases"][0]["outcome"], "local_reply (401)");
        assert_eq!(one["cases"][1]["outcome"], "continued (200)");
        assert_eq!(
            (&one["cases"][0]["requests"], &one["cases"][1]["requests"]),
            (&1000.into(), &1000.into())
        );
        assert_eq!(one["cases"][0]["cost"]["host_calls"]["proxy_send_local_response"], 1);
        assert_eq!(one["cases"][1]["cost"]["allocations"], 1);
        assert!(one["cases"][0]["cost"]["fuel"].as_u64().unwrap() > 10);
        assert!(
            one["all"]["nanoseconds"]["p50"].as_u64()
                <= one["all"]["nanoseconds"]["p99.9"].as_u64()
        );
    }
    assert_eq!(
        first["cases"][0]["cost"], other["cases"][0]["cost"],
        "counts are the same in every run"
    );
    assert!(report["ratios"]["p50"].as_f64().unwrap() > 0.0);
    let svg = std::fs::read_to_string(files.path("bench.svg")).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("99.9 %") && svg.contains("module.wasm"));
}

#[test]
fn bench_tells_memory_that_grows() {
    // The allocator of the test modules never gives anything back, and this one grows for it.
    let leaks = on_request_headers("(drop (memory.grow (i32.const 1))) (i32.const 0)");
    let files = Files::new(&leaks);
    let output =
        files.run(&["bench", "module.wasm", "--cases", "cases.yaml", "--requests", "1010"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let shown = stdout(&output);
    assert!(
        shown.ends_with(
            "memory: 4 pages of 64 KiB after the start, 1004 after 1,000 requests, 1014 after 1,010: GREW BY 10\n"
        ),
        "{shown}"
    );
}

/// A case that never ran would be told as the fastest.
#[test]
fn bench_sends_a_request_for_every_case_or_none() {
    let files = Files::new(&module("1"));
    let bench = ["bench", "module.wasm", "--cases", "cases.yaml", "--requests", "1"];
    let output = files.run(&bench);
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""));
    assert_eq!(
        stderr(&output),
        "error: `--requests 1` is too few: expected one request for each of the 2 cases at least; \
         write `--requests 2` or more\n"
    );
    files.write("cases.yaml", b"cases: [{ name: x }]");
    let output = files.run(&bench);
    let shown = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(shown.starts_with("1 request, 1 case in turn\n"), "{shown}");
    assert!(shown.contains(" after 1 request, 4 after 1: no growth"), "{shown}");
}

#[test]
fn bench_does_not_measure_a_dead_module() {
    let files = Files::new(&on_request_headers("unreachable"));
    let output = files.run(&["bench", "module.wasm", "--cases", "cases.yaml"]);
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(1), ""));
    assert!(stderr(&output).contains("case `no key`: `proxy_on_request_headers` trapped"));
    let none = files.run(&["bench", "module.wasm", "--cases", "cases.yaml", "--requests", "0"]);
    assert_eq!(none.status.code(), Some(2), "{}", stdout(&none));
    assert!(stderr(&none).contains("'--requests <N>'"), "{}", stderr(&none));
    files.write("empty.yaml", b"cases: []");
    let output = files.run(&["bench", "module.wasm", "--cases", "empty.yaml"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn inspect_tells_what_is_in_a_module() {
    let idle = r#"(func (export "proxy_on_log") (param i32))
        (func (export "envoy_on_stats_update") (param i32 i32))"#;
    let files = Files::new(&format!("{} {idle}", module("1")));
    let output = files.run(&["inspect", "module.wasm", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report = object(&output);
    assert_eq!(report["abi_version"], "0.2.1");
    let size = std::fs::metadata(files.path("module.wasm")).unwrap().len();
    assert_eq!(report["bytes"], size);
    assert_eq!(report["imports"].as_array().unwrap().len(), 39);
    assert!(report["imports"].as_array().unwrap().iter().all(|import| import["missing"] == false));
    assert_eq!(report["memory"]["pages"], 4);
    let callback = |name: &str| {
        let callbacks = report["callbacks"].as_array().unwrap();
        callbacks.iter().find(|callback| callback["name"] == name).unwrap().clone()
    };
    assert_eq!(callback("proxy_on_request_headers")["host_calls"], 2);
    assert_eq!(callback("proxy_on_request_headers")["in_request"], 1);
    assert_eq!(callback("proxy_on_log")["host_calls"], 0);
    assert_eq!(callback("envoy_on_stats_update")["in_request"], serde_json::Value::Null);
    let code = report["sections"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["name"] == "code")
        .unwrap()
        .clone();
    assert!(code["bytes"].as_u64().unwrap() > 50);

    let shown = stdout(&files.run(&["inspect", "module.wasm"]));
    assert!(shown.contains("\n  ABI version  0.2.1\n"), "{shown}");
    assert!(
        shown.contains("a request enters these, and they call nothing: proxy_on_log\n  1 entries"),
        "{shown}"
    );
}

#[test]
fn inspect_names_every_import_that_is_missing() {
    let files = Files::new("");
    let unknown = r#"(module
        (import "env" "proxy_call_home" (func (param i32) (result i32)))
        (import "env" "proxy_log" (func (param i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_dance" (func))
        (memory (export "memory") 1)
        (func (export "malloc") (param i32) (result i32) (i32.const 0))
        (func (export "proxy_abi_version_0_2_0")))"#;
    files.write("unknown.wasm", &wat::parse_str(unknown).unwrap());
    let output = files.run(&["inspect", "unknown.wasm"]);
    assert_eq!(output.status.code(), Some(1));
    let shown = stdout(&output);
    assert!(
        shown.contains(
            "MISSING: `env` `proxy_call_home`: ABI version 0.2.0 and WASI have no such function\n"
        ),
        "{shown}"
    );
    assert!(shown.contains("MISSING: `wasi_snapshot_preview1` `fd_dance`: "), "{shown}");
    assert!(!shown.contains("MISSING: `env` `proxy_log`"), "{shown}");
    assert!(shown.contains("no request was sent: unknown.wasm: the import"), "{shown}");

    files.write("none.wasm", &wat::parse_str("(module)").unwrap());
    let output = files.run(&["inspect", "none.wasm"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("none: no proxy loads this module"));
    files.write("text.wasm", b"no module");
    assert_eq!(files.run(&["inspect", "text.wasm"]).status.code(), Some(2));
}

#[test]
fn inspect_says_whether_a_module_loads() {
    let files = Files::new("");
    let bare = r#"(func (export "malloc") (param i32) (result i32) (i32.const 0))
        (func (export "proxy_abi_version_0_2_1")) (memory (export "memory") 1)"#;
    let inspect = |fields: &str, more: &[&str]| {
        files.write("one.wasm", &wat::parse_str(format!("(module {fields})")).unwrap());
        let output = files.run(&[&["inspect", "one.wasm"], more].concat());
        (output.status.code(), stdout(&output) + &stderr(&output))
    };
    for (why, fields) in [
        ("no allocator", bare.replace("\"malloc\"", "\"calloc\"")),
        ("expected a memory, found none", bare.replace("(export \"memory\")", "")),
        ("unreachable", format!("{bare} (start $boot) (func $boot unreachable)")),
        ("`main`", format!("{bare} (func (export \"_initialize\")) (func (export \"main\"))")),
        ("0.3.0, unknown: no proxy loads", bare.replace("0_2_1", "0_3_0")),
        ("`_initialize` trapped", format!("{bare} (func (export \"_initialize\") unreachable)")),
        ("needs threads", bare.replace("\"memory\") 1", "\"memory\") 1 2 shared")),
    ] {
        let (code, shown) = inspect(&fields, &[]);
        assert_eq!(code, Some(1), "{why}: {shown}");
        assert!(shown.contains(why), "{why}: {shown}");
    }
    // It loads, and does not take its configuration.
    let refuses =
        r#"(func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 0))"#;
    let (code, shown) = inspect(&format!("{bare} {refuses}"), &[]);
    assert_eq!(code, Some(0), "{shown}");
    assert!(
        shown.contains(
            "no request was sent: one.wasm: `proxy_on_configure` returned false: the module refuses, and \
             logged nothing; check the configuration (`--config`) and the root id (`--root-id`)"
        ),
        "{shown}"
    );
    let report = object(&files.run(&["inspect", "one.wasm", "--json"]));
    assert_eq!(report["loads"], true);
    // Of two markers the first that is known counts; imports of one module stand together.
    let (code, shown) = inspect(
        r#"(import "env" "proxy_done" (func (result i32)))
        (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
        (import "env" "proxy_log" (func (param i32 i32) (result i32)))
        (func (export "proxy_abi_version_0_9_0")) (func (export "proxy_abi_version_0_2_0"))
        (func (export "malloc") (param i32) (result i32) (i32.const 0))
        (memory (export "memory") 1)"#,
        &[],
    );
    assert_eq!(code, Some(1), "{shown}");
    assert!(shown.contains("ABI version  0.2.0\n"), "{shown}");
    assert!(shown.contains("  env: proxy_done proxy_log\n"), "{shown}");
    assert!(
        shown.contains(
            "MISSING: `env` `proxy_log`: expected (i32, i32, i32) -> i32, found (i32, i32) -> i32\n"
        ),
        "{shown}"
    );
    // One deadline for each of its hosts, and not one for each request.
    let endless = "(func (export \"proxy_on_request_headers\") (param i32 i32 i32) (result i32) (loop (br 0)) (i32.const 0))";
    let begun = std::time::Instant::now();
    let more = ["--failure-policy", "fail-reload", "--deadline", "50ms"];
    let (code, shown) = inspect(&format!("{bare} {endless}"), &more);
    assert_eq!(code, Some(0), "{shown}");
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "a thousand are 50 seconds");
}

/// The schema that is committed is that of the types; `host-sim schema` prints it.
#[test]
fn the_committed_schema_is_that_of_the_types() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("schema/cases.schema.json");
    let committed = std::fs::read_to_string(path).unwrap();
    let printed = stdout(&command(&["schema"]).output().unwrap());
    let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert!(
        value(&committed) == value(&printed),
        "write it anew: host-sim schema > host-sim/schema/cases.schema.json"
    );
    let line = object(&command(&["schema", "--json"]).output().unwrap());
    assert_eq!(line, value(&printed));
}

#[test]
fn the_schema_knows_the_fields_of_a_case_and_no_others() {
    let schema = host_sim::cases::schema();
    let case = &schema["$defs"]["CaseEntry"];
    assert_eq!(case["additionalProperties"], false);
    assert_eq!(case["required"], serde_json::json!(["name"]));
    assert_eq!(schema["$defs"]["Budget"]["additionalProperties"], false);
    let budget = schema["$defs"]["Budget"]["properties"].as_object().unwrap();
    assert!(budget.contains_key("data_calls") && budget.contains_key("fuel"), "{budget:?}");
    let request = schema["$defs"]["RequestEntry"]["properties"].as_object().unwrap();
    assert!(request.contains_key("source_address"), "{request:?}");
}

/// The README shows every verb with every flag of its own.
#[test]
fn every_verb_has_an_example_and_stands_in_the_readme() {
    let readme = include_str!("../README.md");
    let help = stdout(&command(&["--help"]).output().unwrap());
    let verbs: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|verb| *verb != "help")
        .collect();
    assert_eq!(verbs, ["run", "serve", "bench", "torment", "inspect", "schema"]);
    for verb in verbs {
        let output = command(&[verb, "--help"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        let help = stdout(&output);
        assert!(help.contains(&format!("Examples:\n  host-sim {verb}")), "{help}");
        assert!(readme.contains(&format!("`host-sim {verb}")), "README.md does not tell of {verb}");
        for flag in help.split_whitespace().filter(|word| word.starts_with("--")) {
            let flag = flag.trim_end_matches([',', ':', '.']);
            if !matches!(flag, "--help" | "--version") {
                assert!(readme.contains(flag), "README.md does not tell of {verb} {flag}");
            }
        }
    }
}

#[test]
fn bench_draws_a_module_that_no_request_enters() {
    let files = Files::new(r#"(func (export "proxy_on_tick") (param i32))"#);
    let output = files.run(&[
        "bench",
        "module.wasm",
        "--cases",
        "cases.yaml",
        "--requests",
        "100",
        "--svg",
        "bench.svg",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let svg = std::fs::read_to_string(files.path("bench.svg")).unwrap();
    assert!(svg.contains("module.wasm"));
}
