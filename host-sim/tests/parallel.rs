//! The same scenarios in any order on many threads have the same results: there is no state
//! outside a host.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::time::Duration;

use common::{data, map, module, on_request_headers, said};
use host_sim::{FailurePolicy, Host, HttpAnswer, Module, Profile, Request, Response};

const THREADS: usize = 200;

/// Everything that is numbered or counted somewhere: contexts, metrics, queues, calls, data, time.
fn busy() -> Module {
    let head = map(&[(":method", "GET"), (":path", "/"), (":authority", "a")]);
    module(&format!(
        r#"{}{}
        (global $metric (mut i32) (i32.const 0))
        (func (export "proxy_on_context_create") (param i32 i32) (call $note (local.get 0)))
        (func (export "proxy_on_configure") (param i32 i32) (result i32)
            (drop (call $define_metric (i32.const 0) (i32.const 1024) (i32.const 4) (i32.const 200)))
            (global.set $metric (i32.load (i32.const 200))) (call $note (global.get $metric))
            (drop (call $register_shared_queue (i32.const 1024) (i32.const 1) (i32.const 204)))
            (drop (call $set_tick_period_milliseconds (i32.const 10)))
            (i32.const 1))
        (func (export "proxy_on_queue_ready") (param i32 i32)
            (drop (call $dequeue_shared_queue (local.get 1) (i32.const 100) (i32.const 104))) (call $say))
        (func (export "proxy_on_tick") (param i32) (drop (call $increment_metric (global.get $metric) (i64.const 1))))
        (func (export "proxy_on_http_call_response") (param i32 i32 i32 i32 i32) (call $note (local.get 1)) (call $note (local.get 3)))
        {}"#,
        data(1024, "authkey"),
        data(1100, &head),
        on_request_headers(&format!(
            "(drop (call $increment_metric (global.get $metric) (i64.const 1)))
             (call $note (call $get_shared_data (i32.const 1028) (i32.const 3) (i32.const 100) (i32.const 104) (i32.const 108)))
             (drop (call $set_shared_data (i32.const 1028) (i32.const 3) (i32.const 1024) (i32.const 4) (i32.const 0)))
             (drop (call $enqueue_shared_queue (i32.load (i32.const 204)) (i32.const 1024) (i32.const 7)))
             (drop (call $http_call (i32.const 1024) (i32.const 4) (i32.const 1100) (i32.const {})
                (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 10) (i32.const 200)))
             (if (i32.eq (local.get $count) (i32.const 5)) (then (unreachable)))
             (i32.const 0)",
            head.len()
        ))
    ))
}

/// What a scenario came to, in words.
type Scenario = fn(&Module) -> String;

fn scenarios() -> Vec<Scenario> {
    vec![
        |module| {
            let mut host = Host::builder(module).start().unwrap();
            let one = said(&host.request(Request::get("/")).logs);
            let two = said(&host.request(Request::get("/")).logs);
            format!("{one}; {two}; {:?}", host.metrics())
        },
        |module| {
            let builder = Host::builder(module)
                .on_http_call("auth", |_| HttpAnswer::respond(Response::new(200).body("ok")));
            let mut host = builder.start().unwrap();
            said(&host.request(Request::get("/")).logs)
        },
        |module| {
            let mut host = Host::builder(module).start().unwrap();
            host.advance(Duration::ZERO);
            let stream = host.open(Request::get("/").unanswered());
            let passed = said(&host.advance(Duration::from_millis(35)).logs);
            let outcome = host.close(stream);
            format!("{passed}; {}; {:?}", outcome.verdict.name(), host.metric("auth"))
        },
        |module| {
            let builder = Host::builder(module).failure_policy(FailurePolicy::FailReload);
            let mut host = builder.start().unwrap();
            let trapped = host.request(Request::get("/").header("x", "y"));
            let after = host.request(Request::get("/"));
            format!("{}; {}; {}", trapped.verdict.name(), after.verdict.name(), said(&after.logs))
        },
        |module| {
            let mut host = Host::builder(module).profile(Profile::Gcp).start().unwrap();
            said(&host.request(Request::get("/")).logs)
        },
        |module| {
            let mut host = Host::builder(module).fuel(true).start().unwrap();
            host.configure("again").unwrap();
            let outcome = host.request(Request::get("/"));
            format!("{} {}", outcome.cost.fuel, outcome.cost.all_calls())
        },
    ]
}

#[test]
fn two_hundred_threads_in_any_order_have_the_same_results() {
    let seed: u64 = 0x5eed;
    println!("seed {seed:#x}");
    let module = busy();
    let expected: Vec<String> = scenarios().iter().map(|run| run(&module)).collect();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (module, expected) = (&module, &expected);
            scope.spawn(move || {
                let mut order: Vec<usize> = (0..expected.len()).collect();
                shuffle(&mut order, seed.wrapping_add(u64::try_from(thread).unwrap()));
                let scenarios = scenarios();
                for place in order {
                    assert_eq!(scenarios[place](module), expected[place], "scenario {place}");
                }
            });
        }
    });
}

/// Fisher and Yates, with a linear congruential generator (Knuth's MMIX).
fn shuffle(order: &mut [usize], mut state: u64) {
    for last in (1..order.len()).rev() {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let bound = u64::try_from(last + 1).unwrap();
        order.swap(last, usize::try_from((state >> 33) % bound).unwrap());
    }
}
