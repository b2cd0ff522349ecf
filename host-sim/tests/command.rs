//! The command.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;
#[path = "common/server.rs"]
mod server;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Output};

use common::{data, on_request_headers, text};
use server::Server;
use tempfile::TempDir;

struct Files(TempDir);

impl Files {
    /// `module.wasm` and `cases.yaml`.
    fn new(body: &str, cases: &str) -> Self {
        let files = Self(TempDir::new().unwrap());
        std::fs::write(files.path("module.wasm"), wat::parse_str(text(body)).unwrap()).unwrap();
        std::fs::write(files.path("cases.yaml"), cases).unwrap();
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, more: &[&str]) -> Output {
        command(&["run", "module.wasm", "--cases", "cases.yaml"])
            .args(more)
            .current_dir(self.0.path())
            .output()
            .unwrap()
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_host-sim"));
    command.args(arguments);
    command
}

fn utf8(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

/// Answers 403 to a request with a fifth header, and says so.
fn module() -> String {
    format!(
        r#"(data (i32.const 1024) "forbidden") {}"#,
        on_request_headers(
            "(if (i32.eq (local.get $count) (i32.const 5)) (then
                (drop (call $log (i32.const 3) (i32.const 1024) (i32.const 9)))
                (drop (call $send_local_response (i32.const 403) (i32.const 1024) (i32.const 9)
                    (i32.const 1024) (i32.const 9) (i32.const 0) (i32.const 0) (i32.const -1)))))
             (i32.const 0)"
        )
    )
}

const CASES: &str = r"
cases:
  - name: passes
    request: { path: /a }
    expect: { continued: true }
  - name: is forbidden
    request: { headers: [[x, { hex: fffe }]] }
    expect: { status: 403 }
";

#[test]
fn a_row_for_every_case() {
    let output = Files::new(&module(), CASES).run(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", utf8(&output.stderr));
    assert_eq!(output.stderr, b"");
    let lines: Vec<_> = utf8(&output.stdout).lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(
        lines[0].starts_with("case          outcome      status  details    calls  data  in   out")
    );
    assert!(
        lines[1].starts_with("passes        continued    200     -          0      0     0 B  0 B")
    );
    assert!(
        lines[2]
            .starts_with("is forbidden  local_reply  403     forbidden  2      0     0 B  27 B")
    );
    assert!(lines[1].ends_with("pass") && lines[2].ends_with("pass"), "{lines:?}");
}

#[test]
fn what_does_not_hold_is_said_with_the_log() {
    let output = Files::new(&module(), &CASES.replace("403", "401")).run(&[]);
    assert_eq!(output.status.code(), Some(1));
    let shown = utf8(&output.stdout);
    assert!(
        shown.ends_with("FAIL\n    status: expected 401, found 403\n    log warn: forbidden\n"),
        "{shown}"
    );
}

#[test]
fn a_trap_is_no_success_of_a_case_that_only_prints() {
    let files = Files::new(&on_request_headers("unreachable"), "cases: [{ name: x }]");
    let output = files.run(&[]);
    assert_eq!(output.status.code(), Some(1));
    let shown = utf8(&output.stdout);
    assert!(shown.contains("  FAIL\n    the module trapped, which no "), "{shown}");
    let output = files.run(&["--json"]);
    let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &line["pass"]), (Some(1), &false.into()));
}

