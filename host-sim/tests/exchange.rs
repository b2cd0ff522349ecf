//! An HTTP exchange: phases, bodies, local replies, pauses.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{callbacks, host, on_request_headers, said};
use host_sim::{Begun, Request, Response, Verdict};

const ALL: &str = r#"
    (func (export "proxy_on_context_create") (param i32 i32))
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (call $note (local.get 2)) (i32.const 0))
    (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32) (call $note (local.get 1)) (i32.const 0))
    (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32) (call $note (local.get 2)) (i32.const 0))
    (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32) (call $note (local.get 1)) (i32.const 0))
    (func (export "proxy_on_log") (param i32))
    (func (export "proxy_on_done") (param i32) (result i32) (i32.const 1))
    (func (export "proxy_on_delete") (param i32))
"#;

/// Answers 401 with details "a b", body "no", header `k: v`, and returns an action.
fn reply(action: u32) -> String {
    format!(
        r#"(data (i32.const 1024) "a bno\01\00\00\00\01\00\00\00\01\00\00\00k\00v\00")
        {}"#,
        on_request_headers(&format!(
            "(call $note (call $send_local_response (i32.const 401) (i32.const 1024) (i32.const 3)
                (i32.const 1027) (i32.const 2) (i32.const 1029) (i32.const 16) (i32.const -1)))
             (i32.const {action})"
        ))
    )
}

#[test]
fn every_callback_comes_in_order() {
    let request = Request::post("/").body("abc").answered_by(Response::new(201).body("hello"));
    let outcome = host(ALL).request(request);
    assert_eq!(
        callbacks(&outcome),
        [
            "on_context_create",
            "on_request_headers",
            "on_request_body",
            "on_response_headers",
            "on_response_body",
            "on_log",
            "on_done",
            "on_delete"
        ]
    );
    // Neither headers are the end of their stream; the bodies have 3 and 5 bytes.
    assert_eq!(said(&outcome.logs), "0 3 0 5");
    assert_eq!((outcome.status(), outcome.continued()), (Some(201), true));
    assert_eq!(outcome.response.unwrap().body, b"hello");
}

#[test]
fn without_bodies_headers_end_the_stream_and_missing_callbacks_are_skipped() {
    assert_eq!(said(&host(ALL).request(Request::get("/")).logs), "1 1");
    let outcome = host("").request(Request::get("/"));
    assert!(outcome.continued());
    assert_eq!(outcome.cost.entries, 0);
}

#[test]
fn stream_contexts_are_new_for_every_request() {
    let mut host = host(ALL);
    let first = host.request(Request::get("/")).callbacks[0].context;
    assert_eq!(host.request(Request::get("/")).callbacks[0].context, first + 1);
}

#[test]
fn a_local_reply_comes_before_whatever_action() {
    for action in [0, 1, 3] {
        let outcome = host(&reply(action)).request(Request::get("/"));
        assert_eq!(said(&outcome.logs), "0");
        let reply = outcome.local_reply().unwrap();
        assert_eq!((reply.status, reply.body.as_slice()), (401, &b"no"[..]));
        // Blanks would break the access log.
        assert_eq!(reply.details, b"a_b");
        assert_eq!(outcome.details(), "a_b");
        assert_eq!(reply.headers.first("k"), Some(&b"v"[..]));
        assert_eq!(reply.grpc_status, None);
        assert_eq!(outcome.upstream, None);
    }
}

#[test]
fn a_local_reply_to_head_is_headers_alone() {
    let module = ALL.replace("proxy_on_request_headers", "unused");
    for (request, body, shown) in [
        (
            Request::new("GET", "/"),
            &b"no"[..],
            ["on_response_headers", "on_response_body"].as_slice(),
        ),
        (Request::new("HEAD", "/"), b"", &["on_response_headers"]),
    ] {
        let outcome = host(&format!("{}{module}", reply(0))).request(request);
        let response = outcome.response.as_ref().unwrap();
        assert_eq!(response.headers.first("content-length"), Some(&b"2"[..]));
        assert_eq!(response.body, body);
        let callbacks = callbacks(&outcome);
        let of_response: Vec<_> =
            callbacks.iter().filter(|name| name.starts_with("on_response")).copied().collect();
        assert_eq!(of_response, shown);
    }
}

