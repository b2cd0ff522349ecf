//! What a module can take of the host: memory and tables of its own, and what is kept for it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use common::{built, compile, data, on_request_headers, said, text};
use host_sim::{GrpcAnswer, GrpcStreamAnswer, Host, Profile, Request, TrapCause};

/// Runs `call` again and again until the callback ends, with a number at 1024 that is never the
/// same, in a module with little memory of its own.
fn endless(call: &str) -> String {
    let body = format!(
        "(loop $again
            (i32.store (i32.const 1024) (i32.add (i32.const 1) (i32.load (i32.const 1024))))
            (drop {call})
            (br $again))
         (i32.const 0)"
    );
    data(2048, common::map(&[(":method", "GET"), (":path", "/"), (":authority", "a")]))
        + &on_request_headers(&body)
}

#[test]
fn what_the_host_keeps_for_a_module_has_a_limit() {
    let calls = [
        ("log", "(call $log (i32.const 2) (i32.const 1024) (i32.const 131072))"),
        ("short log", "(call $log (i32.const 2) (i32.const 1024) (i32.const 0))"),
        (
            "headers",
            "(call $add_header_map_value (i32.const 0) (i32.const 1024) (i32.const 4) (i32.const 1024) (i32.const 131072))",
        ),
        (
            "filter state",
            "(call $set_property (i32.const 1024) (i32.const 4) (i32.const 1024) (i32.const 131072))",
        ),
        (
            "shared data",
            "(call $set_shared_data (i32.const 1024) (i32.const 4) (i32.const 1024) (i32.const 131072) (i32.const 0))",
        ),
        (
            "metrics",
            "(call $define_metric (i32.const 0) (i32.const 1024) (i32.const 131072) (i32.const 200))",
        ),
        (
            "calls",
            "(call $http_call (i32.const 1024) (i32.const 4) (i32.const 2048) (i32.const 61) (i32.const 1024) (i32.const 131072) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 200))",
        ),
        (
            "names of gRPC calls",
            "(call $grpc_call (i32.const 1024) (i32.const 4) (i32.const 1024) (i32.const 131072) (i32.const 1024) (i32.const 131072) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 200))",
        ),
        (
            "names of gRPC streams",
            "(call $grpc_stream (i32.const 1024) (i32.const 4) (i32.const 1024) (i32.const 131072) (i32.const 1024) (i32.const 131072) (i32.const 0) (i32.const 0) (i32.const 200))",
        ),
    ];
    for (what, call) in calls {
        let mut host = built(&endless(call), |builder| {
            builder.memory_limit(1 << 20).deadline(Duration::from_secs(60))
        });
        let outcome = host.request(Request::get("/"));
        let trap = outcome.trap().unwrap();
        assert_eq!(trap.cause, TrapCause::HostMemory, "{what}: {trap}");
        assert!(trap.message.starts_with("used too much of the host's memory: "), "{trap}");
    }
}

/// What is set again and again is kept once, and what is over is not kept.
#[test]
fn what_is_not_kept_does_not_count() {
    let body = on_request_headers(
        "(local $left i32)
         (local.set $left (i32.const 300))
         (loop $again
            (drop (call $set_shared_data (i32.const 1024) (i32.const 4)
                (i32.const 1024) (i32.const 131072) (i32.const 0)))
            (local.set $left (i32.sub (local.get $left) (i32.const 1)))
            (br_if $again (local.get $left)))
         (drop (call $log (i32.const 2) (i32.const 1024) (i32.const 131072)))
         (i32.const 0)",
    );
    let mut host = built(&body, |builder| builder.memory_limit(1 << 20));
    for _ in 0..20 {
        assert!(host.request(Request::get("/")).continued());
    }
}

/// What is beyond the limit is not even copied: nobody is asked, and nothing is set.
#[test]
fn a_single_call_copies_no_more_than_what_is_kept() {
    const PAGES: u32 = 1600;
    let calls = [
        (
            "slices that overlap",
            "(call $grpc_call (i32.const 1024) (i32.const 4) (i32.const 0) (i32.const 104857600) (i32.const 0) (i32.const 104857600) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 104857600) (i32.const 0) (i32.const 200))",
        ),
        (
            "text that is none",
            "(memory.fill (i32.const 65536) (i32.const 0xff) (i32.const 104000000))
             (call $grpc_stream (i32.const 1024) (i32.const 4) (i32.const 65536) (i32.const 104000000) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 200))",
        ),
        (
            "pairs without bytes",
            "(i32.store (i32.const 2048) (i32.const 5000000))
             (call $http_call (i32.const 1024) (i32.const 4) (i32.const 2048) (i32.const 50000004) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 200))",
        ),
    ];
    for (what, call) in calls {
        let (instructions, call) = call.rsplit_once('\n').unwrap_or(("", call));
        let body = data(1024, "auth")
            + &on_request_headers(&format!("{instructions} (drop {call}) (i32.const 0)"));
        let text = text(&body).replace("\"memory\") 4)", &format!("\"memory\") {PAGES})"));
        let asked = Arc::new(AtomicBool::new(false));
        let (by_call, by_stream) = (Arc::clone(&asked), Arc::clone(&asked));
        let mut host = Host::builder(&compile(&text).unwrap())
            .profile(Profile::Strict)
            .memory_limit(128 << 20)
            .on_grpc_call("auth", move |_| {
                by_call.store(true, Ordering::Relaxed);
                GrpcAnswer::never()
            })
            .on_grpc_stream("auth", move |_| {
                by_stream.store(true, Ordering::Relaxed);
                GrpcStreamAnswer::new()
            })
            .start()
            .unwrap();
        let outcome = host.request(Request::get("/"));
        assert_eq!(outcome.trap().map(|trap| trap.cause), Some(TrapCause::HostMemory), "{what}");
        assert!(!asked.load(Ordering::Relaxed), "{what}");
    }
}

