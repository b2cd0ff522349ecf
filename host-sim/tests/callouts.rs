//! Calls to other services over HTTP and gRPC, and foreign functions.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::time::Duration;

use common::{built, data, host, map, on_request_headers, said};
use host_sim::{
    Callout, GrpcAnswer, GrpcStreamAnswer, Headers, Host, HttpAnswer, HttpCall, Profile, Request,
    Response, Status, Verdict,
};

/// Asks `auth` about every request, holds the request, and lets it go on when the answer has
/// status 200 (its fields are `n` numbers of headers, body bytes and trailers).
fn asks() -> String {
    let head = map(&[(":method", "GET"), (":path", "/check"), (":authority", "auth.example")]);
    let trailers = map(&[("x-end", "1")]);
    format!(
        r#"{}{}{}{}
        (global $stream (mut i32) (i32.const 0))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (global.set $stream (local.get 0))
            (call $note (call $http_call (i32.const 1024) (i32.const 4)
                (i32.const 1100) (i32.const {head_size}) (i32.const 1028) (i32.const 4)
                (i32.const 1300) (i32.const {trailers_size}) (i32.const 5000) (i32.const 200)))
            (call $note (i32.load (i32.const 200)))
            (i32.const 1))
        (func (export "proxy_on_http_call_response")
            (param $root i32) (param $call i32) (param $headers i32) (param $body i32) (param $trailers i32)
            (call $note (local.get $root)) (call $note (local.get $call))
            (call $note (local.get $headers)) (call $note (local.get $body)) (call $note (local.get $trailers))
            (if (i32.eqz (local.get $headers)) (then
                (drop (call $get_status (i32.const 200) (i32.const 100) (i32.const 104)))
                (call $note (i32.load (i32.const 200))) (call $say)
                (return)))
            (drop (call $get_header_map_value (i32.const 6) (i32.const 1032) (i32.const 7) (i32.const 100) (i32.const 104)))
            (call $say)
            (drop (call $get_buffer_bytes (i32.const 4) (i32.const 0) (local.get $body) (i32.const 100) (i32.const 104)))
            (call $say)
            (drop (call $set_effective_context (global.get $stream)))
            ;; the stream sees the answer, too, while this callback runs
            (drop (call $get_header_map_value (i32.const 6) (i32.const 1032) (i32.const 7) (i32.const 100) (i32.const 104)))
            (call $say)
            (drop (call $continue_stream (i32.const 0))))
        (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
            (call $note (call $get_header_map_value (i32.const 6) (i32.const 1032) (i32.const 7) (i32.const 100) (i32.const 104)))
            (call $note (call $get_buffer_bytes (i32.const 4) (i32.const 0) (i32.const 9) (i32.const 100) (i32.const 104)))
            (i32.const 0))"#,
        data(1024, "authbody:status"),
        data(1100, &head),
        data(1300, &trailers),
        "",
        head_size = head.len(),
        trailers_size = trailers.len(),
    )
}

fn answered(answer: impl Fn(&HttpCall) -> HttpAnswer + Send + Sync + 'static) -> Host {
    built(&asks(), |builder| builder.on_http_call("auth", answer))
}

#[test]
fn an_answer_lets_a_held_request_go_on() {
    let mut host = answered(|_| Response::new(204).body("hi").into());
    let outcome = host.request(Request::get("/"));
    // OK and id 4; root context 1, call 4, one header, two bytes, no trailers. Later: not any more.
    assert_eq!(said(&outcome.logs), "0 4 1 4 1 2 0 204 hi 204 2 1");
    assert!(outcome.continued());
    assert!(host.callouts().is_empty());
    let [Callout::Http(call)] = &outcome.callouts[..] else { panic!("{outcome:?}") };
    assert_eq!(
        (call.upstream.as_str(), call.headers.first(":path")),
        ("auth", Some(&b"/check"[..]))
    );
    // Ids are not used again.
    assert!(said(&host.request(Request::get("/")).logs).starts_with("0 8"));
}

