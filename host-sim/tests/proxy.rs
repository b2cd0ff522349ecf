//! Properties, clock, metrics, shared data, queues, contexts, WASI, cost.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::time::{Duration, UNIX_EPOCH};

use common::{IMPORTS, compile, host, module, on_request_headers, said, text};
use host_sim::{Host, Level, Metric, PropertyValue, Request, Response};

/// Gets a property and says its status and value.
fn property(path: &str) -> String {
    let wire = path.replace('.', "\\00");
    let body = format!(
        "(call $note (call $get_property (i32.const 1024) (i32.const {}) (i32.const 100) (i32.const 104)))
         (call $say) (i32.const 0)",
        path.len()
    );
    format!("(data (i32.const 1024) \"{wire}\") {}", on_request_headers(&body))
}

fn get(path: &str, request: Request) -> (String, Vec<u8>) {
    let outcome = host(&property(path)).request(request);
    (outcome.logs[0].text().into_owned(), outcome.logs[1].message.clone())
}

fn found(value: impl AsRef<[u8]>) -> (String, Vec<u8>) {
    ("0".to_owned(), value.as_ref().to_vec())
}

#[test]
fn properties_of_a_request_have_envoys_encodings() {
    let request = || {
        Request::post("/orders?id=7")
            .authority("api.example.com")
            .header("x-a", "1")
            .header("x-a", "2")
            .body("abc")
            .source_address("[2001:db8::1]:1234".parse().unwrap())
    };
    assert_eq!(get("source.address", request()), found("[2001:db8::1]:1234"));
    assert_eq!(get("source.port", request()), found(1234_i64.to_le_bytes()));
    assert_eq!(get("request.path", request()), found("/orders?id=7"));
    assert_eq!(get("request.url_path", request()), found("/orders"));
    assert_eq!(get("request.query", request()), found("id=7"));
    assert_eq!(get("request.host", request()), found("api.example.com"));
    assert_eq!(get("request.method", request()), found("POST"));
    assert_eq!(get("request.size", request()), found(0_i64.to_le_bytes()), "no body yet");
    let announced = |length: &str| request().header("content-length", length);
    assert_eq!(get("request.size", announced("10")), found(10_i64.to_le_bytes()));
    assert_eq!(get("request.size", announced("ten")).0, "1");
    assert_eq!(get("request.headers.x-a", request()), found("1,2"));
    assert_eq!(get("connection_id", request()), found(1_u64.to_le_bytes()));
    assert_eq!(get("connection.mtls", request()), found([0]));
    assert_eq!(get("request.nonsense", request()).0, "1");
    assert_eq!(get("xds.route_name", request()).0, "1");
    assert_eq!(get("", request()).0, "3");
    // A zero byte behind the last name, as the C++ SDK gives it.
    assert_eq!(get("request.path.", request()), found("/orders?id=7"));
    assert_eq!(get("request", request()).0, "3", "a group has no value");
    assert_eq!(get("request.trailers", request()).0, "1");
    assert_eq!(get("response.trailers", request()), found([0; 4]));
}

#[test]
fn what_follows_from_headers_is_there_while_they_can_be_read() {
    let body = "(call $note (call $get_property (i32.const 1024) (i32.const 12) (i32.const 100) (i32.const 104)))";
    let callback = |name: &str, parameters: &str, result: &str, end: &str| {
        format!("(func (export \"proxy_on_{name}\") (param {parameters}) {result} {body} {end})")
    };
    let continued = "(i32.const 0)";
    let module = [
        callback("context_create", "i32 i32", "", ""),
        callback("request_headers", "i32 i32 i32", "(result i32)", continued),
        callback("request_body", "i32 i32 i32", "(result i32)", continued),
        callback("response_headers", "i32 i32 i32", "(result i32)", continued),
        callback("log", "i32", "", ""),
        callback("done", "i32", "(result i32)", "(i32.const 1)"),
    ];
    let module = format!("(data (i32.const 1024) \"request\\00path\") {}", module.join("\n"));
    let outcome = host(&module).request(Request::post("/").body("abc"));
    assert_eq!(said(&outcome.logs), "1 0 1 1 0 1", "in the request's headers and in the log");
}

