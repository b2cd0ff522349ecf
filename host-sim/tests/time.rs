//! Ticks on a clock that only goes when it is told to.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::time::{Duration, UNIX_EPOCH};

use common::{built, data, host, map, said};
use host_sim::{HttpAnswer, Request, Response};

/// Ticks every 100 ms and says how many tenths of a second have passed since 1970.
const TICKS: &str = r#"
    (func (export "proxy_on_configure") (param i32 i32) (result i32)
        (drop (call $set_tick_period_milliseconds (i32.const 100))) (i32.const 1))
    (func (export "proxy_on_tick") (param i32)
        (drop (call $get_current_time_nanoseconds (i32.const 200)))
        (call $note (i32.wrap_i64 (i64.div_u (i64.load (i32.const 200)) (i64.const 100000000)))))
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (drop (call $set_tick_period_milliseconds (i32.const 0))) (i32.const 0))
"#;

#[test]
fn every_tick_comes_at_its_time() {
    let mut host = host(TICKS);
    host.set_time(UNIX_EPOCH);
    let activity = host.advance(Duration::from_millis(350));
    assert_eq!(said(&activity.logs), "1 2 3");
    assert_eq!(host.advance(Duration::from_millis(1_000)).callbacks.len(), 10);
    assert_eq!(host.advance(Duration::from_millis(49)).callbacks.len(), 0);
}

#[test]
fn a_period_of_zero_is_no_tick() {
    let mut host = host(TICKS);
    assert!(host.request(Request::get("/")).continued());
    assert_eq!(host.tick_period(), 0);
    assert!(host.advance(Duration::from_secs(9)).callbacks.is_empty());
    assert!(host.tick().callbacks.is_empty());
}

#[test]
fn a_trap_stops_the_ticks() {
    let mut host =
        host(&TICKS.replace(
            "(drop (call $get_current_time_nanoseconds (i32.const 200)))",
            "(unreachable)",
        ));
    let activity = host.advance(Duration::from_secs(1));
    assert_eq!(activity.callbacks.len(), 1);
    assert!(host.is_dead());
}

#[test]
fn a_thousand_years_of_ticks_have_an_end() {
    let mut host = host(TICKS);
    host.set_time(UNIX_EPOCH);
    let year = Duration::from_secs(365 * 24 * 60 * 60);
    assert_eq!(host.advance(500 * year).callbacks.len(), 100_000);
    // Ticks that were left out do not come later.
    assert_eq!(host.advance(Duration::from_millis(250)).callbacks.len(), 2);
}

/// Each tick makes a hundred calls, all of which are answered at once.
#[test]
fn a_stretch_of_time_has_so_many_callbacks_and_no_more() {
    let pairs = common::map(&[(":method", "GET"), (":path", "/"), (":authority", "a")]);
    let body = format!(
        r#"{} {}
        (func (export "proxy_on_configure") (param i32 i32) (result i32)
            (drop (call $set_tick_period_milliseconds (i32.const 1))) (i32.const 1))
        (func (export "proxy_on_tick") (param i32) (local $left i32)
            (local.set $left (i32.const 100))
            (loop $again
                (drop (call $http_call (i32.const 1024) (i32.const 4) (i32.const 2048) (i32.const {})
                    (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 200)))
                (local.set $left (i32.sub (local.get $left) (i32.const 1)))
                (br_if $again (local.get $left))))
        (func (export "proxy_on_http_call_response") (param i32 i32 i32 i32 i32))"#,
        common::data(1024, "auth"),
        common::data(2048, &pairs),
        pairs.len()
    );
    let mut host =
        common::built(&body, |builder| builder.on_http_call("auth", |_| Response::new(200).into()));
    let entered = host.advance(Duration::from_secs(24 * 60 * 60)).callbacks.len();
    assert!((100_000..100_200).contains(&entered), "{entered}");
}

/// The answer of the service and the tick are due at the same time, and the answer comes first.
#[test]
fn a_tick_that_an_answer_at_the_same_time_puts_off_does_not_come() {
    let body = format!(
        r#"{}{}
        (func (export "proxy_on_configure") (param i32 i32) (result i32)
            (drop (call $http_call (i32.const 1024) (i32.const 4) (i32.const 1040) (i32.const 61)
                (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 200)))
            (drop (call $set_tick_period_milliseconds (i32.const 100))) (i32.const 1))
        (func (export "proxy_on_http_call_response") (param i32 i32 i32 i32 i32)
            (call $note (i32.const 1))
            (drop (call $set_tick_period_milliseconds (i32.const 0))))
        (func (export "proxy_on_tick") (param i32) (call $note (i32.const 2)))"#,
        data(1024, "auth"),
        data(1040, map(&[(":method", "GET"), (":path", "/"), (":authority", "a")])),
    );
    let mut host = built(&body, |builder| {
        builder.on_http_call("auth", |_| {
            HttpAnswer::respond(Response::new(200)).after(Duration::from_millis(100))
        })
    });
    assert_eq!(said(&host.advance(Duration::from_millis(300)).logs), "1");
}