#[test]
fn a_call_carries_what_the_module_gave() {
    let mut host = host(&asks());
    let stream = host.open(Request::get("/"));
    let [Callout::Http(call)] = &host.callouts()[..] else { panic!() };
    assert_eq!((call.id, call.upstream.as_str(), call.body.as_slice()), (4, "auth", &b"body"[..]));
    assert_eq!(call.headers.first(":path"), Some(&b"/check"[..]));
    // The length is the proxy's doing.
    assert_eq!(call.headers.first("content-length"), Some(&b"4"[..]));
    assert_eq!(call.trailers.first("x-end"), Some(&b"1"[..]));
    assert_eq!(call.timeout, Some(Duration::from_secs(5)));
    assert_eq!(host.close(stream).verdict, Verdict::Paused);
}

#[test]
fn a_test_answers_by_hand() {
    let mut host = host(&asks());
    let stream = host.open(Request::get("/"));
    assert!(host.is_paused(&stream));
    let answer = Response::new(200).header("x", "y").body("ok").trailer("t", "1");
    let activity = host.answer(4, answer);
    assert_eq!(said(&activity.logs), "1 4 2 2 1 200 ok 200 2 1");
    let outcome = host.close(stream);
    assert!(outcome.continued());
    // What was done for the stream is in its outcome, and what the root context did is not.
    assert_eq!(said(&outcome.logs), "0 4 2 1");
    assert!(host.answer(4, Response::new(200)).callbacks.is_empty(), "there is no such call");
}

#[test]
fn a_failure_has_no_headers_and_a_status() {
    let mut host = answered(|_| HttpAnswer::fail());
    let outcome = host.request(Request::get("/"));
    assert_eq!(said(&outcome.logs), "0 4 1 4 0 0 0 ; reset", "`;` is 11, the broken connection");
    assert_eq!(outcome.verdict, Verdict::Paused);
    // An answer without any header looks the same, but for the status.
    let mut host = answered(|_| {
        let mut empty = Response::new(200);
        empty.headers = Headers::new();
        empty.into()
    });
    assert_eq!(said(&host.request(Request::get("/")).logs), "0 4 1 4 0 0 0 0 ");
}

#[test]
fn a_call_that_is_refused_is_told_at_once_and_never_answered() {
    let mut host = answered(|_| HttpAnswer::refuse());
    let outcome = host.request(Request::get("/"));
    assert_eq!(said(&outcome.logs), ": 0", "`:` is 10, an internal failure; the id is 0");
    assert!(host.callouts().is_empty());
}

#[test]
fn an_unknown_service_and_an_incomplete_request_are_refused() {
    let unknown = built(&asks(), |builder| builder.upstream("other")).request(Request::get("/"));
    assert_eq!(said(&unknown.logs), "2 0");
    let mut named = built(&asks(), |builder| builder.upstream("auth"));
    assert_eq!(said(&named.request(Request::get("/")).logs), "0 4");
    let pathless = asks().replace(
        &data(
            1100,
            map(&[(":method", "GET"), (":path", "/check"), (":authority", "auth.example")]),
        ),
        &data(
            1100,
            map(&[(":method", "GET"), ("x-path", "/chec"), (":authority", "auth.example")]),
        ),
    );
    assert_eq!(said(&host(&pathless).request(Request::get("/")).logs), "2 0");
}

#[test]
fn no_answer_is_a_timeout_when_its_time_has_come() {
    for (profile, told) in [
        // In Envoy a timeout is a response.
        (Profile::Envoy, "1 4 3 H 0 504 upstream request timeout 504 2 1"),
        (Profile::Strict, "1 4 0 0 0 ; reset"),
    ] {
        let mut host = built(&asks(), |builder| {
            builder.profile(profile).on_http_call("auth", |_| HttpAnswer::never())
        });
        let stream = host.open(Request::get("/"));
        assert_eq!(said(&host.advance(Duration::from_millis(4_999)).logs), "");
        let activity = host.advance(Duration::from_millis(1));
        assert_eq!(said(&activity.logs), told, "{profile:?}");
        host.close(stream).verdict.name();
    }
}

#[test]
fn an_answer_can_be_late_and_be_too_late() {
    let later = |seconds| {
        move |_: &HttpCall| HttpAnswer::from(Response::new(200)).after(Duration::from_secs(seconds))
    };
    let mut host = answered(later(3));
    assert_eq!(host.request(Request::get("/")).verdict, Verdict::Paused, "no time passes");
    let stream = host.open(Request::get("/"));
    host.advance(Duration::from_secs(3));
    assert!(host.close(stream).continued());
    let mut host = answered(later(6));
    let stream = host.open(Request::get("/"));
    assert!(said(&host.advance(Duration::from_secs(9)).logs).contains("504"));
    assert!(host.callouts().is_empty());
    drop(host.close(stream));
}

