//! Case files.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{host, on_request_headers};
use host_sim::cases::parse;

fn error(text: &str) -> (u64, u64, String) {
    let error = parse(text).unwrap_err();
    (error.line, error.column, error.message)
}

#[test]
fn mistakes_have_a_line_and_a_column() {
    let (line, column, message) = error("cases:\n  - name: x\n    request: { metod: GET }\n");
    assert_eq!((line, column), (3, 16));
    assert!(message.starts_with("unknown field `metod`"), "{message}");

    let (line, column, message) =
        error("cases:\n  - name: x\n    request: { headers: [[a, 3]] }\n");
    assert_eq!((line, column), (3, 30));
    assert!(message.contains("in quotes when it looks like a number"), "{message}");

    let (line, _, message) =
        error("cases:\n  - name: x\n    request: { headers: [[a, { hex: xyz }]] }\n");
    assert_eq!((line, message.as_str()), (3, "`xyz` is not hex: expected pairs of `0-9a-f`"));

    let (line, _, message) = error("cases:\n  - name: x\n    request:\n      time: yesterday\n");
    assert_eq!(line, 4);
    assert!(message.starts_with("`yesterday` is not a time: expected one like"), "{message}");

    let (line, _, message) =
        error("cases:\n  - name: x\n    request: { source_address: 1.2.3.4 }\n");
    assert_eq!(line, 3);
    assert!(message.contains("expected one like `192.0.2.1:1234`"), "{message}");

    let (line, _, message) = error("cases:\n  - request: {}\n");
    assert_eq!((line, message.as_str()), (2, "missing field `name`"));
    assert_eq!(error("cases: [\n").0, 1);
}

/// In the words of case files: who writes one knows nothing of a parser and its types.
#[test]
fn mistakes_say_what_was_expected_and_what_is_there() {
    let pair = "a name and a value, such as `[x-name, value]`";
    let list = "expected a list, such as `[one, two]` or lines that begin with `- `";
    let call = "expected one kind of call, `http`, `grpc` or `grpc_stream`, with its fields";
    let nothing =
        "nothing is expected here: give it a field, such as `status: 200`, or leave `expect` out";
    for (fields, expected) in [
        ("expect: { status: abc }", "expected a whole number from 0 to 65535, found `abc`"),
        (
            "expect: { status: \"70,000\" }",
            "expected a whole number from 0 to 65535, found `\"70,000\"`",
        ),
        (
            "expect: { status: , details: x }",
            "expected a whole number from 0 to 65535, found nothing",
        ),
        ("expect: { continued: maybe }", "expected `true` or `false`, found `maybe`"),
        (
            "expect: { host_calls: { proxy_log: -1 } }",
            "expected a whole number, 0 or more, found `-1`",
        ),
        ("expect: { at_most: { fuel: } }", "expected a whole number, 0 or more, found nothing"),
        ("expect: { log: }", "expected text, found nothing"),
        ("expect: { request_headers: x }", list),
        ("expect: { request_headers: [x] }", list),
        (
            "expect: { request_headers: [[x]] }",
            format!("expected {pair}, found 1 of them").as_str(),
        ),
        ("expect:", nothing),
        ("expect: {}", nothing),
        ("expect: { actions: {}, at_most: {}, request_headers: [] }", nothing),
        ("callouts:", list),
        ("callouts: [{}]", call),
        ("callouts: [[http]]", call),
        ("callouts: [{ htp: {} }]", format!("unknown call `htp`: {call}").as_str()),
        ("callouts: [{ http: { to: a, answer: never }, grpc: {} }]", call),
        ("request: { method: [GET] }", "expected text"),
        (
            "request: { properties: { a: [b] } }",
            "expected text, a number, true, false, null, `{ hex: … }` or `{ base64: … }`, found a list",
        ),
        (
            "request: { time: 1960-01-01T00:00:00Z }",
            "`1960-01-01T00:00:00Z` is before 1970, where a module's clock begins: expected one like `2026-01-01T00:00:00Z`",
        ),
        (
            "request: { time: 2026-13-01T00:00:00Z }",
            "`2026-13-01T00:00:00Z` is not a time: expected one like `2026-01-01T00:00:00Z`",
        ),
        (
            "request: { path: *other }",
            "no anchor has this name: a text that begins with `*` stands in quotes",
        ),
    ] {
        let (line, _, message) = error(&format!("cases:\n  - name: x\n    {fields}\n"));
        assert_eq!((line, message.as_str()), (3, expected), "{fields}");
    }
    let (line, _, message) = error("cases: [{ name: x }]\n---\ncases: []\n");
    assert_eq!(line, 3);
    assert!(message.starts_with("a second YAML document begins here"), "{message}");
}

#[test]
fn a_mistake_is_shown() {
    let error = parse("cases:\n  - name: x\n    expect: { stat: 1 }\n").unwrap_err();
    let shown = error.to_string();
    let lines: Vec<_> = shown.lines().collect();
    assert!(lines[0].starts_with("3:15: unknown field `stat`"), "{shown}");
    assert_eq!(lines[1], "        expect: { stat: 1 }");
    assert_eq!(lines[2].find('^'), lines[1].find("stat"));
}

