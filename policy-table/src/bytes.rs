//! Comparing short texts eight bytes at a time: in a module, comparing slices is a call and a loop
//! over single bytes, and that is most of what finding a route costs.

use core::cmp::Ordering;

/// The order of two texts, as that of slices.
pub(crate) fn order(left: &[u8], right: &[u8]) -> Ordering {
    order_by(left, right, |word| word)
}

/// The order of a text in lower case and another in any case.
pub(crate) fn order_lower_case(lower: &[u8], any: &[u8]) -> Ordering {
    order_by(lower, any, to_lower_case)
}

fn order_by(left: &[u8], right: &[u8], change: impl Fn(u64) -> u64) -> Ordering {
    let (left_words, left_rest) = left.as_chunks::<8>();
    let (right_words, right_rest) = right.as_chunks::<8>();
    for (left, right) in left_words.iter().zip(right_words) {
        let (left, right) = (u64::from_be_bytes(*left), change(u64::from_be_bytes(*right)));
        if left != right {
            return left.cmp(&right);
        }
    }
    // Where one has a word more than the other, the rest of the other decides, filled with zeros;
    // what is equal then differs at most in length.
    let common = left_words.len().min(right_words.len());
    let next = |words: &[[u8; 8]], rest: &[u8]| match words.get(common) {
        Some(word) => u64::from_be_bytes(*word),
        None => last_word(rest),
    };
    let (left_word, right_word) =
        (next(left_words, left_rest), change(next(right_words, right_rest)));
    left_word.cmp(&right_word).then_with(|| left.len().cmp(&right.len()))
}

/// Fewer than eight bytes as the begin of a word.
fn last_word(rest: &[u8]) -> u64 {
    rest.iter()
        .fold(0, |word, byte| word << 8 | u64::from(*byte))
        .checked_shl(8 * (8 - crate::wire::length(rest.len())))
        .unwrap_or(0)
}

/// Eight bytes with every ASCII letter in lower case.
fn to_lower_case(word: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * EACH;
    // For each byte without its high bit: the high bit says whether it is at least `A`, above `Z`.
    let low = word & !HIGH;
    let from_a = low + (0x80 - 0x41) * EACH;
    let above_z = low + (0x80 - 0x5B) * EACH;
    let upper = (from_a & !above_z) & !word & HIGH;
    word | upper >> 2
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    /// Bytes around the bounds of what is compared, so that equal begins and zeros occur.
    fn texts() -> impl Strategy<Value = Vec<u8>> {
        let byte =
            prop_oneof![Just(0), Just(b'a'), Just(b'A'), Just(b'z'), Just(b'['), any::<u8>()];
        prop::collection::vec(byte, 0..20)
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_slices(left in texts(), right in texts(), cut in 0..20_usize) {
            prop_assert_eq!(order(&left, &right), left.cmp(&right));
            let begin = &left[..cut.min(left.len())];
            prop_assert_eq!(order(begin, &left), begin.cmp(left.as_slice()));
            prop_assert_eq!(order(&left, begin), left.as_slice().cmp(begin));
        }

        #[test]
        fn case_does_not_count_on_one_side(left in texts(), right in texts()) {
            let lower = left.to_ascii_lowercase();
            prop_assert_eq!(order_lower_case(&lower, &right), lower.cmp(&right.to_ascii_lowercase()));
            prop_assert_eq!(order_lower_case(&lower, &left), Ordering::Equal);
        }
    }
}