#[test]
fn a_module_that_calls_again_in_every_answer_does_not_hang_the_host() {
    let head = map(&[(":method", "GET"), (":path", "/"), (":authority", "a")]);
    let call = format!(
        "(drop (call $http_call (i32.const 1024) (i32.const 4) (i32.const 1100) (i32.const {})
            (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 200)))",
        head.len()
    );
    let body = format!(
        r#"{}{}{}
        (func (export "proxy_on_http_call_response") (param i32 i32 i32 i32 i32) {call})"#,
        data(1024, "auth"),
        data(1100, head),
        on_request_headers(&format!("{call} (i32.const 0)")),
    );
    let mut host = built(&body, |builder| builder.on_http_call("auth", |_| HttpAnswer::fail()));
    assert!(host.request(Request::get("/")).continued());
    assert!(!host.is_dead());
    assert!(!host.advance(Duration::from_secs(60)).callbacks.is_empty());
}

#[test]
fn a_trap_in_an_answer_is_a_503_for_the_held_request() {
    let body = asks().replace("(call $note (local.get $root))", "(unreachable)");
    let mut host = built(&body, |builder| builder.on_http_call("auth", |_| HttpAnswer::fail()));
    let outcome = host.request(Request::get("/"));
    assert_eq!(outcome.trap().unwrap().callback, "proxy_on_http_call_response");
    assert_eq!((outcome.status(), outcome.details()), (Some(503), "wasm_fail_stream".to_owned()));
}

/// The parameters of a gRPC call or stream to `grpc`, `pkg.Service`, `Get`, with metadata.
fn grpc() -> (String, String) {
    let metadata = map(&[("x-key", "k")]);
    let parameters = format!(
        "(i32.const 1024) (i32.const 4) (i32.const 1028) (i32.const 11) (i32.const 1039) (i32.const 3)
         (i32.const 1100) (i32.const {})",
        metadata.len()
    );
    (format!("{}{}", data(1024, "grpcpkg.ServiceGet"), data(1100, metadata)), parameters)
}

/// Says every gRPC callback by a letter, and what there is to read in it.
const ON_GRPC: &str = r#"
    (func $letter (param i32) (i32.store8 (i32.const 0) (local.get 0)) (drop (call $log (i32.const 2) (i32.const 0) (i32.const 1))))
    (func (export "proxy_on_grpc_receive_initial_metadata") (param i32 i32 i32)
        (call $letter (i32.const 105)) (call $note (local.get 1)) (call $note (local.get 2))
        (drop (call $get_header_map_value (i32.const 4) (i32.const 1200) (i32.const 1) (i32.const 100) (i32.const 104))) (call $say))
    (func (export "proxy_on_grpc_receive") (param i32 i32 i32)
        (call $letter (i32.const 109)) (call $note (local.get 1)) (call $note (local.get 2))
        (drop (call $get_buffer_bytes (i32.const 5) (i32.const 0) (local.get 2) (i32.const 100) (i32.const 104))) (call $say))
    (func (export "proxy_on_grpc_receive_trailing_metadata") (param i32 i32 i32)
        (call $letter (i32.const 116)) (call $note (local.get 1)) (call $note (local.get 2))
        (drop (call $get_header_map_value (i32.const 5) (i32.const 1200) (i32.const 1) (i32.const 100) (i32.const 104))) (call $say))
    (func (export "proxy_on_grpc_close") (param i32 i32 i32)
        (call $letter (i32.const 120)) (call $note (local.get 1)) (call $note (local.get 2))
        (drop (call $get_status (i32.const 200) (i32.const 100) (i32.const 104))) (call $note (i32.load (i32.const 200))) (call $say))
    (data (i32.const 1200) "k")
"#;

fn calls_grpc() -> String {
    let (data, parameters) = grpc();
    let call = format!(
        "(call $note (call $grpc_call {parameters} (i32.const 1043) (i32.const 0) (i32.const 1000) (i32.const 200)))
         (call $note (i32.load (i32.const 200))) (i32.const 0)"
    );
    format!("{data}{ON_GRPC}{}", on_request_headers(&call))
}