#[test]
fn json_has_everything_and_keeps_bytes() {
    let output = Files::new(&module(), CASES).run(&["--json", "--fuel"]);
    assert_eq!(output.status.code(), Some(0), "{}", utf8(&output.stderr));
    let lines: Vec<serde_json::Value> =
        utf8(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [passes, forbidden] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!(passes["verdict"], "continued");
    assert_eq!(passes["upstream"]["headers"][1], serde_json::json!([":path", "/a"]));
    assert!(passes["cost"]["fuel"].as_u64().unwrap() > 0);
    assert_eq!(forbidden["local_reply"]["status"], 403);
    assert_eq!(forbidden["local_reply"]["body"], "forbidden");
    assert_eq!(forbidden["details"], "forbidden");
    assert_eq!(forbidden["cost"]["host_calls"]["proxy_send_local_response"], 1);
    assert_eq!(forbidden["logs"][0]["level"], "warn");
    assert_eq!(forbidden["pass"], true);

    let loud = on_request_headers(
        "(drop (call $log (i32.const 2) (i32.const 1024) (i32.const 2))) (i32.const 0)",
    );
    let loud = format!(r#"(data (i32.const 1024) "\ff\fe") {loud}"#);
    let output = Files::new(&loud, "cases: [{ name: x }]").run(&["--json"]);
    let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(line["logs"][0]["message"], serde_json::json!({ "base64": "//4=" }));
    assert_eq!(line["pass"], serde_json::Value::Null);
}

/// Whoever reads cases from standard output sees no other lines there, unless it asks for metrics.
#[test]
fn what_the_module_logs_at_its_start_and_its_metrics_are_told() {
    let module = format!(
        r#"(data (i32.const 1024) "hitsready")
        (func (export "proxy_on_configure") (param i32 i32) (result i32)
            (drop (call $define_metric (i32.const 0) (i32.const 1024) (i32.const 4) (i32.const 100)))
            (drop (call $log (i32.const 3) (i32.const 1028) (i32.const 5))) (i32.const 1))
        {}"#,
        on_request_headers(
            "(drop (call $increment_metric (i32.load (i32.const 100)) (i64.const 2))) (i32.const 0)"
        )
    );
    let files = Files::new(&module, "cases: [{ name: one }, { name: two }]");
    let json = |arguments: &[&str]| -> Vec<serde_json::Value> {
        let output = files.run(arguments);
        assert_eq!(utf8(&output.stderr), "module: warn: ready\n");
        utf8(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let [one, two, metrics] = &json(&["--json", "--metrics"])[..] else { panic!() };
    assert_eq!((&one["name"], &two["name"]), (&"one".into(), &"two".into()));
    assert_eq!(
        *metrics,
        serde_json::json!({ "metrics": [{ "name": "hits", "kind": "counter", "value": 4 }] })
    );
    assert_eq!(json(&["--json"]).len(), 2);
    let shown = files.run(&["--metrics"]);
    assert!(utf8(&shown.stdout).ends_with("\n\nmetric  kind     value\nhits    counter  4\n"));
}

#[test]
fn metrics_that_a_module_hands_on_by_a_tick_are_told() {
    let module = format!(
        r#"(data (i32.const 1024) "hitsticked")
        (func (export "proxy_on_configure") (param i32 i32) (result i32)
            (drop (call $set_tick_period_milliseconds (i32.const 5000)))
            (drop (call $define_metric (i32.const 0) (i32.const 1024) (i32.const 4) (i32.const 100)))
            (i32.const 1))
        (func (export "proxy_on_tick") (param i32)
            (drop (call $log (i32.const 3) (i32.const 1028) (i32.const 6)))
            (drop (call $increment_metric (i32.load (i32.const 100)) (i64.load (i32.const 104)))))
        {}"#,
        on_request_headers(
            "(i64.store (i32.const 104) (i64.add (i64.load (i32.const 104)) (i64.const 1))) (i32.const 0)"
        )
    );
    let files = Files::new(&module, "cases: [{ name: one }, { name: two }]");
    let shown = files.run(&["--metrics"]);
    assert!(utf8(&shown.stdout).ends_with("\n\nmetric  kind     value\nhits    counter  2\n"));
    assert_eq!(utf8(&shown.stderr), "module: warn: ticked\n");
    assert_eq!(utf8(&files.run(&[]).stderr), "", "no tick comes where nobody asks for metrics");
}

/// As `head` does when it has seen enough.
#[test]
fn a_reader_that_stops_early_is_no_error() {
    let files = Files::new(&module(), CASES);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command(&["run", "module.wasm", "--cases", "cases.yaml"])
        .current_dir(files.0.path())
        .stdout(writer)
        .output()
        .unwrap();
    assert_eq!((output.status.code(), utf8(&output.stderr)), (Some(0), ""));
}

#[test]
fn json_tells_of_callouts_and_actions() {
    let head = common::map(&[(":method", "GET"), (":path", "/check"), (":authority", "auth")]);
    let module = format!(
        "{}{}{}",
        common::data(1024, "auth"),
        common::data(1100, &head),
        on_request_headers(&format!(
            "(drop (call $http_call (i32.const 1024) (i32.const 4) (i32.const 1100) (i32.const {})
                (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 200)))
             (i32.const 1)",
            head.len()
        ))
    );
    let cases = "cases: [{ name: x, callouts: [{ http: { to: auth, answer: never } }] }]";
    let output = Files::new(&module, cases).run(&["--json"]);
    let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(line["callouts"][0]["to"], "auth");
    assert_eq!(line["callouts"][0]["headers"][1], serde_json::json!([":path", "/check"]));
    assert_eq!(line["callbacks"][0]["returned"], 1);
    assert_eq!(line["pass"], true, "a case that expects only callouts is checked");
}

#[test]
fn misuse_is_2_and_a_module_that_does_not_run_is_1() {
    let files = Files::new(&module(), "cases:\n  - nam: x\n");
    let output = files.run(&[]);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]));
    assert!(utf8(&output.stderr).starts_with("error: cases.yaml:2:5: unknown field `nam`"));

    let output = files.run(&["--config", "absent"]);
    assert_eq!(output.status.code(), Some(2));
    let output = files.run(&["--nonsense"]);
    assert_eq!(output.status.code(), Some(2));

    let refuses = r#"(func (export "proxy_on_configure") (param i32 i32) (result i32)
        (call $note (i32.const 1)) (i32.const 0))"#;
    let output = Files::new(refuses, "cases: [{ name: x }]").run(&[]);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]));
    let error = utf8(&output.stderr);
    assert!(error.contains("module.wasm: `proxy_on_configure` returned false"), "{error}");
    assert!(error.ends_with("\n  info: 1\n"), "{error}");

    let help = command(&["run", "--help"]).output().unwrap();
    assert_eq!(help.status.code(), Some(0));
    assert!(utf8(&help.stdout).contains("Examples:"));
}

