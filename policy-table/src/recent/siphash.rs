//! SipHash-2-4 with 128 bits: a pseudo-random function of short texts.
//!
//! Jean-Philippe Aumasson and Daniel J. Bernstein, "SipHash: a fast short-input PRF", 2012, with
//! the wider output of their reference implementation. Of our own only because every request pays
//! for it: in a module the usual library takes twice the instructions and twice the code for a key.
//! A test compares it with that library.

use crate::bytes::last_word;
use crate::wire::length;

/// The function under one key.
pub(super) struct SipHash([u64; 4]);

impl SipHash {
    /// Under this key.
    pub(super) fn new(key: [u8; 16]) -> Self {
        let [low, high] = halves(key);
        Self([
            low ^ 0x736F_6D65_7073_6575,
            high ^ 0x646F_7261_6E64_6F83,
            low ^ 0x6C79_6765_6E65_7261,
            high ^ 0x7465_6462_7974_6573,
        ])
    }

    /// The hash of a text.
    pub(super) fn hash(&self, text: &[u8]) -> (u64, u64) {
        let (words, rest) = text.as_chunks::<8>();
        let mut state = self.0;
        for word in words {
            state = absorb(state, u64::from_le_bytes(*word));
        }
        let rest = if rest.is_empty() { 0 } else { last_word(text, rest.len()) };
        let [v0, v1, v2, v3] = absorb(state, rest | u64::from(length(text.len())) << 56);
        let [v0, v1, v2, v3] = absorb(absorb([v0, v1, v2 ^ 0xEE, v3], 0), 0);
        let first = v0 ^ v1 ^ v2 ^ v3;
        let [v0, v1, v2, v3] = absorb(absorb([v0, v1 ^ 0xDD, v2, v3], 0), 0);
        (first, v0 ^ v1 ^ v2 ^ v3)
    }
}

fn halves(key: [u8; 16]) -> [u64; 2] {
    let [first, second] = key.as_chunks::<8>().0 else { return [0; 2] };
    [first, second].map(|half| u64::from_le_bytes(*half))
}

/// Two rounds with a word in between; with zero they are two rounds and nothing else.
fn absorb([v0, v1, v2, v3]: [u64; 4], word: u64) -> [u64; 4] {
    let [v0, v1, v2, v3] = round(round([v0, v1, v2, v3 ^ word]));
    [v0 ^ word, v1, v2, v3]
}

fn round([v0, v1, v2, v3]: [u64; 4]) -> [u64; 4] {
    let (v0, v2) = (v0.wrapping_add(v1), v2.wrapping_add(v3));
    let (v1, v3) = (v1.rotate_left(13) ^ v0, v3.rotate_left(16) ^ v2);
    let (v2, v0) = (v2.wrapping_add(v1), v0.rotate_left(32).wrapping_add(v3));
    let (v1, v3) = (v1.rotate_left(17) ^ v2, v3.rotate_left(21) ^ v0);
    [v0, v1, v2.rotate_left(32), v3]
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    #[test]
    fn texts_of_any_length_have_the_hash_that_the_library_gives() {
        let key = core::array::from_fn(|at| u8::try_from(at).unwrap());
        let (own, library) =
            (SipHash::new(key), siphasher::sip128::SipHasher24::new_with_key(&key));
        let text: Vec<u8> = (0..=255).chain(0..=255).collect();
        for length in 0..text.len() {
            let expected = library.hash(&text[..length]);
            assert_eq!(own.hash(&text[..length]), (expected.h1, expected.h2), "{length}");
        }
    }

    /// The first of `vectors_sip128` in the authors' implementation.
    #[test]
    fn the_authors_vector_holds() {
        let hash = SipHash::new(core::array::from_fn(|at| u8::try_from(at).unwrap()));
        let bytes = |text: &[u8]| {
            let (first, second) = hash.hash(text);
            [first.to_le_bytes(), second.to_le_bytes()].concat()
        };
        let expected = 0xA381_7F04_BA25_A8E6_6DF6_7214_C755_0293_u128;
        assert_eq!(bytes(b""), expected.to_be_bytes());
    }
}