#[test]
fn a_grpc_call_is_answered_by_a_message_or_closed() {
    let mut host = built(&calls_grpc(), |builder| {
        builder.on_grpc_call("grpc", |call| {
            assert_eq!((call.service.as_str(), call.method.as_str()), ("pkg.Service", "Get"));
            assert_eq!(call.metadata.first("x-key"), Some(&b"k"[..]));
            GrpcAnswer::message("answer")
        })
    });
    assert_eq!(said(&host.request(Request::get("/")).logs), "0 5 m 5 6 answer");
    let mut host = built(&calls_grpc(), |builder| {
        builder.on_grpc_call("grpc", |_| GrpcAnswer::close(14, "unavailable"))
    });
    assert_eq!(
        said(&host.request(Request::get("/")).logs),
        "0 5 x 5 > > unavailable{via_upstream}",
        "`>` is 14"
    );
    let mut host = built(&calls_grpc(), |builder| {
        builder.on_grpc_call("grpc", |_| GrpcAnswer::fail(14, "not reached"))
    });
    assert_eq!(said(&host.request(Request::get("/")).logs), "0 5 x 5 > > not reached");
    let mut host =
        built(&calls_grpc(), |builder| builder.on_grpc_call("grpc", |_| GrpcAnswer::refuse()));
    assert_eq!(said(&host.request(Request::get("/")).logs), ": 0");
    let mut host = built(&calls_grpc(), |builder| builder.upstream("other"));
    assert_eq!(said(&host.request(Request::get("/")).logs), "4 0", "a parse failure, as in Envoy");
}

#[test]
fn a_grpc_call_without_an_answer_runs_out_of_time() {
    let mut host = host(&calls_grpc());
    drop(host.request(Request::get("/")));
    assert_eq!(host.callouts().len(), 1);
    let activity = host.advance(Duration::from_secs(1));
    assert_eq!(said(&activity.logs), "x 5 > > upstream request timeout{response_timeout}");
    assert!(host.callouts().is_empty());
}

fn streams_grpc(then: &str) -> String {
    let (data, parameters) = grpc();
    let call = format!(
        "(call $note (call $grpc_stream {parameters} (i32.const 200)))
         (call $note (i32.load (i32.const 200))) {then} (i32.const 0)"
    );
    format!("{data}{ON_GRPC}{}", on_request_headers(&call))
}

#[test]
fn a_grpc_stream_carries_messages_both_ways() {
    let send =
        "(call $note (call $grpc_send (i32.const 6) (i32.const 1024) (i32.const 4) (i32.const 0)))
        (call $note (call $grpc_send (i32.const 6) (i32.const 1028) (i32.const 3) (i32.const 1)))
        (call $note (call $grpc_send (i32.const 10) (i32.const 1028) (i32.const 3) (i32.const 1)))
        (call $note (call $grpc_send (i32.const 5) (i32.const 1028) (i32.const 3) (i32.const 1)))";
    let mut host = host(&streams_grpc(send));
    let outcome = host.request(Request::get("/"));
    assert_eq!(said(&outcome.logs), "0 6 0 0 1 2", "an unknown stream, and what is none");
    let [Callout::GrpcStream(stream)] = &host.callouts()[..] else { panic!() };
    assert_eq!(
        (stream.sent.clone(), stream.half_closed),
        (vec![b"grpc".to_vec(), b"pkg".to_vec()], true)
    );
    let metadata = |value: &str| [("k", value)].into_iter().collect::<Headers>();
    let said_of = |activity: host_sim::Activity| said(&activity.logs);
    assert_eq!(said_of(host.grpc_initial_metadata(6, metadata("first"))), "i 6 1 first");
    assert_eq!(said_of(host.grpc_message(6, "one")), "m 6 3 one");
    assert_eq!(said_of(host.grpc_message(6, "two!")), "m 6 4 two!");
    assert_eq!(said_of(host.grpc_trailing_metadata(6, metadata("last"))), "t 6 1 last");
    assert_eq!(said_of(host.grpc_close(6, 0, "")), "x 6 0 0 via_upstream");
    assert_eq!(said_of(host.grpc_message(6, "late")), "", "the other side has closed");
}

