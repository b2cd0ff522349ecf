//! Bodies in pieces, trailers, pauses that something later ends.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{built, callbacks, data, host, map, on_request_headers, said};
use host_sim::{Headers, Request, Response, Verdict};

/// Says the size and the end of every piece of the request, and returns the next of `actions`.
fn on_body(actions: &[u32]) -> String {
    let actions: Vec<u8> = actions.iter().map(|action| u8::try_from(*action).unwrap()).collect();
    format!(
        r#"{}
        (global $piece (mut i32) (i32.const 0))
        (func (export "proxy_on_request_body") (param $id i32) (param $size i32) (param $end i32) (result i32)
            (call $note (local.get $size)) (call $note (local.get $end))
            (global.set $piece (i32.add (global.get $piece) (i32.const 1)))
            (i32.load8_u (i32.add (i32.const 1999) (global.get $piece))))"#,
        data(2000, actions)
    )
}

fn in_pieces() -> Request {
    Request::post("/").chunk("ab").chunk("cde").chunk("f")
}

const TRAILERS: &str = r#"
    (func (export "proxy_on_request_trailers") (param i32 i32) (result i32)
        (call $note (local.get 1)) (i32.const 0))
    (func (export "proxy_on_response_trailers") (param i32 i32) (result i32)
        (call $note (local.get 1)) (i32.const 0))
"#;

#[test]
fn every_piece_comes_by_itself() {
    let outcome = host(&on_body(&[0, 0, 0])).request(in_pieces());
    assert_eq!(said(&outcome.logs), "2 0 3 0 1 1");
    assert_eq!(outcome.upstream.unwrap().body, b"abcdef");
}

#[test]
fn a_piece_comes_after_the_body_that_was_there() {
    let request = Request::post("/").body("ab").chunk("cde");
    let outcome = host(&on_body(&[0, 0])).request(request);
    assert_eq!(said(&outcome.logs), "2 0 3 1");
}

#[test]
fn pieces_that_are_held_are_shown_again_together() {
    let outcome = host(&on_body(&[1, 1, 0])).request(in_pieces());
    assert_eq!(said(&outcome.logs), "2 0 5 0 6 1");
    assert_eq!(outcome.upstream.unwrap().body, b"abcdef");
}

#[test]
fn what_is_held_with_a_watermark_is_not_shown_again() {
    let outcome = host(&on_body(&[2, 2, 0])).request(in_pieces());
    assert_eq!(said(&outcome.logs), "2 0 3 0 1 1");
    assert_eq!(outcome.upstream.unwrap().body, b"abcdef");
}

#[test]
fn what_is_stopped_without_a_buffer_is_lost() {
    let outcome = host(&on_body(&[3, 0, 0])).request(in_pieces());
    assert_eq!(outcome.upstream.unwrap().body, b"cdef");
}

#[test]
fn a_body_that_is_held_to_the_end_is_a_pause_and_its_headers_have_passed() {
    let outcome = host(&on_body(&[0, 1, 1])).request(in_pieces());
    assert_eq!((outcome.verdict, outcome.response), (Verdict::Paused, None));
    assert_eq!(outcome.upstream.unwrap().body, b"ab");
}

#[test]
fn trailers_come_last_and_pass() {
    let request = in_pieces().trailer("x-sum", "6").answered_by(
        Response::new(200).chunk("a").chunk("b").trailer("x-end", "1").trailer("x", "y"),
    );
    let outcome = host(&format!("{}{TRAILERS}", on_body(&[0, 0, 0]))).request(request);
    // The last piece is not the end where trailers follow.
    assert_eq!(said(&outcome.logs), "2 0 3 0 1 0 1 2");
    assert_eq!(outcome.upstream.unwrap().trailers.first("x-sum"), Some(&b"6"[..]));
    assert_eq!(outcome.response.unwrap().trailers.len(), 2);
    assert_eq!(outcome.verdict, Verdict::Continued);
}

#[test]
fn trailers_are_read_and_changed_in_their_callback_only() {
    let get = "(call $note (call $get_header_map_value (i32.const 1) (i32.const 1024) (i32.const 5) (i32.const 100) (i32.const 104)))";
    let body = format!(
        r#"{}
        (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32) {get} (i32.const 0))
        (func (export "proxy_on_request_trailers") (param i32 i32) (result i32)
            {get} (call $say)
            (call $note (call $replace_header_map_value (i32.const 1) (i32.const 1024) (i32.const 5) (i32.const 1030) (i32.const 3)))
            (i32.const 0))
        (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32) {get} (i32.const 0))
        (func (export "proxy_on_log") (param i32) {get})"#,
        data(1024, "x-sum.new")
    );
    let outcome = host(&body).request(Request::post("/").body("a").trailer("x-sum", "1"));
    // Not yet (2), now (0), not any more (2); the access log has no request trailers (1).
    assert_eq!(said(&outcome.logs), "2 0 1 0 2 1");
    assert_eq!(outcome.upstream.unwrap().trailers.first("x-sum"), Some(&b"new"[..]));
}

