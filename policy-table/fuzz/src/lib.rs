//! What the fuzz targets have in common: tables to start from, requests from bytes, and the one
//! question of all: does it hold, without a panic and without an allocation?

#[path = "../../tests/support/mod.rs"]
pub mod support;

use std::net::IpAddr;
use std::sync::LazyLock;

use policy_table::write::{Forward, Names, Settings, TableWriter};
use policy_table::{Decision, PlainRequest, Table, decide};
use support::choose::Bytes;
use support::parts::Parts;
use support::questions::{ask_about_content, ask_about_decision};
use support::settings;

/// Tables to start from, small ones first: nearly nothing; a policy with something for every
/// check; the same without names; many keys, so that there are buckets.
pub static TABLES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let plain = || Settings { forward: Forward::default(), ..settings() };
    let nothing = TableWriter::new(plain()).finish().expect("nothing fits a table");
    let unnamed = support::policy_with(plain(), Names::Omit);
    vec![nothing, support::small(), unnamed, support::policy(settings()), support::many_keys(40)]
});

/// The same, taken apart.
pub static PARTS: LazyLock<Vec<Parts>> =
    LazyLock::new(|| TABLES.iter().map(|table| Parts::of(table)).collect());

/// Most bytes that a refusal may allocate, whatever the input: with the writer, bincode words its
/// errors on the heap. The filter is built without the writer and has no allocator in reach.
const ERROR_BYTES: u64 = 512;

/// A right table, or a refusal: both without a panic, and the table without an allocation. It is
/// asked everything, and what the rest of the input asks.
pub fn prove_and_ask(table: &[u8], rest: Bytes<'_>) -> bool {
    let mut fields = Fields::default();
    let request = request(rest, &mut fields);
    let mut accepted = false;
    let allocations = allocation_counter::measure(|| {
        if let Ok(table) = Table::from_bytes(table) {
            accepted = true;
            ask_about_content(&table);
            ask(&table, &request);
        }
    });
    let most = if accepted { 0 } else { ERROR_BYTES };
    assert!(allocations.bytes_total <= most, "the reader allocated {allocations:?}");
    accepted
}

/// Decides, and asks about everything that the decision names.
pub fn ask(table: &Table<'_>, request: &PlainRequest<'_>) -> Decision {
    let decision = decide(table, request);
    ask_about_decision(table, &decision);
    decision
}

/// Header fields of a request in the making, so that making one allocates nothing.
pub type Fields<'a> = [(&'a [u8], &'a [u8]); 8];

/// A request from bytes: choices first, and texts of chosen lengths.
pub fn request<'a>(mut bytes: Bytes<'a>, fields: &'a mut Fields<'a>) -> PlainRequest<'a> {
    let shape = bytes.byte();
    let method = pick(&mut bytes, &[b"GET", b"POST", b"OPTIONS", b"DELETE", b"get", b""]);
    let host =
        pick(&mut bytes, &[b"api.example.com", b"a.EXAMPLE.com:80", b"other.test", b"[::1]:1"]);
    let path = pick(
        &mut bytes,
        &[
            b"/orders/7/lines/1?api_key=acme-plain",
            b"/orders/latest",
            b"/reports/x/y",
            b"/tenant/%41",
        ],
    );
    let mut count = 0;
    for field in fields.iter_mut() {
        if bytes.is_empty() {
            break;
        }
        let name = pick(
            &mut bytes,
            &[
                b"x-api-key",
                b"authorization",
                b"cookie",
                b"x-forwarded-for",
                b"origin",
                b"access-control-request-method",
            ],
        );
        let value = pick(
            &mut bytes,
            &[
                b"acme-plain",
                b"acme-office",
                b"acme-window",
                b"Bearer acme-plain",
                b"api_key=acme-off",
                b"Basic YXBpLXRva2VuOmFjbWUtcGxhaW4=",
            ],
        );
        *field = (name, value);
        count += 1;
    }
    let address = match shape % 4 {
        0 => None,
        1 => Some(IpAddr::from([203, 0, 113, shape])),
        2 => Some(IpAddr::from([0x2001, 0xDB8, 0, 0, 0, 0, 0, u16::from(shape)])),
        _ => Some(IpAddr::from([0, 0, 0, 0, 0, 0xFFFF, 0xC000, 0x0200 + u16::from(shape)])),
    };
    let now = match shape >> 6 {
        0 => i64::MIN,
        1 => i64::MAX,
        2 => support::NOW,
        _ => 0,
    };
    PlainRequest { method, host, path, headers: &fields[..count], address, now }
}

/// One of some texts, or bytes of the input: the choice is a byte, which is else a length.
fn pick<'a>(bytes: &mut Bytes<'a>, texts: &[&'static [u8]]) -> &'a [u8] {
    let choice = usize::from(bytes.byte());
    match texts.get(choice) {
        Some(text) => text,
        None => bytes.take(choice - texts.len()),
    }
}