#[test]
fn a_grpc_stream_is_answered_by_what_was_registered() {
    let metadata = |value: &str| [("k", value)].into_iter().collect::<Headers>();
    let answer = move || {
        GrpcStreamAnswer::new()
            .initial_metadata(metadata("first"))
            .message("one")
            .message("two!")
            .trailing_metadata(metadata("last"))
            .close(9, "closed")
            .message("never")
    };
    let told = "i 6 1 first m 6 3 one m 6 4 two! t 6 1 last x 6 9 9 closed{via_upstream}";
    let open = streams_grpc("");
    let answered = |delay| {
        built(&open, |builder| {
            builder.on_grpc_stream("grpc", move |stream| {
                assert_eq!(
                    (stream.service.as_str(), stream.method.as_str()),
                    ("pkg.Service", "Get")
                );
                answer().after(Duration::from_secs(delay))
            })
        })
    };
    assert_eq!(said(&answered(0).request(Request::get("/")).logs), format!("0 6 {told}"));
    let mut late = answered(2);
    assert_eq!(said(&late.request(Request::get("/")).logs), "0 6");
    assert_eq!(said(&late.advance(Duration::from_secs(1)).logs), "");
    assert_eq!(said(&late.advance(Duration::from_secs(1)).logs), told);

    let cancels = streams_grpc("(call $note (call $grpc_cancel (i32.const 6)))");
    let mut cancels = built(&cancels, |builder| builder.on_grpc_stream("grpc", move |_| answer()));
    assert_eq!(said(&cancels.request(Request::get("/")).logs), "0 6 0", "nothing comes after that");
}

#[test]
fn a_module_closes_and_cancels() {
    let close = "(call $note (call $grpc_close (i32.const 6)))";
    let mut closes = host(&streams_grpc(close));
    assert_eq!(said(&closes.request(Request::get("/")).logs), "0 6 0");
    // Its own side only: the other one can still send, and is gone when it closes, too.
    assert_eq!(said(&closes.grpc_message(6, "x").logs), "m 6 1 x");
    closes.grpc_close(6, 0, "");
    assert!(closes.callouts().is_empty());

    let cancel = "(call $note (call $grpc_cancel (i32.const 6))) (call $note (call $grpc_cancel (i32.const 6)))
        (call $note (call $grpc_cancel (i32.const 4)))";
    let mut cancels = host(&streams_grpc(cancel));
    assert_eq!(said(&cancels.request(Request::get("/")).logs), "0 6 0 1 2");
    assert!(cancels.grpc_message(6, "x").callbacks.is_empty());
}

#[test]
fn a_message_can_be_changed_and_a_call_closed_while_its_callback_runs() {
    let receive = |call: u32| {
        format!(
            r#"(func (export "proxy_on_grpc_receive") (param i32 i32 i32)
            (call $note (call $set_buffer_bytes (i32.const 5) (i32.const 0) (i32.const 3) (i32.const 1024) (i32.const 4)))
            (drop (call $get_buffer_bytes (i32.const 5) (i32.const 0) (i32.const 99) (i32.const 100) (i32.const 104))) (call $say)
            (call $note (call $grpc_close (i32.const {call}))))
        (func (export "proxy_on_grpc_close") (param i32 i32 i32)
            (call $note (call $grpc_close (i32.const {call}))) (call $note (call $grpc_close (i32.const {call}))))"#
        )
    };
    let without_callbacks = |module: String| module.replace(ON_GRPC, "");
    let unary = without_callbacks(calls_grpc()) + &receive(5);
    let mut unary =
        built(&unary, |builder| builder.on_grpc_call("grpc", |_| GrpcAnswer::message("answer")));
    assert_eq!(said(&unary.request(Request::get("/")).logs), "0 5 0 grpcwer 0");
    assert!(unary.callouts().is_empty());

    let stream = without_callbacks(streams_grpc("")) + &receive(6);
    let mut stream = built(&stream, |builder| {
        let answer = || GrpcStreamAnswer::new().message("answer").close(0, "");
        builder.on_grpc_stream("grpc", move |_| answer())
    });
    // Closed in the message; in the close it is still there, once.
    assert_eq!(said(&stream.request(Request::get("/")).logs), "0 6 0 grpcwer 0 0 1");
    assert!(stream.callouts().is_empty());
}

#[test]
fn calls_go_with_their_root_context() {
    let mut host = host(&calls_grpc());
    drop(host.request(Request::get("/")));
    host.configure("").unwrap();
    assert!(host.callouts().is_empty());
}

