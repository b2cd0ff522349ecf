//! Case files: bodies in pieces, trailers, and calls to other services.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::fs;
use std::path::Path;

use common::{data, host, map};
use host_sim::cases::parse;

/// Asks `auth` for `/check`, with the request's `x-token`, about every request, and holds it. An
/// answer with status 200 lets it go on with the `x-user` of the answer; anything else is a 403.
/// Holds pieces of the body that are not the last.
fn asks() -> String {
    let head = map(&[
        (":method", "GET"),
        (":path", "/check"),
        (":authority", "auth.example"),
        ("x-token", "abc"),
    ]);
    format!(
        r#"{}{}
        (global $stream (mut i32) (i32.const 0))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (global.set $stream (local.get 0))
            (drop (call $http_call (i32.const 1024) (i32.const 4) (i32.const 1100) (i32.const {})
                (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1000) (i32.const 200)))
            (i32.const 1))
        (func (export "proxy_on_http_call_response") (param i32 i32 i32 i32 i32)
            (drop (call $get_header_map_value (i32.const 6) (i32.const 1028) (i32.const 6) (i32.const 100) (i32.const 104)))
            (drop (call $set_effective_context (global.get $stream)))
            (if (i32.load (i32.const 100))
                (then
                    (drop (call $add_header_map_value (i32.const 0) (i32.const 1028) (i32.const 6)
                        (i32.load (i32.const 100)) (i32.load (i32.const 104))))
                    (drop (call $continue_stream (i32.const 0))))
                (else
                    (drop (call $send_local_response (i32.const 403) (i32.const 1034) (i32.const 11)
                        (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1)))))
            (i32.store (i32.const 100) (i32.const 0)))
        (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
            (i32.eqz (local.get 2)))
        (func (export "proxy_on_request_trailers") (param i32 i32) (result i32) (i32.const 0))"#,
        data(1024, "authx-usernot_granted"),
        data(1100, &head),
        head.len()
    )
}

/// Calls `limits` by gRPC (pkg.Limits/Get, `question`) and opens a stream to `log` (pkg.Log/Write), on which it sends
/// what it gets, and closes it after the second message.
fn grpc() -> String {
    let metadata = map(&[("x-key", "abc")]);
    format!(
        r#"{}{}
        (global $count (mut i32) (i32.const 0))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (drop (call $grpc_call (i32.const 1024) (i32.const 6) (i32.const 1030) (i32.const 10) (i32.const 1040) (i32.const 3)
                (i32.const 1100) (i32.const {size}) (i32.const 1043) (i32.const 8) (i32.const 0) (i32.const 200)))
            (drop (call $grpc_stream (i32.const 1051) (i32.const 3) (i32.const 1054) (i32.const 7) (i32.const 1061) (i32.const 5)
                (i32.const 1100) (i32.const {size}) (i32.const 204)))
            (i32.const 0))
        (func (export "proxy_on_grpc_receive_initial_metadata") (param i32 i32 i32)
            (call $note (i32.const 25)) (call $note (local.get 2)))
        (func (export "proxy_on_grpc_receive") (param i32 i32 i32)
            (drop (call $get_buffer_bytes (i32.const 5) (i32.const 0) (local.get 2) (i32.const 100) (i32.const 104)))
            (call $say)
            (if (i32.eq (local.get 1) (i32.load (i32.const 204))) (then
                (drop (call $grpc_send (local.get 1) (i32.load (i32.const 100)) (i32.load (i32.const 104)) (i32.const 0))))))
        (func (export "proxy_on_grpc_receive_trailing_metadata") (param i32 i32 i32)
            (call $note (i32.const 36)) (call $note (local.get 2)))
        (func (export "proxy_on_grpc_close") (param i32 i32 i32)
            (call $note (i32.const 40)) (call $note (local.get 2))
            (drop (call $get_status (i32.const 200) (i32.const 100) (i32.const 104))) (call $say))"#,
        data(1024, "limitspkg.LimitsGetquestionlogpkg.LogWrite"),
        data(1100, &metadata),
        size = metadata.len()
    )
}

fn failures(module: &str, cases: &str) -> Vec<String> {
    let cases = parse(cases).unwrap();
    let mut host = host(module);
    cases.iter().flat_map(|case| case.run(&mut host).1).collect()
}

