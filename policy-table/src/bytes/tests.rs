use std::vec::Vec;

use proptest::prelude::*;

use super::*;

/// Bytes around the bounds of what is compared, so that equal begins and zeros occur.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let few = prop::sample::select(b"\0azAZ@[`{/.~\x7F\x80\xFF".to_vec());
    prop::collection::vec(prop_oneof![4 => few, 1 => any::<u8>()], 0..40)
}

proptest! {
    #[test]
    fn a_byte_is_found_where_it_first_stands(text in texts(), byte in any::<u8>()) {
        for byte in [byte.max(1), b'/', b'a', 0x80] {
            prop_assert_eq!(find(&text, byte), text.iter().position(|other| *other == byte));
        }
    }

    #[test]
    fn a_text_is_cut_at_its_first_slash(text in texts()) {
        let (before, hash_before, after) = split_at_slash(&text);
        let mut parts = text.splitn(2, |byte| *byte == b'/');
        prop_assert_eq!(Some(before), parts.next());
        prop_assert_eq!(after, parts.next());
        prop_assert_eq!(hash_before, hash(before));
    }

    #[test]
    fn case_does_not_count(left in texts(), right in texts()) {
        let lower = left.to_ascii_lowercase();
        prop_assert_eq!(same(&left, &right), left == right);
        prop_assert!(same(&left, &left));
        prop_assert_eq!(same_but_for_case(&lower, &right), lower == right.to_ascii_lowercase());
        prop_assert!(same_but_for_case(&lower, &left));
        prop_assert_eq!(hash_in_lower_case(&left), hash(&lower));
    }

    #[test]
    fn marks_do_not_count(left in texts(), right in texts()) {
        let folded = |text: &[u8]| -> Vec<u8> {
            let is_mark = |byte: u8| byte.is_ascii() && !byte.is_ascii_alphanumeric();
            text.iter().map(|byte| if is_mark(*byte) { b'_' } else { byte.to_ascii_lowercase() }).collect()
        };
        prop_assert_eq!(same_but_for_marks(&left, &right), folded(&left) == folded(&right));
        prop_assert!(same_but_for_marks(&left, &folded(&left)));
    }

    #[test]
    fn a_hash_is_that_of_its_bytes(text in texts(), end in texts()) {
        prop_assert_eq!(hash_of(text.iter().copied()), hash(&text));
        let longer = [text.as_slice(), &end].concat();
        prop_assert_eq!(hash(&longer) == hash(&text), end.is_empty());
    }
}

/// Written from the page, not from the code.
#[test]
fn the_hash_is_the_one_that_the_page_gives() {
    let by_the_page = |text: &[u8]| {
        let words = text.chunks(8).map(|eight| {
            eight.iter().rev().fold(0_u128, |word, byte| word * 256 + u128::from(*byte))
        });
        let mut hash = 0;
        for word in words.chain([text.len() as u128]) {
            let rotated = (hash << 5 | hash >> 59) % (1 << 64);
            hash = (rotated ^ word) * 0x517c_c1b7_2722_0a95 % (1 << 64);
        }
        u32::try_from(hash >> 32).unwrap()
    };
    for text in ["", "a", "orders", "resource", "resources", "a-segment-of-some-length"] {
        assert_eq!(hash(text.as_bytes()), by_the_page(text.as_bytes()), "{text}");
    }
}