#[test]
fn a_foreign_function_gives_a_value_a_status_or_is_not_there() {
    let call = |name_size: u32, result_at: u32| {
        format!(
            "(call $note (call $call_foreign_function (i32.const 1024) (i32.const {name_size})
                (i32.const 1030) (i32.const 2) (i32.const {result_at}) (i32.const 104)))
             (call $note (i32.load (i32.const 104)))"
        )
    };
    let body = format!(
        r#"{}{}"#,
        data(1024, "shout!hi"),
        on_request_headers(&format!(
            "{} (call $say) {} {} {} (i32.const 0)",
            call(5, 100),
            call(5, 0),
            call(6, 100),
            call(4, 100),
        ))
    );
    let mut host = built(&body, |builder| {
        builder
            .foreign_function("shout", |arguments| Ok(arguments.to_ascii_uppercase()))
            .foreign_function("shout!", |_| Err(Status::BadArgument))
    });
    let outcome = host.request(Request::get("/"));
    // A module that does not want the value still gets its size; 2 and 1 are the statuses.
    assert_eq!(said(&outcome.logs), "0 2 HI 0 2 2 0 1 0");
}

#[test]
fn a_proxy_calls_the_module_back_for_its_foreign_functions() {
    let body = r#"(func (export "proxy_on_foreign_function") (param i32 i32 i32)
        (call $note (local.get 0)) (call $note (local.get 1)) (call $note (local.get 2))
        (drop (call $get_buffer_bytes (i32.const 8) (i32.const 0) (local.get 2) (i32.const 100) (i32.const 104))) (call $say))"#;
    let activity = host(body).call_foreign_function_callback(7, "resolved");
    assert_eq!(said(&activity.logs), "1 7 8 resolved");
}

#[test]
fn a_call_to_no_service_is_refused() {
    let pairs = common::map(&[(":method", "GET"), (":path", "/"), (":authority", "a")]);
    let call = |size: u32| {
        format!(
            "(call $note (call $http_call (i32.const 1024) (i32.const {size}) (i32.const 2048) (i32.const {})
                (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 200)))",
            pairs.len()
        )
    };
    let body = common::on_request_headers(&format!("{} {} (i32.const 0)", call(0), call(4)));
    let mut host = common::host(&format!("{} {body}", common::data(2048, &pairs)));
    assert_eq!(common::said(&host.request(Request::get("/")).logs), "2 0");
}

/// As in Envoy, which does one after the other when the callback has returned.
#[test]
fn a_request_that_a_module_answers_goes_on_only_where_that_was_asked_before() {
    let head = map(&[(":method", "GET"), (":path", "/"), (":authority", "a")]);
    let reply = "(drop (call $send_local_response (i32.const 403) (i32.const 1024) (i32.const 4)
        (i32.const 1024) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1)))";
    let go_on = "(drop (call $continue_stream (i32.const 0)))";
    for (first, second, reached) in [(reply, go_on, false), (go_on, reply, true)] {
        let body = format!(
            r#"{}{}
            (global $stream (mut i32) (i32.const 0))
            (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
                (global.set $stream (local.get 0))
                (drop (call $http_call (i32.const 1024) (i32.const 4) (i32.const 1100) (i32.const {})
                    (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 200)))
                (i32.const 1))
            (func (export "proxy_on_http_call_response") (param i32 i32 i32 i32 i32)
                (drop (call $set_effective_context (global.get $stream))) {first} {second})"#,
            data(1024, "auth"),
            data(1100, &head),
            head.len(),
        );
        let mut host =
            built(&body, |builder| builder.on_http_call("auth", |_| HttpAnswer::unreachable()));
        let outcome = host.request(Request::get("/"));
        assert_eq!(outcome.status(), Some(403), "{first}");
        assert_eq!(outcome.upstream.is_some(), reached, "{first}");
    }
}

#[test]
fn a_service_that_is_down_is_a_503_of_the_proxy() {
    let mut host = answered(|_| HttpAnswer::unreachable());
    let outcome = host.request(Request::get("/"));
    let said: Vec<String> = outcome.logs.iter().map(|line| line.text().into_owned()).collect();
    assert!(said.iter().any(|line| line.contains("upstream connect error")), "{said:?}");
    assert!(said.iter().any(|line| line.contains("503")), "{said:?}");
}