#[test]
fn the_configuration_is_the_bytes_of_the_file() {
    let echo = r#"(func (export "proxy_on_configure") (param i32 i32) (result i32)
        (drop (call $get_buffer_bytes (i32.const 7) (i32.const 0) (local.get 1) (i32.const 100) (i32.const 104)))
        (call $say) (i32.const 0))"#;
    let files = Files::new(echo, "cases: [{ name: x }]");
    std::fs::write(files.path("config"), b"raw\n").unwrap();
    let output = files.run(&["--config", "config"]);
    assert!(utf8(&output.stderr).ends_with("\n  info: raw\n\n"));
}

#[test]
fn what_envoy_s_configuration_says_of_a_plugin_can_be_given() {
    for (name, option) in [
        ("plugin_name", "--plugin-name"),
        ("plugin_root_id", "--root-id"),
        ("plugin_vm_id", "--vm-id"),
    ] {
        let module = format!(
            "{}{}",
            data(1024, name),
            on_request_headers(&format!(
                "(drop (call $get_property (i32.const 1024) (i32.const {}) (i32.const 100)
                    (i32.const 104))) (call $say) (i32.const 0)",
                name.len()
            ))
        );
        let files = Files::new(&module, "cases: [{ name: a, expect: { log: given } }]");
        let given = files.run(&[option, "given"]);
        assert_eq!(given.status.code(), Some(0), "{name}: {}", utf8(&given.stdout));
        assert_eq!(files.run(&[]).status.code(), Some(1), "{name}");
    }

    let shows_bodies = r#"
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (i32.const 1))
        (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32) (i32.const 0))"#;
    let cases =
        "cases: [{ name: a, request: { method: POST, body: abc }, expect: { continued: true } }]";
    let files = Files::new(shows_bodies, cases);
    assert_eq!(files.run(&["--allow-on-headers-stop-iteration"]).status.code(), Some(0));
    assert_eq!(files.run(&[]).status.code(), Some(1));
}

