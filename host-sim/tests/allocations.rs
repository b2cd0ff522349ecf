//! What the simulator itself allocates: a request through a module that does nothing.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{built, data, empty, on_request_headers, ten_headers};

/// The most allocations that the host makes for such a request, its own state and the outcome in
/// it. Raise it only for what is worth it.
const ALLOCATIONS: u64 = 8;

#[test]
fn a_request_makes_few_allocations() {
    let mut host = empty().start().unwrap();
    host.request(ten_headers());
    let request = ten_headers();
    let counted = allocation_counter::measure(|| drop(host.request(request)));
    println!(
        "a request through an empty module: {} allocations, {} bytes in the host",
        counted.count_total, counted.bytes_total
    );
    assert!(counted.count_total <= ALLOCATIONS, "{counted:?}");
}

#[test]
fn a_property_that_is_read_is_all_that_is_allocated_for_it() {
    let allocations = |reads: usize| {
        let read = "(drop (call $get_property (i32.const 1024) (i32.const 13) (i32.const 100) (i32.const 104)))";
        let body = format!("{} (i32.const 0)", read.repeat(reads));
        let module = format!("{}{}", data(1024, "connection\0id"), on_request_headers(&body));
        let mut host = built(&module, |builder| builder.plugin_name("auth").root_id("root"));
        host.request(ten_headers());
        let request = ten_headers();
        allocation_counter::measure(|| drop(host.request(request))).count_total
    };
    // The value, and the names of the path.
    assert_eq!(allocations(11) - allocations(1), 2 * 10);
}
