//! In what the simulated proxies differ: one test for each difference of `docs/profiles.md`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::time::Duration;

use common::{built, callbacks, data, map, on_request_headers, said};
use host_sim::{
    Connect, GrpcAnswer, Host, HttpAnswer, Metric, Outcome, Profile, Request, Response, TrapCause,
    Verdict,
};

const ALL: [Profile; 4] = [Profile::Envoy, Profile::Gcp, Profile::Nginx, Profile::Strict];

fn with(profile: Profile, body: &str) -> Host {
    built(body, |builder| builder.profile(profile))
}

/// What a module says that runs `body` on request headers, in each of the profiles.
fn each(body: &str, request: &Request) -> [String; 4] {
    each_module(&on_request_headers(&format!("{body} (i32.const 0)")), request)
}

fn each_module(module: &str, request: &Request) -> [String; 4] {
    ALL.map(|profile| tell(&with(profile, module).request(request.clone())))
}

/// What was said, or that the module trapped.
fn tell(outcome: &Outcome) -> String {
    match outcome.trap() {
        Some(trap) => format!("trap {}", trap.message),
        None => said(&outcome.logs),
    }
}

const GET: &str = "(call $note (call $get_header_map_value (i32.const 0) (i32.const 1024) (i32.const 3) (i32.const 100) (i32.const 104)))";
const PAIRS: &str =
    "(call $note (call $get_header_map_pairs (i32.const 0) (i32.const 100) (i32.const 104)))";

#[test]
fn repeated_headers() {
    let body = format!("{} {GET} (call $say)", "");
    let module = format!(
        "{}{}",
        data(1024, "x-a"),
        on_request_headers(&format!("{body} (call $note (local.get $count)) (i32.const 0)"))
    );
    let request = Request::get("/").header("x-a", "1").header("x-a", "2");
    assert_eq!(each_module(&module, &request), ["0 1 6", "0 1, 2 5", "0 1 6", "0 1 6"]);
}

#[test]
fn maps_that_are_not_there_now() {
    let module = format!(
        r#"{}(func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
            {GET} {PAIRS} (call $note (i32.gt_u (i32.load (i32.const 104)) (i32.const 0))) (i32.const 0))"#,
        data(1024, "x-a")
    );
    let request = Request::get("/").header("x-a", "1");
    // 2 is a bad argument; in nginx what has come stays readable.
    assert_eq!(each_module(&module, &request), ["2 0 0", "2 2 0", "0 0 1", "2 2 0"]);
}

#[test]
fn the_size_of_a_map() {
    let body = "(call $note (call $get_header_map_size (i32.const 0) (i32.const 200)))
        (call $note (i32.load (i32.const 200)))";
    let mut request = Request::get("/").header("k", "vw");
    for name in [":authority", ":scheme", ":path"] {
        request = request.without_header(name);
    }
    // `:method` `GET` `k` `vw`: 13 bytes, 2 entries, 37 bytes serialized.
    let nginx = "trap `proxy_get_header_map_size` is not there in the simulated proxy, which `--profile` chooses";
    assert_eq!(each(body, &request), ["0 =", "0 2", nginx, "0 U"]);
}

#[test]
fn limits_of_pairs() {
    let pairs = vec![("k", "v"); 1_025];
    let wire = map(&pairs);
    let body = format!(
        "(call $note (call $set_header_map_pairs (i32.const 0) (i32.const 4096) (i32.const {})))",
        wire.len()
    );
    let module =
        format!("{}{}", data(4096, wire), on_request_headers(&format!("{body} (i32.const 0)")));
    let left = ALL.map(|profile| {
        with(profile, &module).request(Request::get("/")).upstream_headers().unwrap().len()
    });
    assert_eq!(left, [0, 0, 1_025, 1_025]);
}

#[test]
fn whether_headers_tell_the_end() {
    let body = "(call $note (local.get $end))";
    assert_eq!(each(body, &Request::get("/")), ["1", "0", "0", "1"]);
}

#[test]
fn bodies_outside_their_callback() {
    let body = "(call $note (call $get_buffer_bytes (i32.const 1) (i32.const 0) (i32.const 9) (i32.const 100) (i32.const 104)))";
    let nginx = "trap a body can only be read and changed in its own callback";
    assert_eq!(each(body, &Request::get("/")), ["0", "1", nginx, "1"]);
}