/// Adds `x-new: value`, logs, sets filter state, and answers when there is a fifth header.
fn module() -> String {
    format!(
        r#"(data (i32.const 1024) "x-newvalue") {}"#,
        on_request_headers(
            "(drop (call $set_property (i32.const 1024) (i32.const 5) (i32.const 1029) (i32.const 5)))
             (drop (call $log (i32.const 2) (i32.const 1024) (i32.const 10)))
             (drop (call $add_header_map_value (i32.const 0) (i32.const 1024) (i32.const 5) (i32.const 1029) (i32.const 5)))
             (if (i32.eq (local.get $count) (i32.const 5)) (then
                (drop (call $send_local_response (i32.const 403) (i32.const 1029) (i32.const 5) (i32.const 1029) (i32.const 5) (i32.const 0) (i32.const 0) (i32.const -1)))))
             (i32.const 0)"
        )
    )
}

fn failures(text: &str) -> Vec<String> {
    let cases = parse(text).unwrap();
    let mut host = host(&module());
    cases.iter().flat_map(|case| case.run(&mut host).1).collect()
}

#[test]
fn expectations_that_hold_say_nothing() {
    let text = r#"
cases:
  - name: passes
    request: { method: POST, path: /a, authority: h, body: b, time: 2026-01-01T00:00:00Z, properties: { xds.route_name: r, n: 1, b: true, f: 1.5, source.address: null, x: { hex: "00ff" } } }
    response: { status: 201, headers: [[server, s]], body: { base64: "/w==" } }
    expect:
      status: 201
      continued: true
      verdict: continued
      body: { hex: ff }
      request_headers: [[x-new, value]]
      no_request_headers: [x-other]
      response_headers: [[SERVER, s]]
      no_response_headers: [x-new]
      log: newval
      filter_state: { x-new: value }
      host_calls: { proxy_log: 1, proxy_done: 0 }
      at_most: { data_calls: 0, calls: 3, host_calls: { proxy_log: 1 }, bytes_in: 0, bytes_out: 100, allocations: 0, entries: 1 }
  - name: answers
    request: { headers: [[x-fifth, { hex: fffe }]] }
    expect: { status: 403, continued: false, verdict: local_reply, details: value, body: value }
  - name: only prints
"#;
    assert_eq!(failures(text), [""; 0]);
}

/// Whoever expects nothing of a trap has not thought of it.
#[test]
fn a_trap_fails_where_no_case_says_how_the_exchange_ends() {
    let mut traps = host(&on_request_headers("unreachable"));
    let failures = |case: &str, host: &mut host_sim::Host| {
        parse(&format!("cases: [{{ name: x{case} }}]")).unwrap()[0].run(host).1
    };
    let trapped = ["the module trapped, which no `status` or `verdict` of the case expects"];
    assert_eq!(failures("", &mut traps), trapped);
    for (case, expected) in [
        (", expect: { no_request_headers: [x-key] }", &trapped[..]),
        (", expect: { status: 503 }", &[][..]),
        (", expect: { verdict: trapped }", &[][..]),
        (", expect: { continued: false }", &[][..]),
    ] {
        let mut traps = host(&on_request_headers("unreachable"));
        assert_eq!(failures(case, &mut traps), expected, "{case}");
    }
}

#[test]
fn every_expectation_can_fail() {
    let text = r#"
cases:
  - name: fails
    expect:
      status: 404
      continued: false
      verdict: paused
      details: why
      body: other
      request_headers: [[x-new, other], [x-none, { hex: ff }]]
      no_request_headers: [x-new]
      response_headers: [[server, s]]
      no_response_headers: [":status"]
      log: absent
      filter_state: { x-new: other }
      host_calls: { proxy_log: 2 }
      at_most: { calls: 1, bytes_out: 8, host_calls: { proxy_log: 0 }, entries: 0, fuel: 1000000 }
"#;
    assert_eq!(
        failures(text),
        [
            "status: expected 404, found 200",
            "continued: expected false, found true",
            "verdict: expected `paused`, found `continued`",
            "details: expected `why`, found nothing",
            "body: expected `other`, found ``",
            "request header `x-new`: expected `other`, found `value`",
            r"request header `x-none`: expected `\xff`, found nothing",
            "request header `x-new`: expected none, found `value`",
            "response header `server`: expected `s`, found nothing",
            "response header `:status`: expected none, found `200`",
            "log: no line contains `absent`",
            "filter state `x-new`: expected `other`, found `value`",
            "calls of `proxy_log`: expected 2, found 1",
            "entries: expected at most 0, found 1",
            "host calls: expected at most 1, found 3 (1 by `proxy_set_property`, 1 by `proxy_log`, 1 by `proxy_add_header_map_value`)",
            "bytes out: expected at most 8, found 30 (10 by `proxy_set_property`, 10 by `proxy_log`, 10 by `proxy_add_header_map_value`)",
            "fuel: expected at most 1000000, found that the host does not count it; build it with fuel",
            "calls of `proxy_log`: expected at most 0, found 1",
        ]
    );
}

#[test]
fn a_case_file_has_room_for_many_cases() {
    let case = "  - { name: x, request: { path: /a, headers: [[x-a, b], [x-c, d]] }, expect: { continued: true } }\n";
    assert_eq!(parse(&format!("cases:\n{}", case.repeat(20_000))).unwrap().len(), 20_000);
}