#[test]
fn trailers_can_be_made_in_the_callback_for_the_last_piece() {
    let add = "(call $note (call $add_header_map_value (i32.const 1) (i32.const 1024) (i32.const 5) (i32.const 1030) (i32.const 3)))";
    let body = format!(
        r#"{}
        (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32) {add} (i32.const 0))"#,
        data(1024, "x-sum.new")
    );
    let outcome = host(&body).request(Request::post("/").chunk("a").chunk("b"));
    assert_eq!(said(&outcome.logs), "2 0");
    assert_eq!(outcome.upstream.unwrap().trailers.first("x-sum"), Some(&b"new"[..]));
}

/// Holds the request's headers until a tick.
const HOLD: &str = r#"
    (global $stream (mut i32) (i32.const 0))
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (global.set $stream (local.get 0)) (i32.const 1))
    (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
        (call $note (local.get 1)) (i32.const 0))
    (func (export "proxy_on_configure") (param i32 i32) (result i32)
        (drop (call $set_tick_period_milliseconds (i32.const 100))) (i32.const 1))
    (func (export "proxy_on_tick") (param i32)
        (drop (call $set_effective_context (global.get $stream)))
        (call $note (call $continue_stream (i32.const 0))))
"#;

#[test]
fn a_pause_in_the_headers_holds_the_body_too_until_the_stream_goes_on() {
    let mut host = host(HOLD);
    let stream = host.open(Request::post("/").chunk("ab"));
    assert!(host.is_paused(&stream));
    assert_eq!(host.upstream_of(&stream), None);
    let activity = host.tick();
    assert_eq!(said(&activity.logs), "0 2");
    assert!(!host.is_paused(&stream) && host.is_over(&stream));
    let outcome = host.close(stream);
    assert!(outcome.continued());
    assert_eq!(outcome.upstream.unwrap().body, b"ab");
}

#[test]
fn envoy_can_be_set_to_show_the_body_of_headers_that_are_held() {
    let body = r#"
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (i32.const 1))
        (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
            (call $note (local.get 1)) (i32.const 0))"#;
    let held = host(body).request(Request::post("/").body("abc"));
    assert_eq!((said(&held.logs).as_str(), held.verdict), ("", Verdict::Paused));
    let mut host = built(body, |builder| builder.allow_on_headers_stop_iteration(true));
    let outcome = host.request(Request::post("/").body("abc"));
    assert_eq!(said(&outcome.logs), "3");
    assert!(outcome.continued());
}

#[test]
fn a_stream_is_sent_and_answered_part_by_part() {
    let mut host = host(&format!("{}{TRAILERS}", on_body(&[0, 0, 0])));
    let stream = host.open(Request::post("/").unfinished().unanswered());
    host.send_request_data(&stream, "ab");
    assert_eq!(host.upstream_of(&stream).unwrap().body, b"ab");
    host.send_request_data(&stream, "c");
    host.end_request(&stream);
    host.respond(&stream, Response::new(200).unfinished());
    host.send_response_data(&stream, "de");
    assert_eq!(host.response_of(&stream).unwrap().body, b"de");
    assert!(!host.is_over(&stream));
    host.end_response_with_trailers(&stream, [("x-end", "1")].into_iter().collect::<Headers>());
    let outcome = host.close(stream);
    // The end of the request comes as an empty piece.
    assert_eq!(said(&outcome.logs), "2 0 1 0 0 1 1");
    assert_eq!(outcome.response.as_ref().unwrap().trailers.first("x-end"), Some(&b"1"[..]));
    assert!(outcome.continued());
}

#[test]
fn a_stream_that_nobody_finishes_is_closed() {
    let mut host = host(TRAILERS);
    let stream = host.open(Request::post("/").unfinished());
    let outcome = host.close(stream);
    assert_eq!((outcome.verdict.clone(), outcome.response.is_none()), (Verdict::Closed, true));
    assert!(outcome.upstream.is_some(), "the headers had passed");
    let stream = host.open(Request::get("/").unanswered());
    assert_eq!(host.reset(stream).verdict, Verdict::Closed);
}

#[test]
fn a_reply_to_a_body_comes_when_the_upstream_has_the_headers() {
    let body = r#"(func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
        (drop (call $send_local_response (i32.const 413) (i32.const 0) (i32.const 0) (i32.const 0)
            (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1))) (i32.const 0))"#;
    let outcome = host(body).request(in_pieces());
    assert_eq!(outcome.status(), Some(413));
    assert_eq!(callbacks(&outcome), ["on_request_body"], "and the rest is not shown");
    assert_eq!(outcome.upstream.unwrap().body, b"");
}