#[test]
fn which_part_of_a_body_can_be_replaced() {
    let module = format!(
        r#"{}(func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
            (call $note (call $set_buffer_bytes (i32.const 0) (i32.const 1) (i32.const 1) (i32.const 1024) (i32.const 2)))
            (i32.const 0))"#,
        data(1024, "XY")
    );
    let bodies = ALL.map(|profile| {
        let outcome = with(profile, &module).request(Request::post("/").body("abc"));
        String::from_utf8(outcome.upstream.unwrap().body).unwrap()
    });
    assert_eq!(bodies, ["abc", "aXYc", "aXYc", "aXYc"]);
}

#[test]
fn when_configurations_can_be_read() {
    let read = |buffer: u32| {
        format!(
            "(call $note (call $get_buffer_bytes (i32.const {buffer}) (i32.const 0) (i32.const 9) (i32.const 100) (i32.const 104)))"
        )
    };
    let body = format!("{}{}", read(6), read(7));
    // The VM's configuration, and the plugin's.
    assert_eq!(each(&body, &Request::get("/")), ["0 1", "1 0", "1 1", "1 1"]);
}

#[test]
fn actions_that_only_envoy_knows() {
    let verdicts = |action: u32| {
        ALL.map(|profile| {
            let module = on_request_headers(&format!("(i32.const {action})"));
            with(profile, &module).request(Request::get("/")).verdict.name()
        })
    };
    assert_eq!(verdicts(2), ["continued", "continued", "paused", "paused"]);
    assert_eq!(verdicts(1), ["paused"; 4]);
}

#[test]
fn where_a_local_reply_goes() {
    let module = format!(
        r#"{}(func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32) (i32.const 0))"#,
        on_request_headers(
            "(call $note (call $send_local_response (i32.const 403) (i32.const 0) (i32.const 0) (i32.const 0)
                (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1))) (i32.const 0)"
        )
    );
    let seen = ALL.map(|profile| {
        let outcome = with(profile, &module).request(Request::get("/"));
        assert_eq!(outcome.status(), Some(403));
        callbacks(&outcome).contains(&"on_response_headers")
    });
    assert_eq!(seen, [true, false, true, true]);
}

#[test]
fn the_action_is_ignored_after_a_local_reply() {
    for profile in ALL {
        for action in [0, 1] {
            let module = on_request_headers(&format!(
                "(drop (call $send_local_response (i32.const 403) (i32.const 0) (i32.const 0) (i32.const 0)
                    (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1))) (i32.const {action})"
            ));
            assert_eq!(with(profile, &module).request(Request::get("/")).status(), Some(403));
        }
    }
}

#[test]
fn counters() {
    let module = format!(
        r#"{}{}"#,
        data(1024, "hits"),
        on_request_headers(
            "(call $note (call $define_metric (i32.const 0) (i32.const 1024) (i32.const 4) (i32.const 200)))
             (call $note (call $increment_metric (i32.load (i32.const 200)) (i64.const 2)))
             (call $note (call $increment_metric (i32.load (i32.const 200)) (i64.const 0)))
             (call $note (call $record_metric (i32.load (i32.const 200)) (i64.const 5))) (i32.const 0)"
        )
    );
    let ended = ALL.map(|profile| {
        let mut host = with(profile, &module);
        let told = tell(&host.request(Request::get("/")));
        (told, host.metric("hits"))
    });
    let counter = |value| Some(Metric::Counter(value));
    assert_eq!(ended[0], ("0 0 2 0".to_owned(), counter(7)));
    assert_eq!(ended[1], ("< < < <".to_owned(), None), "`<` is 12, unimplemented");
    assert_eq!(ended[2], ("trap a counter cannot be recorded".to_owned(), counter(2)));
    assert_eq!(ended[3], ("0 0 0 0".to_owned(), counter(5)));
}

