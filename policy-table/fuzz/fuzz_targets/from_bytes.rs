//! Arbitrary sections behind a valid preamble. The input begins with a byte of modes and a length
//! (16 bits) for each section; then follow the sections, and what is left is a request.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::{Corpus, fuzz_target};
use policy_table_fuzz::support::choose::Bytes;
use policy_table_fuzz::support::parts::{CHECKSUM_BYTES, ENTRY_BYTES, HEADER_BYTES, seal};
use policy_table_fuzz::{PARTS, TABLES, prove_and_ask};

/// The checksum is not right; there is no preamble at all.
const UNSEALED: u8 = 1;
const RAW: u8 = 2;

fuzz_target!(|input: &[u8]| -> Corpus {
    thread_local! {
        static TABLE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }
    let mut rest = Bytes(input);
    let mode = rest.byte();
    if mode & RAW != 0 {
        prove_and_ask(rest.0, Bytes(&[]));
        return Corpus::Keep;
    }
    TABLE.with_borrow_mut(|table| {
        let Some(lengths) = rest.0.get(..PARTS[0].sections().len() * 2) else {
            return Corpus::Reject;
        };
        rest.take(lengths.len());
        table.clear();
        table.extend(&TABLES[0][..HEADER_BYTES]);
        let mut left = rest.0.len();
        for (length, id) in lengths.chunks_exact(2).zip(1_u32..) {
            let length = usize::from(u16::from_le_bytes([length[0], length[1]])).min(left);
            left -= length;
            table.extend(id.to_le_bytes());
            table.extend(u32::try_from(length).unwrap_or(0).to_le_bytes());
        }
        let content = rest.0.len() - left;
        table.extend(rest.take(content));
        let total = HEADER_BYTES + lengths.len() / 2 * ENTRY_BYTES + content + CHECKSUM_BYTES;
        table[16..20].copy_from_slice(&u32::try_from(total).unwrap_or(0).to_le_bytes());
        if mode & UNSEALED == 0 {
            seal(table);
        } else {
            table.extend([0; CHECKSUM_BYTES]);
        }
        prove_and_ask(table, rest);
        Corpus::Keep
    })
});