/// What the module of a case logs, line by line.
fn logs(module: &str, cases: &str) -> Vec<String> {
    let cases = parse(cases).unwrap();
    let mut host = host(module);
    let outcomes = cases.iter().map(|case| case.run(&mut host).0);
    outcomes.map(|outcome| common::said(&outcome.logs)).collect()
}

#[test]
fn the_example_of_the_readme_holds() {
    let readme =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let blocks: Vec<_> = readme.split("```yaml\n").skip(1).collect();
    let example = blocks.iter().find(|block| block.contains("callouts:")).unwrap();
    assert_eq!(failures(&asks(), example.split("```").next().unwrap()), [""; 0]);
}

#[test]
fn an_answer_given_failed_and_never_given() {
    let cases = "
cases:
  - name: granted, by the first of two answers
    callouts:
      - http: { to: auth, no_headers: [cookie], body: '', answer: { headers: [[x-user, ann]] } }
    expect: { continued: true, request_headers: [[x-user, ann]], at_most: { entries: 2 } }
  - name: refused
    callouts: [{ http: { to: auth, answer: { status: 401 } } }]
    expect: { status: 403 }
  - name: broken
    callouts: [{ http: { to: auth, answer: fails } }]
    expect: { status: 403 }
  - name: too late
    callouts: [{ http: { to: auth, answer: { headers: [[x-user, ann]] }, after: 1001ms } }]
    expect: { status: 403 }
  - name: nobody answers, and nobody looks
    expect: { verdict: paused }
";
    assert_eq!(failures(&asks(), cases), [""; 0]);
}

#[test]
fn everything_of_a_callout_can_fail() {
    let cases = r#"
cases:
  - name: fails
    request: { body: [a, b], trailers: [[t, u]] }
    callouts:
      - http:
          to: auth
          headers: [[x-token, other], [x-none, v]]
          no_headers: [":path"]
          body: text
          trailers: [[t, u]]
          answer: { headers: [[x-user, ann]] }
      - http: { to: auth, answer: never }
      - grpc: { to: auth, answer: never }
    response: { trailers: [[v, w]] }
    expect:
      actions: { request_headers: [continue], request_body: [pause, continue, 3], response_body: [pause] }
      request_body: ba
      request_trailers: [[t, v]]
      response_trailers: [[v, u]]
  - name: not expected
    callouts: []
"#;
    assert_eq!(
        failures(&asks(), cases),
        [
            "HTTP call to `auth`: header `x-token`: expected `other`, found `abc`",
            "HTTP call to `auth`: header `x-none`: expected `v`, found nothing",
            "HTTP call to `auth`: header `:path`: expected none, found `/check`",
            "HTTP call to `auth`: body: expected `text`, found ``",
            "HTTP call to `auth`: trailer `t`: expected `u`, found nothing",
            "HTTP call to `auth`: expected, and not made",
            "gRPC call to `auth`: expected, and not made",
            "request body: expected `ba`, found `ab`",
            "actions of `proxy_on_request_headers`: expected continue, found pause",
            "actions of `proxy_on_request_body`: expected pause, continue, 3, found pause, pause",
            "actions of `proxy_on_response_body`: expected pause, found none",
            "request trailer `t`: expected `v`, found `u`",
            "response trailer `v`: expected `u`, found `w`",
            "HTTP call to `auth`: not expected",
        ]
    );
}

#[test]
fn grpc_calls_and_streams_are_looked_at_and_answered() {
    let cases = r#"
cases:
  - name: both answered
    callouts:
      - grpc:
          to: limits
          method: pkg.Limits/Get
          metadata: [[x-key, abc]]
          message: question
          answer: { message: ok }
      - grpc_stream:
          to: log
          method: pkg.Log/Write
          metadata: [[x-key, abc]]
          messages: [one, two]
          answer: { initial_metadata: [[a, b]], messages: [one, two], trailing_metadata: [], status: 5, text: gone }
  - name: refused, and never
    callouts:
      - grpc: { to: limits, answer: { message: passed over, status: 7, text: no entry } }
      - grpc_stream: { to: log, messages: [], answer: never }
  - name: not reached
    callouts:
      - grpc_stream: { to: log, answer: fails }
      - grpc: { to: limits, answer: fails, after: 1s }
"#;
    assert_eq!(failures(&grpc(), cases), [""; 0]);
    let details = "{upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}}";
    let not_reached = "X > upstream connect error or disconnect/reset before headers. reset reason: remote connection failure";
    assert_eq!(
        logs(&grpc(), cases),
        [
            "ok I 1 one two T 0 X 5 gone{via_upstream}".to_owned(),
            "X 7 no entry{via_upstream}".to_owned(),
            format!("I 0 T 4 {not_reached} {not_reached}{details}"),
        ]
    );
    let cases = r#"
cases:
  - name: fails
    callouts:
      - grpc: { to: limits, method: pkg.Limits/Set, metadata: [[x-key, k]], message: q, answer: never }
      - grpc_stream: { to: log, method: a/b, metadata: [[x-other, z]], messages: [x], answer: { messages: [one] } }
"#;
    assert_eq!(
        failures(&grpc(), cases),
        [
            "gRPC call to `limits`: method: expected `pkg.Limits/Set`, found `pkg.Limits/Get`",
            "gRPC call to `limits`: metadata `x-key`: expected `k`, found `abc`",
            "gRPC call to `limits`: message: expected `q`, found `question`",
            "gRPC stream to `log`: method: expected `a/b`, found `pkg.Log/Write`",
            "gRPC stream to `log`: metadata `x-other`: expected `z`, found nothing",
            "gRPC stream to `log`: messages: expected `x`, found `one`",
        ]
    );
}