#[test]
fn functions_that_are_missing() {
    let calls = [
        "(call $note (call $set_tick_period_milliseconds (i32.const 5)))",
        "(call $note (call $set_shared_data (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 0)))",
        "(call $note (call $register_shared_queue (i32.const 0) (i32.const 1) (i32.const 200)))",
        "(call $note (call $set_property (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))",
        "(call $note (call $continue_stream (i32.const 0)))",
    ];
    assert_eq!(
        each(&calls.concat(), &Request::get("/")),
        ["0 0 0 0 0", "< < < < <", "0 0 0 0 0", "0 0 0 0 0"]
    );
    for call in [
        "(call $get_log_level (i32.const 200))",
        "(call $done)",
        "(call $close_stream (i32.const 0))",
        "(call $grpc_cancel (i32.const 1))",
        "(call $get_status (i32.const 200) (i32.const 204) (i32.const 208))",
    ] {
        let module = on_request_headers(&format!("(drop {call}) (i32.const 0)"));
        let traps = ALL.map(|profile| {
            let outcome = with(profile, &module).request(Request::get("/"));
            outcome.trap().is_some_and(|trap| trap.cause == TrapCause::Other)
        });
        assert_eq!(traps, [false, false, true, false], "{call}");
    }
}

#[test]
fn callbacks_that_are_never_entered() {
    let module = r#"
        (func (export "proxy_on_request_trailers") (param i32 i32) (result i32) (i32.const 0))
        (func (export "proxy_on_log") (param i32))
        (func (export "proxy_on_new_connection") (param i32) (result i32) (i32.const 0))"#;
    let entered = ALL.map(|profile| {
        let mut host = with(profile, module);
        let outcome = host.request(Request::post("/").body("a").trailer("x", "y"));
        let connection = host.connect(Connect::from("192.0.2.1:1".parse().unwrap()));
        let connected = host.disconnect(connection);
        (
            callbacks(&outcome).join(" "),
            connected.callbacks.len() - usize::from(profile != Profile::Gcp),
        )
    });
    assert_eq!(
        entered,
        [
            ("on_request_trailers on_log".to_owned(), 1),
            (String::new(), 0),
            ("on_log".to_owned(), 0),
            ("on_request_trailers on_log".to_owned(), 1),
        ]
    );
}

#[test]
fn memory() {
    let grow = |pages: u32| {
        format!("(call $note (i32.eq (memory.grow (i32.const {pages})) (i32.const -1)))")
    };
    // 4 pages are there; 256 are 16 MiB.
    let body = format!("{}{}", grow(252), grow(1));
    assert_eq!(each(&body, &Request::get("/")), ["0 0", "0 1", "0 0", "0 0"]);
    let mut limited =
        built(&on_request_headers(&format!("{} (i32.const 0)", grow(1))), |builder| {
            builder.profile(Profile::Gcp).memory_limit(4 << 16)
        });
    assert_eq!(said(&limited.request(Request::get("/")).logs), "1", "a limit can still be set");
}

#[test]
fn the_clock() {
    let body = "(drop (call $get_current_time_nanoseconds (i32.const 200)))
        (call $note (i64.eq (i64.load (i32.const 200)) (i64.const 1000000)))";
    assert_eq!(each(body, &Request::get("/")), ["0", "1", "0", "0"]);

    // A time that was set for one case of a file is not that of the next.
    let body = on_request_headers(
        "(drop (call $get_current_time_nanoseconds (i32.const 200)))
         (call $note (i64.eq (i64.load (i32.const 200)) (i64.const 1000000))) (i32.const 0)",
    );
    for (profile, stands) in [(Profile::Gcp, "1"), (Profile::Envoy, "0")] {
        let mut host = with(profile, &body);
        host.set_time(std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(7));
        host.use_wall_clock();
        assert_eq!(tell(&host.request(Request::get("/"))), stands, "{profile:?}");
    }
}

#[test]
fn properties() {
    let property = |path: &str| {
        format!(
            "{}{}",
            data(1024, path.replace('.', "\0")),
            on_request_headers(&format!(
                "(call $note (call $get_property (i32.const 1024) (i32.const {}) (i32.const 100) (i32.const 104)))
                 (call $say) (i32.const 0)",
                path.len()
            ))
        )
    };
    let request = Request::get("/").source_address("192.0.2.1:1234".parse().unwrap());
    let address = each_module(&property("source.address"), &request);
    assert_eq!(address, ["0 192.0.2.1:1234", "1 ", "0 192.0.2.1", "0 192.0.2.1:1234"]);
    let port = each_module(&property("source.port"), &request);
    let encoded = format!("0 {}", String::from_utf8_lossy(&1_234_i64.to_le_bytes()));
    assert_eq!(port, [encoded.clone(), "1 ".to_owned(), "0 1234".to_owned(), encoded]);
    let mtls = each_module(&property("connection.mtls"), &request);
    assert_eq!(mtls, ["0 \0", "1 ", "0 false", "0 \0"]);
    // What the caller sets is there everywhere.
    let given = request.property("source.address", "here");
    assert_eq!(each_module(&property("source.address"), &given), ["0 here"; 4]);
}