#[test]
fn properties_are_set_by_the_caller() {
    let request = Request::get("/")
        .property("source.address", PropertyValue::Absent)
        .property("xds.route_name", "orders")
        .property("request.size", 5_u64);
    assert_eq!(get("source.address", request.clone()).0, "1");
    assert_eq!(get("xds.route_name", request.clone()), found("orders"));
    assert_eq!(get("request.size", request), found(5_u64.to_le_bytes()));

    let module = module(&property("plugin_name"));
    let outcome =
        Host::builder(&module).plugin_name("p").start().unwrap().request(Request::get("/"));
    assert_eq!(said(&outcome.logs), "0 p");
    let outcome = Host::builder(&common::module(&property("node.id")))
        .property("node.id", "n1")
        .start()
        .unwrap()
        .request(Request::get("/"));
    assert_eq!(said(&outcome.logs), "0 n1");
}

#[test]
fn a_property_set_by_the_module_is_filter_state() {
    let set = r#"(call $note (call $set_property (i32.const 1024) (i32.const 6) (i32.const 1030) (i32.const 4)))"#;
    let module = format!(
        r#"(data (i32.const 1024) "clientacme")
        (func (export "proxy_on_configure") (param i32 i32) (result i32) {set} (i32.const 1))
        {}"#,
        on_request_headers(&format!(
            "{set} (call $note (call $get_property (i32.const 1024) (i32.const 6) (i32.const 100) (i32.const 104)))
             (call $say) (i32.const 0)"
        ))
    );
    let mut host = host(&module);
    assert_eq!(said(&host.start_activity().logs), "1", "there is no stream to keep it");
    let outcome = host.request(Request::get("/"));
    assert_eq!(said(&outcome.logs), "0 0 acme");
    assert_eq!(outcome.filter_state("client"), Some(&b"acme"[..]));
}

#[test]
fn the_clock_is_the_callers_for_the_abi_and_for_wasi() {
    let body = text(&on_request_headers(
        "(drop (call $get_current_time_nanoseconds (i32.const 200)))
         (drop (call $clock (i32.const 0) (i64.const 0) (i32.const 208)))
         (drop (call $log (i32.const 2) (i32.const 200) (i32.const 16)))
         (call $note (call $clock (i32.const 2) (i64.const 0) (i32.const 208))) (i32.const 0)",
    ));
    let import = r#"(import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32))) (import"#;
    let mut host =
        Host::builder(&compile(&body.replacen("(import", import, 1)).unwrap()).start().unwrap();
    host.set_time(UNIX_EPOCH + Duration::from_nanos(0x0102));
    let outcome = host.request(Request::get("/"));
    assert_eq!(outcome.logs[0].message, [2, 1, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0]);
    assert_eq!(outcome.logs[1].text(), char::from(b'0' + 58).to_string());
    host.use_wall_clock();
    let outcome = host.request(Request::get("/"));
    let now = u64::from_le_bytes(outcome.logs[0].message[..8].try_into().unwrap());
    assert!(now > 1_700_000_000_000_000_000);
}

#[test]
fn metrics_follow_envoys_rules() {
    let module = format!(
        r#"(data (i32.const 1024) "hits")
        {}"#,
        on_request_headers(
            "(drop (call $define_metric (i32.const 0) (i32.const 1024) (i32.const 4) (i32.const 100)))
             (call $note (call $record_metric (i32.load (i32.const 100)) (i64.const 5)))
             (call $note (call $record_metric (i32.load (i32.const 100)) (i64.const 5)))
             (call $note (call $increment_metric (i32.load (i32.const 100)) (i64.const 0)))
             (call $note (call $get_metric (i32.load (i32.const 100)) (i32.const 104)))
             (call $note (i32.load (i32.const 104)))
             (call $note (call $define_metric (i32.const 3) (i32.const 1024) (i32.const 4) (i32.const 100)))
             (i32.const 0)"
        )
    );
    let mut host = host(&module);
    assert_eq!(said(&host.request(Request::get("/")).logs), "0 0 2 0 : 2");
    assert_eq!(host.metric("hits"), Some(Metric::Counter(10)));
    assert_eq!(host.metrics().len(), 1);
}

