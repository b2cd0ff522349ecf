//! Header maps: what a module sees and changes, and when.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{host, on_request_headers, said};
use host_sim::{Host, Request};

const DATA: &str = r#"
    (data (i32.const 1024) "x-aX-Ax-newvalue")
    ;; x-a at 1024, X-A at 1027, x-new at 1030, value at 1035
    (func $get (param $map i32) (param $key i32) (param $size i32)
        (call $note (call $get_header_map_value (local.get $map)
            (local.get $key) (local.get $size) (i32.const 100) (i32.const 104))))
"#;

fn with(body: &str) -> Host {
    host(&format!("{DATA}{}", on_request_headers(body)))
}

fn twice() -> Request {
    Request::get("/").header("x-a", "one").header("X-A", "two")
}

#[test]
fn get_value_sees_the_first_only_and_ignores_case() {
    let outcome =
        with("(call $get (i32.const 0) (i32.const 1027) (i32.const 3)) (call $say) (i32.const 0)")
            .request(twice());
    assert_eq!(said(&outcome.logs), "0 one");
    assert_eq!(outcome.cost.data_calls(), 1);
}

#[test]
fn an_absent_header_is_not_found() {
    let outcome = with("(call $get (i32.const 0) (i32.const 1030) (i32.const 5)) (i32.const 0)")
        .request(twice());
    assert_eq!(said(&outcome.logs), "1");
}

#[test]
fn pairs_show_every_entry_in_envoys_order() {
    let outcome = with(
        "(call $note (call $get_header_map_pairs (i32.const 0) (i32.const 100) (i32.const 104)))
         (call $note (local.get $count)) (call $say) (i32.const 0)",
    )
    .request(twice());
    let [status, count, wire] = &outcome.logs[..] else { panic!("{:?}", outcome.logs) };
    assert_eq!((status.text().as_ref(), count.text().as_ref()), ("0", "6"));
    let names = wire.message[4 + 6 * 8..].split(|byte| *byte == 0).step_by(2);
    let names: Vec<_> = names.map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    assert_eq!(names, [":authority", ":path", ":method", ":scheme", "x-a", "x-a", ""]);
}

#[test]
fn add_appends_replace_leaves_one_remove_takes_all() {
    let add = "(drop (call $add_header_map_value (i32.const 0)
        (i32.const 1024) (i32.const 3) (i32.const 1035) (i32.const 5))) (i32.const 0)";
    let outcome = with(add).request(twice());
    assert_eq!(outcome.upstream_headers().unwrap().all("x-a"), [&b"one"[..], b"two", b"value"]);

    let replace = add.replace("$add", "$replace");
    let outcome = with(&replace).request(twice());
    assert_eq!(outcome.upstream_headers().unwrap().all("x-a"), [b"value"]);

    let remove =
        "(call $note (call $remove_header_map_value (i32.const 0) (i32.const 1024) (i32.const 3)))
        (call $note (call $remove_header_map_value (i32.const 0) (i32.const 1024) (i32.const 3)))
        (i32.const 0)";
    let outcome = with(remove).request(twice());
    assert_eq!(said(&outcome.logs), "0 0");
    assert!(!outcome.upstream_headers().unwrap().contains("x-a"));
}

#[test]
fn set_pairs_puts_another_map_in_the_place_of_the_old() {
    let body = r"(i32.store (i32.const 200) (i32.const 1))
        (i32.store (i32.const 204) (i32.const 1)) (i32.store (i32.const 208) (i32.const 1))
        (i32.store (i32.const 212) (i32.const 0x0062004B)) ;; K NUL b NUL
        (call $note (call $set_header_map_pairs (i32.const 0) (i32.const 200) (i32.const 16)))
        (i32.const 0)";
    let outcome = with(body).request(twice());
    assert_eq!(said(&outcome.logs), "0");
    let headers: Vec<_> = outcome.upstream_headers().unwrap().iter().collect();
    assert_eq!(headers, [(&b"k"[..], &b"b"[..])]);
}

#[test]
fn size_counts_bytes_of_names_and_values() {
    let body = "(call $note (call $get_header_map_size (i32.const 0) (i32.const 100)))
        (call $note (i32.load (i32.const 100))) (i32.const 0)";
    let request =
        Request::get("/").without_header(":authority").without_header(":scheme").header("k", "vw");
    let outcome = with(body).request(request);
    // `:path` `/` `:method` `GET` `k` `vw`: 6 + 10 + 3 bytes.
    assert_eq!(said(&outcome.logs), format!("0 {}", char::from(b'0' + 19)));
}

#[test]
fn host_is_another_name_of_authority() {
    let body = r#"(i32.store (i32.const 200) (i32.const 0x74736F68)) ;; host
        (call $get (i32.const 0) (i32.const 200) (i32.const 4)) (call $say) (i32.const 0)"#;
    let outcome = with(body).request(Request::get("/").header("Host", "example.com"));
    assert_eq!(said(&outcome.logs), "0 example.com");
}

#[test]
fn a_map_is_gone_after_its_phase_and_back_for_the_log() {
    let looks = "(call $get (i32.const 0) (i32.const 1024) (i32.const 3))
        (call $note (call $get_header_map_pairs (i32.const 0) (i32.const 100) (i32.const 104)))
        (call $note (i32.ne (i32.load (i32.const 104)) (i32.const 0)))
        (call $note (call $remove_header_map_value (i32.const 0) (i32.const 1024) (i32.const 3)))
        (call $get (i32.const 2) (i32.const 1024) (i32.const 3))";
    let mut host = host(&format!(
        r#"{DATA}
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) {looks} (i32.const 0))
        (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32) {looks} (i32.const 0))
        (func (export "proxy_on_log") (param i32) {looks})"#
    ));
    let outcome = host.request(twice());
    // Request: value, pairs, some, removed; the response is not there yet: bad argument.
    // Response: bad argument, pairs are OK and empty, cannot be changed; the response lacks it.
    // Log: the header is gone by now: not found; other pairs are there; nothing can be changed.
    assert_eq!(said(&outcome.logs), "0 0 1 0 2 2 0 0 2 1 1 0 1 2 1");
}

#[test]
fn unknown_maps_are_a_bad_argument_and_maps_of_others_are_not_there() {
    let body = "(call $get (i32.const 8) (i32.const 1024) (i32.const 3))
        (call $get (i32.const 1) (i32.const 1024) (i32.const 3))
        (call $note (call $get_header_map_pairs (i32.const 7) (i32.const 100) (i32.const 104)))
        (call $note (call $get_header_map_pairs (i32.const 9) (i32.const 100) (i32.const 104)))
        (i32.const 0)";
    let outcome = with(body).request(twice());
    assert_eq!(said(&outcome.logs), "2 2 0 2");
}

#[test]
fn bytes_that_are_no_text_pass() {
    let outcome =
        with("(call $get (i32.const 0) (i32.const 1024) (i32.const 3)) (call $say) (i32.const 0)")
            .request(Request::get("/").header("x-a", b"\xff\xfe\x00"));
    assert_eq!(outcome.logs[1].message, b"\xff\xfe\x00");
    assert_eq!(outcome.upstream_header("x-a"), Some(&b"\xff\xfe\x00"[..]));
}