#[test]
fn a_message_need_not_end_and_may_end_with_an_empty_piece() {
    let module = r#"(func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
            (call $note (local.get 1)) (call $note (local.get 2)) (i32.const 1))
        (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32)
            (call $note (local.get 1)) (call $note (local.get 2)) (i32.const 0))"#;
    let cases = r#"
cases:
  - { name: open, request: { body: [ab], ends: false }, expect: { verdict: paused, request_body: "" } }
  - { name: ended, request: { body: [ab, ""] }, expect: { verdict: paused } }
  - { name: the response is open, response: { body: [{ hex: ff }, b], ends: false }, expect: { verdict: closed } }
"#;
    assert_eq!(logs(module, cases), ["2 0", "2 0 2 1", "1 0 1 0"]);
    assert_eq!(failures(module, cases), [""; 0]);
}

#[test]
fn a_call_at_the_end_of_a_stream_is_answered_too() {
    let module = asks()
        .replace(
            "proxy_on_request_headers\") (param i32 i32 i32) (result i32)",
            "proxy_on_log\") (param i32)",
        )
        .replace("(i32.const 200)))\n            (i32.const 1))", "(i32.const 200))))")
        .replace(
            "(drop (call $set_effective",
            "(call $note (local.get 2)) (drop (call $set_effective",
        );
    let cases = "
cases:
  - name: late
    callouts: [{ http: { to: auth, headers: [[x-token, abc]], answer: { headers: [[x-user, ann]] } } }]
    expect: { continued: true, log: '2', host_calls: { proxy_log: 1 } }
";
    assert_eq!(failures(&module, cases), [""; 0]);
}

#[test]
fn mistakes_say_what_is_expected() {
    let message = |callout: &str| {
        let error =
            parse(&format!("cases:\n  - name: x\n    callouts:\n      - {callout}\n")).unwrap_err();
        assert_eq!(error.line, 4, "{error}");
        error.message
    };
    for (callout, expected) in [
        ("http: { answer: never }", "missing field `to`"),
        ("http: { to: a }", "missing field `answer`"),
        ("http: { to: a, answer: maybe }", "`maybe` is not an answer: expected one such as"),
        ("http: { to: a, answer: { state: 1 } }", "unknown field `state`"),
        (
            "http: { to: a, answer: 3 }",
            "an answer such as `{ status: … }`, or `unreachable`, or `fails`, or `never`",
        ),
        ("http: { to: a, answer: never, after: soon }", "`soon` is not a length of time"),
        ("https: { to: a, answer: never }", "unknown call `https`: expected one kind of call"),
        ("grpc: { to: a, headers: [], answer: never }", "unknown field `headers`"),
    ] {
        let message = message(callout);
        assert!(message.contains(expected), "{callout}: {message}");
    }
    let error =
        parse("cases:\n  - name: x\n    expect: { actions: { request_headers: [wait] } }\n");
    let error = error.unwrap_err();
    assert_eq!((error.line, error.column), (3, 44));
    assert!(error.message.starts_with("`wait` is not an action: expected `continue`"), "{error}");
    let error = parse("cases:\n  - name: x\n    request: { body: 3 }\n").unwrap_err();
    assert!(error.message.contains("or a list of pieces"), "{error}");
}