#[test]
fn shared_data_is_kept_between_streams() {
    let module = format!(
        r#"(data (i32.const 1024) "keyvalue")
        {}"#,
        on_request_headers(
            "(call $note (call $get_shared_data (i32.const 1024) (i32.const 3) (i32.const 100) (i32.const 104) (i32.const 108)))
             (call $note (call $set_shared_data (i32.const 1024) (i32.const 3) (i32.const 1027) (i32.const 5) (i32.load (i32.const 108))))
             (call $note (call $set_shared_data (i32.const 1024) (i32.const 3) (i32.const 1027) (i32.const 5) (i32.const 999)))
             (i32.const 0)"
        )
    );
    let mut host = host(&module);
    assert_eq!(said(&host.request(Request::get("/")).logs), "1 0 8");
    assert_eq!(said(&host.request(Request::get("/")).logs), "0 0 8");
    assert_eq!(host.shared_data("key"), Some(b"value".to_vec()));
}

#[test]
fn queues_tell_the_root_context_after_the_stream() {
    let module = format!(
        r#"(data (i32.const 1024) "qitem")
        (func (export "proxy_on_configure") (param i32 i32) (result i32)
            (drop (call $register_shared_queue (i32.const 1024) (i32.const 1) (i32.const 100))) (i32.const 1))
        (func (export "proxy_on_queue_ready") (param $root i32) (param $queue i32)
            (call $note (local.get $root))
            (call $note (call $dequeue_shared_queue (local.get $queue) (i32.const 100) (i32.const 104))) (call $say)
            (call $note (call $dequeue_shared_queue (local.get $queue) (i32.const 100) (i32.const 104))))
        {}"#,
        on_request_headers(
            "(call $note (call $resolve_shared_queue (i32.const 0) (i32.const 0) (i32.const 1024) (i32.const 1) (i32.const 200)))
             (call $note (call $enqueue_shared_queue (i32.load (i32.const 200)) (i32.const 1025) (i32.const 4)))
             (call $note (call $enqueue_shared_queue (i32.const 99) (i32.const 1025) (i32.const 4)))
             (i32.const 0)"
        )
    );
    let outcome = host(&module).request(Request::get("/"));
    assert_eq!(said(&outcome.logs), "0 0 1 1 0 item 7");
    assert_eq!(outcome.cost.entries, 2);
}

#[test]
fn the_effective_context_is_the_one_acted_for() {
    let module = format!(
        r#"(data (i32.const 1024) "kv") {}"#,
        on_request_headers(
            "(call $note (call $set_effective_context (i32.const 99)))
             (call $note (call $set_effective_context (i32.const 1)))
             (call $note (call $set_property (i32.const 1024) (i32.const 1) (i32.const 1025) (i32.const 1)))
             (call $note (call $set_effective_context (local.get $context)))
             (call $note (call $set_property (i32.const 1024) (i32.const 1) (i32.const 1025) (i32.const 1)))
             (i32.const 0)"
        )
    );
    let outcome = host(&module).request(Request::get("/"));
    assert_eq!(said(&outcome.logs), "2 0 1 0 0");
}

#[test]
fn all_39_functions_link_and_wasi_in_both_its_names() {
    assert_eq!(IMPORTS.len(), 39);
    let wasi = ["wasi_snapshot_preview1", "wasi_unstable"].map(|module| {
        let function = |name: &str, parameters: &str, result: &str| {
            format!("(import \"{module}\" \"{name}\" (func (param {parameters}) {result}))")
        };
        [
            function("fd_write", "i32 i32 i32 i32", "(result i32)"),
            function("proc_exit", "i32", ""),
            function("poll_oneoff", "i32 i32 i32 i32", "(result i32)"),
            function("path_open", "i32 i32 i32 i32 i32 i64 i64 i32 i32", "(result i32)"),
            function("fd_seek", "i32 i64 i32 i32", "(result i32)"),
            function("fd_fdstat_get", "i32 i32", "(result i32)"),
            function("sock_recv", "i32 i32 i32 i32 i32 i32", "(result i32)"),
        ]
        .concat()
    });
    let text = text("").replacen("(import", &format!("{} (import", wasi.concat()), 1);
    assert!(Host::builder(&compile(&text).unwrap()).start().is_ok());
}

