//! Cost, and budgets for it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{host, module, on_request_headers};
use host_sim::{Budget, Cost, Host, Request};

/// Gets `:path` twice, the whole map once, and logs five bytes.
fn caller() -> String {
    format!(
        r#"(data (i32.const 1024) ":path") {}"#,
        on_request_headers(
            "(drop (call $get_header_map_value (i32.const 0) (i32.const 1024) (i32.const 5) (i32.const 100) (i32.const 104)))
             (drop (call $get_header_map_value (i32.const 0) (i32.const 1024) (i32.const 5) (i32.const 100) (i32.const 104)))
             (drop (call $get_header_map_pairs (i32.const 0) (i32.const 100) (i32.const 104)))
             (drop (call $log (i32.const 2) (i32.const 1024) (i32.const 5)))
             (i32.const 0)"
        )
    )
}

fn cost() -> Cost {
    host(&caller()).request(Request::get("/abcdefgh")).cost
}

/// A count, a pair of lengths for each of four headers, and every name and value with its end.
const MAP: u64 = 4 + 4 * 8 + (10 + 9 + 5 + 9 + 7 + 3 + 7 + 4) + 4 * 2;

#[test]
fn calls_carry_their_own_bytes() {
    let cost = cost();
    let calls: Vec<_> = cost
        .calls()
        .iter()
        .map(|calls| (calls.name, calls.count, calls.with_data, calls.bytes_in, calls.bytes_out))
        .collect();
    assert_eq!(
        calls,
        [
            ("proxy_get_header_map_value", 2, 2, 18, 10),
            ("proxy_get_header_map_pairs", 1, 1, MAP, 0),
            ("proxy_log", 1, 0, 0, 5),
        ]
    );
    assert_eq!((cost.bytes_in, cost.bytes_out), (18 + MAP, 15));
    assert_eq!((cost.allocations, cost.allocated_bytes), (3, 18 + MAP));
}

#[test]
fn a_budget_that_is_kept_says_nothing() {
    let budget = Budget::new()
        .entries(1)
        .calls(4)
        .data_calls(3)
        .host_calls("proxy_log", 1)
        .bytes_in(18 + MAP)
        .bytes_out(15)
        .allocations(3)
        .allocated_bytes(18 + MAP);
    cost().assert(&budget);
}

#[test]
fn each_limit_can_be_gone_beyond_and_says_by_which_calls() {
    let said = |budget: Budget| {
        let excesses: Vec<String> =
            cost().beyond(&budget).iter().map(ToString::to_string).collect();
        excesses.join("; ")
    };
    assert_eq!(said(Budget::new().entries(0)), "entries: expected at most 0, found 1");
    assert_eq!(
        said(Budget::new().calls(3)),
        "host calls: expected at most 3, found 4 (2 by `proxy_get_header_map_value`, \
         1 by `proxy_get_header_map_pairs`, 1 by `proxy_log`)"
    );
    assert_eq!(
        said(Budget::new().data_calls(1)),
        "calls that return data: expected at most 1, found 3 (2 by `proxy_get_header_map_value`, \
         1 by `proxy_get_header_map_pairs`)"
    );
    assert_eq!(
        said(Budget::new().host_calls("proxy_log", 0)),
        "calls of `proxy_log`: expected at most 0, found 1"
    );
    assert_eq!(
        said(Budget::new().bytes_out(14)),
        "bytes out: expected at most 14, found 15 (10 by `proxy_get_header_map_value`, 5 by `proxy_log`)"
    );
    assert!(said(Budget::new().bytes_in(1)).starts_with("bytes in: expected at most 1, found"));
    assert!(
        said(Budget::new().allocations(2))
            .starts_with("allocations: expected at most 2, found 3 (2 by")
    );
    assert!(
        said(Budget::new().allocated_bytes(2)).starts_with("allocated bytes: expected at most 2")
    );
}

#[test]
fn fuel_that_nobody_counts_is_no_fuel_saved() {
    let budget = Budget::new().fuel(1_000_000);
    assert_eq!(
        cost().beyond(&budget)[0].to_string(),
        "fuel: expected at most 1000000, found that the host does not count it; build it with fuel"
    );
    let mut counting = Host::builder(&module(&caller())).fuel(true).start().unwrap();
    let cost = counting.request(Request::get("/")).cost;
    assert!(cost.fuel > 0 && cost.beyond(&budget).is_empty());
    assert_eq!(cost.beyond(&Budget::new().fuel(cost.fuel - 1)).len(), 1);
}

#[test]
#[should_panic(expected = "over budget:\n  host calls: expected at most 1, found 4")]
fn an_assertion_ends_the_test() {
    cost().assert(&Budget::new().calls(1));
}

#[test]
fn memory_is_seen_from_callback_to_callback() {
    let grows = r#"
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (drop (memory.grow (i32.const 2))) (i32.const 0))
        (func (export "proxy_on_log") (param i32) (drop (memory.grow (i32.const 1))))
        (func (export "proxy_on_done") (param i32) (result i32) (i32.const 1))"#;
    let mut host = host(grows);
    assert_eq!(host.memory_pages(), 4);
    let outcome = host.request(Request::get("/"));
    let pages: Vec<_> =
        outcome.callbacks.iter().map(|callback| (callback.name, callback.memory_pages)).collect();
    assert_eq!(pages, [("proxy_on_request_headers", 6), ("proxy_on_log", 7), ("proxy_on_done", 7)]);
    assert_eq!(outcome.memory_pages, 7);
}
