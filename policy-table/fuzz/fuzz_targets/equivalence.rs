//! As `sections`, with settings and names changed too; and the reader must accept exactly what a
//! second one accepts, which was written from docs/format.md alone.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use policy_table_fuzz::support::choose::Bytes;
use policy_table_fuzz::support::mutate;
use policy_table_fuzz::support::parts::Parts;
use policy_table_fuzz::support::{checker, mutate_cold};
use policy_table_fuzz::{PARTS, prove_and_ask};

fuzz_target!(|input: &[u8]| {
    thread_local! {
        static MEMORY: RefCell<(Parts, Vec<u8>)> = RefCell::new((PARTS[0].clone(), Vec::new()));
    }
    MEMORY.with_borrow_mut(|(parts, table)| {
        let mut choices = Bytes(input);
        let first = choices.byte();
        parts.copy_from(&PARTS[usize::from(first >> 4) % PARTS.len()]);
        if first & 8 != 0 {
            mutate_cold::change(parts, &mut choices);
        }
        for _ in 0..=(first & 7) {
            if choices.is_empty() {
                break;
            }
            let change = mutate::choose(parts, &mut choices);
            mutate::apply(parts, &change);
        }
        parts.write(table);
        let accepted = prove_and_ask(table, choices);
        let broken = checker::check(table).err();
        assert_eq!(accepted, broken.is_none(), "the second reader says {broken:?}");
    });
});
