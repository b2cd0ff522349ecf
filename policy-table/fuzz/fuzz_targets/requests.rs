//! Arbitrary requests to real tables.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use policy_table::Table;
use policy_table_fuzz::support::choose::Bytes;
use policy_table_fuzz::{Fields, TABLES, ask, request};

static PROVED: LazyLock<Vec<Table<'static>>> =
    LazyLock::new(|| TABLES.iter().filter_map(|table| Table::from_bytes(table).ok()).collect());

fuzz_target!(|input: &[u8]| {
    let mut rest = Bytes(input);
    let table = &PROVED[usize::from(rest.byte()) % PROVED.len()];
    let mut fields = Fields::default();
    let request = request(rest, &mut fields);
    let allocations = allocation_counter::measure(|| {
        ask(table, &request);
    });
    assert_eq!(allocations.count_total, 0, "a decision allocated {allocations:?}");
});