#[test]
fn a_module_sees_the_environment_that_it_is_given() {
    let imports = r#"(import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "environ_get" (func $environment (param i32 i32) (result i32))) (import"#;
    let says = text(&on_request_headers(
        "(drop (call $sizes (i32.const 300) (i32.const 104)))
         (drop (call $environment (i32.const 308) (i32.const 400)))
         (i32.store (i32.const 100) (i32.load (i32.const 308))) (call $say) (i32.const 0)",
    ));
    let files = Files::new("", "cases: [{ name: a, expect: { log: \"A=b\\0C=d=e\\0\" } }]");
    let module = wat::parse_str(says.replacen("(import", imports, 1)).unwrap();
    std::fs::write(files.path("module.wasm"), module).unwrap();
    let given = files.run(&["--env", "A=b", "--env", "C=d=e"]);
    assert_eq!(given.status.code(), Some(0), "{}{}", utf8(&given.stdout), utf8(&given.stderr));
    assert_eq!(files.run(&[]).status.code(), Some(1));
    for wrong in ["A", "=b"] {
        let output = files.run(&["--env", wrong]);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
        assert!(utf8(&output.stderr).contains("expected a name and a value, such as `REGION=eu`"));
    }
}

#[test]
fn serve_runs_the_module_for_every_request() {
    // Answers one request, and gives what it was sent.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let upstream = listener.local_addr().unwrap().to_string();
    let seen = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut seen = Vec::new();
        while !seen.ends_with(b"\r\n\r\nbody") {
            let mut part = [0; 1024];
            let size = connection.read(&mut part).unwrap();
            seen.extend_from_slice(&part[..size]);
        }
        connection
            .write_all(b"HTTP/1.1 201 Made\r\nx-up: \xff\r\ncontent-length: 5\r\n\r\nhello")
            .unwrap();
        seen
    });
    let server = Server::start(&module(), &upstream);
    // Six headers with `:authority`, `:path`, `:method` and `:scheme`.
    let mut connection = TcpStream::connect(&server.address).unwrap();
    connection
        .write_all(b"POST /a?b HTTP/1.1\r\nHost: example.com\r\nX-Bytes: \xff\xfe\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody")
        .unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 201 Created\r\n"), "{}", answer.escape_ascii());
    assert!(answer.ends_with(b"\r\n\r\nhello"));
    assert!(answer.windows(9).any(|window| window == b"x-up: \xff\r\n"));
    let seen = seen.join().unwrap();
    assert!(seen.starts_with(b"POST /a?b HTTP/1.1\r\n"), "{}", seen.escape_ascii());
    assert!(seen.windows(19).any(|window| window == b"host: example.com\r\n"));
    assert!(seen.windows(13).any(|window| window == b"x-bytes: \xff\xfe\r\n"));

    let forbidden = server.ask("GET / HTTP/1.1\r\nx: y");
    assert!(forbidden.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{forbidden}");
    assert!(forbidden.contains("content-type: text/plain") && forbidden.ends_with("forbidden"));
}

#[test]
fn an_upstream_that_is_away_is_a_502() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let server = Server::start("", &nobody);
    let answer = server.ask("GET / HTTP/1.1");
    assert!(answer.starts_with("HTTP/1.1 502 Bad Gateway\r\n"), "{answer}");
}
