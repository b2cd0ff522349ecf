//! What the simulator itself allocates: a request through a module that does nothing.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{empty, ten_headers};

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