#[test]
fn expressions() {
    let call = |name: &str, arguments: &str| {
        let at = 1024
            + 32 * ["expr_create", "expr_evaluate"].iter().position(|one| *one == name).unwrap();
        format!(
            "(call $note (call $call_foreign_function (i32.const {at}) (i32.const {}) {arguments} (i32.const 100) (i32.const 104)))",
            name.len()
        )
    };
    let evaluated = |expression: &str| {
        let module = format!(
            "{}{}{}{}",
            data(1024, "expr_create"),
            data(1056, "expr_evaluate"),
            data(1100, expression),
            on_request_headers(&format!(
                "{} {} (call $say) (i32.const 0)",
                call("expr_create", &format!("(i32.const 1100) (i32.const {})", expression.len())),
                call("expr_evaluate", "(i32.const 1200) (i32.const 4)"),
            ))
        );
        each_module(&module, &Request::get("/path"))
    };
    assert_eq!(evaluated("'own'"), ["0 0 own", "< < ", "1 1 ", "1 1 "]);
    assert_eq!(evaluated("request.path")[0], "0 0 /path");
    assert_eq!(evaluated("request.nothing")[0], "0 : ", "cannot be evaluated");
    assert_eq!(evaluated("(")[0], "2 1 ", "not made, so not there");
}

#[test]
fn timeouts() {
    let head = map(&[(":method", "GET"), (":path", "/"), (":authority", "a")]);
    let module = format!(
        r#"{}{}{}
        (func (export "proxy_on_http_call_response") (param i32 i32 i32 i32 i32) (call $note (local.get 2)))"#,
        data(1024, "auth"),
        data(1100, &head),
        on_request_headers(&format!(
            "(call $note (call $http_call (i32.const 1024) (i32.const 4) (i32.const 1100) (i32.const {})
                (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 10) (i32.const 200)))
             (i32.const 0)",
            head.len()
        ))
    );
    let told = ALL.map(|profile| {
        let mut host = built(&module, |builder| {
            builder.profile(profile).on_http_call("auth", |_| HttpAnswer::never())
        });
        let called = said(&host.request(Request::get("/")).logs);
        let activity = host.advance(Duration::from_secs(1));
        format!("{called} {}", said(&activity.logs))
    });
    // `:status`, `content-length` and `content-type` in Envoy; no headers elsewhere.
    assert_eq!(told, ["0 3", "< ", "0 0", "0 0"]);
}

/// Calls `auth` by gRPC on request headers, and says with which status and text that ended.
fn calls_grpc() -> String {
    format!(
        r#"{}{}
        (func (export "proxy_on_grpc_close") (param i32 i32 i32) (call $note (local.get 2))
            (drop (call $get_status (i32.const 200) (i32.const 100) (i32.const 104))) (call $say))"#,
        data(1024, "auth"),
        on_request_headers(
            "(drop (call $grpc_call (i32.const 1024) (i32.const 4) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
                (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 10) (i32.const 200)))
             (i32.const 0)"
        )
    )
}

/// How a gRPC call ends in Envoy and in `strict`: the others have none.
fn ends(answer: &GrpcAnswer) -> [String; 2] {
    [Profile::Envoy, Profile::Strict].map(|profile| {
        let answer = answer.clone();
        let mut host = built(&calls_grpc(), |builder| {
            builder.profile(profile).on_grpc_call("auth", move |_| answer.clone())
        });
        let called = said(&host.request(Request::get("/")).logs);
        called + &said(&host.advance(Duration::from_secs(1)).logs)
    })
}

#[test]
fn timeouts_of_grpc_calls() {
    // `>` is 14.
    let envoy = "> upstream request timeout{response_timeout}";
    assert_eq!(ends(&GrpcAnswer::never()), [envoy, "4 upstream request timeout"]);
}

#[test]
fn the_text_of_a_grpc_status() {
    let closed = ends(&GrpcAnswer::close(7, "no entry"));
    assert_eq!(closed, ["7 no entry{via_upstream}", "7 no entry"]);
    assert_eq!(ends(&GrpcAnswer::close(7, "")), ["7 via_upstream", "7 "]);
    assert_eq!(ends(&GrpcAnswer::fail(7, "no way")), ["7 no way", "7 no way"]);
}