#[test]
fn a_local_reply_is_deferred_and_passes_the_response_callbacks() {
    let module = format!(
        r#"{}
        (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
            (call $note (call $add_header_map_value (i32.const 2)
                (i32.const 1041) (i32.const 1) (i32.const 1043) (i32.const 1)))
            (i32.const 0))"#,
        reply(0).replace("(i32.const 0))", "(call $note (i32.const 9)) (i32.const 0))")
    );
    let outcome = host(&module).request(Request::get("/"));
    // The guest goes on after the call: the reply waits for the end of the callback.
    assert_eq!(said(&outcome.logs), "0 9 0");
    assert_eq!(outcome.status(), Some(401));
    let headers = &outcome.response.as_ref().unwrap().headers;
    assert_eq!(headers.all("k"), [b"v", b"v"]);
    assert_eq!(headers.first("content-length"), Some(&b"2"[..]));
    assert_eq!(headers.first("content-type"), Some(&b"text/plain"[..]));
    assert_eq!(outcome.local_reply().unwrap().headers.len(), 1);
}

#[test]
fn pause_holds_the_stream_and_continue_lets_it_go() {
    let outcome = host(&on_request_headers("(i32.const 1)")).request(Request::get("/"));
    assert_eq!(outcome.verdict, Verdict::Paused);
    assert_eq!((outcome.status(), outcome.upstream.is_some()), (None, false));

    let go_on =
        on_request_headers("(call $note (call $continue_stream (i32.const 0))) (i32.const 1)");
    assert!(host(&go_on).request(Request::get("/")).continued());

    // 2 is ContinueAndEndStream, which Envoy takes for 0; above that is a pause.
    assert!(host(&on_request_headers("(i32.const 2)")).request(Request::get("/")).continued());
    let outcome = host(&on_request_headers("(i32.const 77)")).request(Request::get("/"));
    assert_eq!(outcome.verdict, Verdict::Paused);
}

#[test]
fn a_closed_stream_has_no_response() {
    let close = on_request_headers("(call $note (call $close_stream (i32.const 0))) (i32.const 0)");
    let outcome = host(&close).request(Request::get("/"));
    assert_eq!((outcome.verdict.clone(), outcome.status()), (Verdict::Closed, None));
    assert_eq!(outcome.details(), "wasm_close_stream");
}

#[test]
fn a_local_reply_in_the_response_takes_the_place_of_the_response() {
    let module = reply(0).replace("proxy_on_request_headers", "proxy_on_response_headers");
    let outcome = host(&module).request(Request::get("/"));
    assert_eq!(outcome.status(), Some(401));
    assert!(outcome.local_reply().is_some() && outcome.upstream.is_some());
}

#[test]
fn a_body_can_be_changed_at_its_ends() {
    let with = |start: u32, length: u32| {
        let module = format!(
            r#"(data (i32.const 1024) "XY")
            (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
                (call $note (call $set_buffer_bytes (i32.const 0) (i32.const {start}) (i32.const {length})
                    (i32.const 1024) (i32.const 2)))
                (i32.const 0))"#
        );
        let outcome = host(&module).request(Request::post("/").body("abc"));
        (said(&outcome.logs), String::from_utf8(outcome.upstream.unwrap().body).unwrap())
    };
    let status = |status: &str, body: &str| (status.to_owned(), body.to_owned());
    assert_eq!(with(0, 0), status("0", "XYabc"));
    assert_eq!(with(0, 3), status("0", "XY"));
    assert_eq!(with(0, 99), status("0", "XY"));
    assert_eq!(with(3, 0), status("0", "abcXY"));
    assert_eq!(with(9, 0), status("0", "abcXY"));
    assert_eq!(with(0, 2), status("0", "XYc"));
    assert_eq!(with(1, 1), status("2", "abc"));
}