#[test]
fn wasi_output_is_logged_and_randomness_repeats_with_a_seed() {
    let imports = r#"(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "environ_get" (func $environment (param i32 i32) (result i32))) (import"#;
    let body = text(&format!(
        r#"(data (i32.const 1024) "\10\04\00\00\03\00\00\00\13\04\00\00\02\00\00\00ab\ncd\0a")
        {}"#,
        on_request_headers(
            "(call $note (call $write (i32.const 1) (i32.const 1024) (i32.const 2) (i32.const 100)))
             (call $note (i32.load (i32.const 100)))
             (call $note (call $write (i32.const 2) (i32.const 1032) (i32.const 1) (i32.const 100)))
             (call $note (call $write (i32.const 3) (i32.const 1024) (i32.const 2) (i32.const 100)))
             (call $note (call $write (i32.const 1) (i32.const -4) (i32.const 2) (i32.const 100)))
             (call $note (call $random (i32.const 200) (i32.const 8)))
             (drop (call $log (i32.const 0) (i32.const 200) (i32.const 8)))
             (call $note (call $random (i32.const 200) (i32.const 65537)))
             (drop (call $sizes (i32.const 300) (i32.const 304)))
             (drop (call $environment (i32.const 308) (i32.const 312)))
             (drop (call $log (i32.const 0) (i32.load (i32.const 308)) (i32.load (i32.const 304))))
             (i32.const 0)"
        )
    ));
    let module = compile(&body.replacen("(import", imports, 1)).unwrap();
    let run = |seed| {
        let host = Host::builder(&module).random_seed(seed).environment("A", "b").start();
        host.unwrap().request(Request::get("/")).logs
    };
    let logs = run(1);
    assert_eq!((logs[0].level, logs[0].text().as_ref()), (Level::Info, "ab\ncd"));
    assert_eq!((logs[3].level, logs[3].text().as_ref()), (Level::Error, "cd"));
    assert_eq!(said(&logs[1..3]), "0 5");
    assert_eq!(said(&logs[4..8]), "0 8 E 0", "E is 21, a fault");
    assert_eq!(logs[9].text(), "L", "28, invalid");
    assert_eq!(logs[10].text(), "A=b\0");
    assert_eq!(logs[8], run(1)[8]);
    assert_ne!(logs[8], run(2)[8]);
}

#[test]
fn cost_counts_entries_calls_bytes_and_allocations() {
    let body = r#"(data (i32.const 1024) "x-a")
        (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
            (drop (call $log (i32.const 2) (i32.const 1024) (i32.const 3))) (i32.const 0))"#;
    let body = format!(
        "{body} {}",
        on_request_headers(
            "(drop (call $get_header_map_value (i32.const 0) (i32.const 1024) (i32.const 3) (i32.const 100) (i32.const 104)))
             (drop (call $remove_header_map_value (i32.const 0) (i32.const 1024) (i32.const 3)))
             (drop (call $get_header_map_value (i32.const 0) (i32.const 1024) (i32.const 3) (i32.const 100) (i32.const 104)))
             (i32.const 0)"
        )
    );
    let module = module(&body);
    let request = || Request::get("/").header("x-a", "12345");
    let outcome = Host::builder(&module).fuel(true).timed(true).start().unwrap().request(request());
    let cost = &outcome.cost;
    assert_eq!(cost.entries, 2);
    assert_eq!(cost.host_calls("proxy_get_header_map_value"), 2);
    assert_eq!((cost.data_calls(), cost.plain_calls(), cost.all_calls()), (1, 3, 4));
    assert_eq!((cost.allocations, cost.bytes_in, cost.bytes_out), (1, 5, 12));
    assert!(cost.fuel > 0 && cost.nanoseconds > 0);
    assert_eq!(outcome.memory_pages, 4);
    assert_eq!(outcome.callbacks[1].cost.host_calls("proxy_log"), 1);

    let again = Host::builder(&module).fuel(true).start().unwrap().request(request());
    assert_eq!(again.cost.fuel, cost.fuel, "fuel is the same in every run");
    let without = Host::builder(&module).start().unwrap().request(request());
    assert_eq!((without.cost.fuel, without.cost.nanoseconds), (0, 0));
}