#[test]
fn vectors_that_overlap_are_summed_before_they_are_copied() {
    let import = r#"(import "wasi_snapshot_preview1" "fd_write"
        (func $write (param i32 i32 i32 i32) (result i32))) (import"#;
    let body = on_request_headers(
        "(local $at i32)
         (loop $again
            (i32.store offset=4 (local.get $at) (i32.const 0x20000))
            (local.set $at (i32.add (local.get $at) (i32.const 8)))
            (br_if $again (i32.lt_u (local.get $at) (i32.const 0x30000))))
         (drop (call $write (i32.const 1) (i32.const 0) (i32.const 24576) (i32.const 0)))
         (i32.const 0)",
    );
    let module = compile(&text(&body).replacen("(import", import, 1)).unwrap();
    let mut host = Host::builder(&module).memory_limit(1 << 20).start().unwrap();
    let outcome = host.request(Request::get("/"));
    assert_eq!(outcome.trap().map(|trap| trap.cause), Some(TrapCause::HostMemory));
}

#[test]
fn memories_and_tables_count_together() {
    // 16 MiB are 256 pages; four are those that every test module has.
    let memories = |pages: u32| format!("(memory {pages}) (memory {pages})");
    let start = |body: &str| Host::builder(&common::module(body)).profile(Profile::Gcp).start();
    assert!(start(&memories(126)).is_ok());
    assert!(start(&memories(127)).is_err());
    assert!(start("(table 5000000 funcref) (table 5000000 funcref)").is_ok());
    assert!(start("(table 5000000 funcref) (table 5000001 funcref)").is_err());
    let grows = on_request_headers(
        "(call $note (i32.add (i32.const 2) (table.grow $table (ref.null func) (i32.const 10000000))))
         (call $note (i32.add (i32.const 2) (table.grow $table (ref.null func) (i32.const 1))))
         (i32.const 0)",
    );
    let mut host = common::host(&format!("(table $table 1 funcref) {grows}"));
    assert_eq!(said(&host.request(Request::get("/")).logs), "1 3");
}

/// Header names that are all another, and pseudo headers, in one call: a host that looks through
/// all of them for each would take minutes.
#[test]
fn very_many_headers_take_no_time() {
    let pairs: Vec<(String, &str)> = (0..100_000)
        .map(|number| (format!("{}{number}", if number % 2 == 0 { ":" } else { "x" }), ""))
        .collect();
    let pairs: Vec<(&str, &str)> =
        pairs.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let wire = common::map(&pairs);
    let body = format!(
        r#"{} (data (i32.const 200) "request\00headers") {}"#,
        data(262_144, &wire),
        on_request_headers(&format!(
            "(drop (call $set_header_map_pairs (i32.const 0) (i32.const 262144) (i32.const {})))
             (drop (call $get_property (i32.const 200) (i32.const 15) (i32.const 100) (i32.const 104)))
             (i32.const 0)",
            wire.len()
        ))
    );
    let text =
        text(&body).replace("(memory (export \"memory\") 4)", "(memory (export \"memory\") 300)");
    let text = text.replace(
        "(i32.const 65536))\n        (func (export \"proxy_abi",
        "(i32.const 9000000))\n        (func (export \"proxy_abi",
    );
    let mut host =
        Host::builder(&compile(&text).unwrap()).profile(Profile::Strict).start().unwrap();
    let begun = Instant::now();
    let outcome = host.request(Request::get("/"));
    assert!(outcome.continued(), "{:?}", outcome.trap());
    assert_eq!(outcome.upstream_headers().unwrap().len(), 100_000);
    assert_eq!(outcome.request_changes.added.len(), 100_000);
    // It takes a fraction of a second; the other way it took more than a minute.
    assert!(begun.elapsed() < Duration::from_secs(20));
}