#[test]
fn a_reply_that_comes_after_the_response_has_begun_closes_the_stream() {
    let body = r#"(func (export "proxy_on_response_body") (param i32 i32 i32) (result i32)
        (drop (call $send_local_response (i32.const 500) (i32.const 0) (i32.const 0) (i32.const 0)
            (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1))) (i32.const 0))"#;
    let outcome = host(body).request(Request::get("/").answered_by(Response::new(200).body("x")));
    assert_eq!(outcome.verdict, Verdict::Closed);
    assert_eq!(outcome.status(), Some(200), "which the client has got already");
}

#[test]
fn a_response_is_held_and_goes_on_like_a_request() {
    let body = r#"
        (global $stream (mut i32) (i32.const 0))
        (func (export "proxy_on_configure") (param i32 i32) (result i32)
            (drop (call $set_tick_period_milliseconds (i32.const 100))) (i32.const 1))
        (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
            (global.set $stream (local.get 0)) (i32.const 1))
        (func (export "proxy_on_tick") (param i32)
            (drop (call $set_effective_context (global.get $stream)))
            (call $note (call $continue_stream (i32.const 1))))"#;
    let mut host = host(body);
    let stream = host.open(Request::get("/").answered_by(Response::new(200).body("x")));
    assert!(host.is_paused(&stream));
    host.tick();
    let outcome = host.close(stream);
    assert!(outcome.continued());
    assert_eq!(outcome.response.unwrap().body, b"x");
}

#[test]
fn a_held_stream_is_closed_and_replied_to_from_elsewhere() {
    for (call, verdict) in [
        ("(call $close_stream (i32.const 0))", "closed"),
        (
            "(call $send_local_response (i32.const 403) (i32.const 0) (i32.const 0) (i32.const 0)
                (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1))",
            "local_reply",
        ),
    ] {
        let body = HOLD.replace("(call $continue_stream (i32.const 0))", call);
        let mut host = host(&body);
        let stream = host.open(Request::get("/"));
        host.tick();
        assert_eq!(host.close(stream).verdict.name(), verdict);
    }
}

#[test]
fn a_map_handed_over_in_the_tests_has_the_form_of_the_specification() {
    assert_eq!(map(&[("k", "vw")]), b"\x01\0\0\0\x01\0\0\0\x02\0\0\0k\0vw\0");
}

/// By what another stream brings about as by a tick.
#[test]
fn what_a_stream_does_because_of_another_one_is_told_of_both() {
    let body = format!(
        r#"(global $held (mut i32) (i32.const 0))
        {}
        (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
            (call $note (local.get 0)) (i32.const 0))"#,
        on_request_headers(
            "(if (i32.eqz (global.get $held)) (then
                (global.set $held (local.get $context)) (return (i32.const 1))))
             (drop (call $set_effective_context (global.get $held)))
             (drop (call $continue_stream (i32.const 0)))
             (i32.const 0)"
        )
    );
    let mut host = host(&body);
    let held = host.open(Request::get("/"));
    let other = host.request(Request::get("/"));
    assert_eq!(said(&other.logs), "3 2");
    let held = host.close(held);
    assert!(held.continued());
    assert_eq!(said(&held.logs), "2");
    assert_eq!(callbacks(&held), ["on_request_headers", "on_response_headers"]);
    assert_eq!(held.cost.entries, 2);
}

#[test]
fn a_message_begins_with_its_headers_and_ends_once() {
    let bodies = |direction: &str| {
        format!(
            r#"(func (export "proxy_on_{direction}_body") (param i32 i32 i32) (result i32)
                (call $note (local.get 1)) (call $note (local.get 2)) (i32.const 0))"#
        )
    };
    let mut host = host(&format!("{}{}{TRAILERS}", bodies("request"), bodies("response")));
    let trailers = || Headers::from_iter([("x-t", "1")]);
    let stream = host.open(Request::post("/").chunk("ab").unfinished().unanswered());
    for _ in 0..2 {
        host.end_request(&stream);
    }
    host.send_request_data(&stream, "late");
    host.end_request_with_trailers(&stream, trailers());
    host.send_response_data(&stream, "early");
    host.end_response(&stream);
    host.respond(&stream, Response::new(200).chunk("cde").trailer("x-t", "1"));
    host.end_response(&stream);
    host.send_response_data(&stream, "late");
    host.end_response_with_trailers(&stream, trailers());
    let outcome = host.close(stream);
    assert_eq!(said(&outcome.logs), "2 0 0 1 3 0 1");
    let upstream = outcome.upstream.unwrap();
    assert_eq!((&upstream.body[..], upstream.trailers.len()), (&b"ab"[..], 0));
    assert_eq!(outcome.response.unwrap().body, b"cde");
}