#[test]
fn hosts_are_independent_and_can_be_sent_to_threads() {
    let module = module(&on_request_headers("(call $note (i32.const 1)) (i32.const 0)"));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let mut host = Host::builder(&module).start().unwrap();
            scope.spawn(move || {
                for _ in 0..100 {
                    let request = Request::get("/").answered_by(Response::new(204));
                    assert_eq!(said(&host.request(request).logs), "1");
                }
            });
        }
    });
}

#[test]
fn the_log_level_is_told_and_every_line_kept() {
    let body = on_request_headers(
        "(call $note (call $get_log_level (i32.const 200))) (call $note (i32.load (i32.const 200)))
         (drop (call $log (i32.const 0) (i32.const 1024) (i32.const 0)))
         (call $note (call $log (i32.const 6) (i32.const 1024) (i32.const 0))) (i32.const 0)",
    );
    let mut host = Host::builder(&module(&body)).log_level(Level::Error).start().unwrap();
    let outcome = host.request(Request::get("/"));
    assert_eq!(said(&outcome.logs), "0 4  2");
    assert_eq!(outcome.logs[2].level, Level::Trace);
}

#[test]
fn outcomes_tell_what_changed_in_headers_and_which_calls_were_made() {
    let body = format!(
        "{}{}",
        common::data(1024, "x-ax-bx-cnew"),
        on_request_headers(
            "(drop (call $replace_header_map_value (i32.const 0) (i32.const 1024) (i32.const 3) (i32.const 1033) (i32.const 3)))
             (drop (call $remove_header_map_value (i32.const 0) (i32.const 1027) (i32.const 3)))
             (drop (call $add_header_map_value (i32.const 0) (i32.const 1030) (i32.const 3) (i32.const 1033) (i32.const 3)))
             (i32.const 0)"
        )
    );
    let outcome = host(&body)
        .request(Request::get("/").header("x-a", "1").header("x-a", "2").header("x-b", "3"));
    let changes = &outcome.request_changes;
    assert_eq!(changes.added.first("x-c"), Some(&b"new"[..]));
    assert_eq!(changes.removed.first("x-b"), Some(&b"3"[..]));
    let [replaced] = &changes.replaced[..] else { panic!("{changes:?}") };
    assert_eq!(replaced.name, b"x-a");
    assert_eq!(replaced.before, [b"1", b"2"]);
    assert_eq!(replaced.after, [b"new"]);
    assert!(outcome.response_changes.are_none());
    assert!(outcome.callouts.is_empty());
}

/// As Envoy has them: when the access log is written, and not before.
#[test]
fn how_long_a_request_took_is_known_at_its_end() {
    // The status and the number of bytes.
    let (found, missing) = (["0", "8"], ["1", "0"]);
    for (path, of_upstream, of_reply) in
        [("request.duration", found, found), ("response.backend_latency", found, missing)]
    {
        for (reply, at_the_end) in [(false, of_upstream), (true, of_reply)] {
            let get = format!(
                "(call $note (call $get_property (i32.const 1024) (i32.const {}) (i32.const 100) (i32.const 104)))
                 (call $note (i32.load (i32.const 104)))",
                path.len()
            );
            let answer = if reply {
                "(drop (call $send_local_response (i32.const 403) (i32.const 0) (i32.const 0) (i32.const 0)
                    (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1)))"
            } else {
                ""
            };
            let body = format!(
                r#"(data (i32.const 1024) "{}") (func (export "proxy_on_log") (param i32) {get}) {}"#,
                path.replace('.', "\\00"),
                on_request_headers(&format!("{get} {answer} (i32.const {})", u8::from(reply)))
            );
            let logs = host(&body).request(Request::get("/")).logs;
            let expected = ["1", "0"].into_iter().chain(at_the_end);
            let said: Vec<_> = logs.iter().map(|line| line.text().into_owned()).collect();
            assert_eq!(said, expected.collect::<Vec<_>>(), "{path}, reply {reply}");
        }
    }
}