#[test]
fn the_farewell_of_a_stream() {
    let module = r#"
        (func (export "proxy_on_log") (param i32))
        (func (export "proxy_on_done") (param i32) (result i32) (i32.const 1))
        (func (export "proxy_on_delete") (param i32))"#;
    let order =
        ALL.map(|profile| callbacks(&with(profile, module).request(Request::get("/"))).join(" "));
    assert_eq!(
        order,
        [
            "on_log on_done on_delete",
            "on_done on_delete",
            "on_log on_done on_delete",
            "on_done on_log on_delete",
        ]
    );
}

/// `proxy_on_done` returns false; in the next tick `proxy_done` is called for the stream.
const NOT_DONE: &str = r#"
    (func (export "proxy_on_context_create") (param i32 i32)
        (drop (call $set_tick_period_milliseconds (i32.const 10))))
    (func (export "proxy_on_tick") (param i32)
        (drop (call $set_effective_context (i32.const 2))) (drop (call $done)))
    (func (export "proxy_on_log") (param i32))
    (func (export "proxy_on_done") (param i32) (result i32) (i32.const 0))
    (func (export "proxy_on_delete") (param i32))"#;

#[test]
fn what_waits_for_proxy_done() {
    let ends = [Profile::Envoy, Profile::Strict].map(|profile| {
        let mut host = with(profile, NOT_DONE);
        let ended = callbacks(&host.request(Request::get("/"))).join(" ");
        let later: Vec<_> = host.tick().callbacks.iter().map(|callback| callback.name).collect();
        format!("{ended}; {}", later.join(" "))
    });
    assert_eq!(
        ends,
        [
            "on_context_create on_log on_done on_delete; proxy_on_tick",
            "on_context_create on_done; proxy_on_tick proxy_on_log proxy_on_delete",
        ]
    );
    // Root contexts wait everywhere: see `lifecycle`.
    for profile in ALL {
        let mut host = with(profile, NOT_DONE);
        host.configure("").unwrap();
        assert_eq!(host.root_contexts(), 2, "{profile:?}");
    }
}

#[test]
fn whether_root_contexts_log() {
    let module = r#"
        (func (export "proxy_on_log") (param i32))
        (func (export "proxy_on_delete") (param i32))"#;
    let left = ALL.map(|profile| {
        let mut host = with(profile, module);
        let names = host.configure("").unwrap().callbacks;
        names.iter().map(|callback| callback.name).collect::<Vec<_>>().join(" ")
    });
    let deleted = "proxy_on_delete";
    assert_eq!(left, [deleted, deleted, deleted, "proxy_on_log proxy_on_delete"]);
}

#[test]
fn which_allocator() {
    let module = format!(
        r#"{}
        (func (export "malloc") (param i32) (result i32) (i32.const 5000))
        (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 6000))
        {}"#,
        data(1024, "x-a"),
        on_request_headers(&format!(
            "{GET} (call $note (i32.eq (i32.load (i32.const 100)) (i32.const 5000))) (i32.const 0)"
        ))
    );
    let request = Request::get("/").header("x-a", "1");
    assert_eq!(each_module(&module, &request), ["0 1", "0 1", "0 1", "0 0"]);
}

#[test]
fn the_upstreams_side_of_a_connection() {
    let module = r#"(func (export "proxy_on_upstream_data") (param i32 i32 i32) (result i32)
        (call $note (call $continue_stream (i32.const 3))) (i32.const 1))"#;
    let told = [Profile::Envoy, Profile::Strict].map(|profile| {
        let mut host = with(profile, module);
        let connection = host.connect(Connect::from("192.0.2.1:1".parse().unwrap()));
        host.send_upstream(&connection, "x");
        let outcome = host.disconnect(connection);
        (said(&outcome.logs), outcome.to_client)
    });
    assert_eq!(told, [("<".to_owned(), vec![]), ("0".to_owned(), b"x".to_vec())]);
}

#[test]
fn failure_policies_are_the_same_everywhere() {
    let module = on_request_headers("(unreachable)");
    for profile in ALL {
        let mut host = with(profile, &module);
        assert_eq!(host.request(Request::get("/")).status(), Some(503), "{profile:?}");
        assert_eq!(host.request(Request::get("/")).verdict, Verdict::Unavailable);
        drop(Response::new(200));
    }
}