#[test]
fn buffers_are_read_in_part_and_are_empty_outside_their_phase() {
    let get = |buffer: u32, start: u32, length: i32| {
        format!(
            "(call $note (call $get_buffer_bytes (i32.const {buffer}) (i32.const {start})
                (i32.const {length}) (i32.const 100) (i32.const 104)))
             (call $note (i32.load (i32.const 104)))"
        )
    };
    let module = format!(
        r#"(func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
            {} {} {} {} {} {} (i32.const 0))"#,
        get(0, 1, 99),
        get(0, 9, 1),
        get(1, 0, 9),
        get(7, 0, 9).replace("(call $note (i32.load (i32.const 104)))", ""),
        get(9, 0, 9).replace("(call $note (i32.load (i32.const 104)))", ""),
        get(0, 2, -1).replace("(call $note (i32.load (i32.const 104)))", ""),
    );
    let outcome = host(&module).request(Request::post("/").body("abc"));
    assert_eq!(said(&outcome.logs), "0 2 0 0 0 0 1 2 0");
}

#[test]
fn exchanges_may_overlap() {
    let mut host = host(ALL);
    let Begun::Upstream(first) = host.begin(Request::get("/1")) else { panic!() };
    let Begun::Upstream(second) = host.begin(Request::get("/2")) else { panic!() };
    assert_eq!(first.upstream().headers.first(":path"), Some(&b"/1"[..]));
    let second = host.complete(second, Response::new(202));
    let first = host.complete(first, Response::new(201));
    assert_eq!((first.status(), second.status()), (Some(201), Some(202)));
    assert_eq!(first.upstream_header(":path"), Some(&b"/1"[..]));
    assert_eq!(callbacks(&first).first(), Some(&"on_context_create"));
    assert_eq!(first.callbacks.len(), 6);
}

#[test]
fn an_abandoned_exchange_is_logged_and_deleted() {
    let mut host = host(ALL);
    let Begun::Upstream(pending) = host.begin(Request::get("/")) else { panic!() };
    let outcome = host.abandon(pending);
    assert_eq!((outcome.verdict.clone(), outcome.status()), (Verdict::Closed, None));
    assert_eq!(
        callbacks(&outcome),
        ["on_context_create", "on_request_headers", "on_log", "on_done", "on_delete"]
    );
}

#[test]
fn the_size_of_a_buffer_is_that_of_what_can_be_read() {
    let status = |buffer: u32| {
        format!(
            "(call $note (call $get_buffer_status (i32.const {buffer}) (i32.const 200) (i32.const 204)))
             (call $note (i32.load (i32.const 200)))"
        )
    };
    let module = format!(
        r#"(func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
            {} {} {} (i32.const 0))"#,
        status(0),
        status(1),
        status(9),
    );
    let outcome = host(&module).request(Request::post("/").body("abc"));
    // Three bytes; nothing yet of the response; no such buffer, which changes nothing.
    assert_eq!(said(&outcome.logs), "0 3 0 0 2 0");
}

#[test]
fn a_status_is_cut_to_16_bits_as_in_envoy() {
    for (code, status) in [(403_u32, 403), (65_736, 200), (65_536, 0), (u32::MAX, 65_535)] {
        let reply = format!(
            "(drop (call $send_local_response (i32.const {}) (i32.const 0) (i32.const 0) (i32.const 0)
                (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1))) (i32.const 1)",
            i64::from(code) - if code > 0x7fff_ffff { 1 << 32 } else { 0 }
        );
        let mut host = common::host(&common::on_request_headers(&reply));
        let outcome = host.request(Request::get("/"));
        assert_eq!(outcome.local_reply().unwrap().status, status);
    }
}

#[test]
fn a_reply_that_is_held_is_not_replaced_by_the_response_of_the_upstream() {
    let module = format!(
        r#"(global $stream (mut i32) (i32.const 0))
        (func (export "proxy_on_configure") (param i32 i32) (result i32)
            (drop (call $set_tick_period_milliseconds (i32.const 10))) (i32.const 1))
        {}
        (func (export "proxy_on_tick") (param i32)
            (drop (call $set_effective_context (global.get $stream)))
            (drop (call $send_local_response (i32.const 403) (i32.const 0) (i32.const 0)
                (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1))))
        (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32) (i32.const 1))"#,
        on_request_headers("(global.set $stream (local.get $context)) (i32.const 0)")
    );
    let mut host = host(&module);
    let Begun::Upstream(pending) = host.begin(Request::get("/")) else { panic!() };
    host.tick();
    let outcome = host.complete(pending, Response::new(200));
    assert_eq!((&outcome.verdict, &outcome.response), (&Verdict::Paused, &None));
    assert_eq!(callbacks(&outcome), ["on_request_headers", "on_response_headers"]);
}
