//! Short texts, eight bytes at a time: in a module, comparing or searching slices is a loop over
//! single bytes, and that would be most of what a decision costs beside the digest.

use crate::wire::upper_half;

mod plain;
use plain::letters_or_digits;
pub(crate) use plain::{end_of_host_name, end_of_plain_path};

/// A byte for each of the eight of a word.
const EACH: u64 = 0x0101_0101_0101_0101;
/// The high bit of each byte.
const HIGH: u64 = 0x80 * EACH;

/// The text before the first slash, the hash of that text, and what follows the slash.
pub(crate) fn split_at_slash(text: &[u8]) -> (&[u8], u32, Option<&[u8]>) {
    let (words, rest) = text.as_chunks::<8>();
    let (mut hash, mut length) = (0, 0);
    for word in words {
        let word = u64::from_le_bytes(*word);
        let found = equal_bytes(word, b'/');
        if found != 0 {
            return cut(text, hash, word, length + first_of(found));
        }
        hash = mix(hash, word);
        length += 8;
    }
    let word = if rest.is_empty() { 0 } else { last_word(text, rest.len()) };
    let found = equal_bytes(word, b'/');
    if found != 0 {
        return cut(text, hash, word, length + first_of(found));
    }
    if !rest.is_empty() {
        hash = mix(hash, word);
    }
    (text, end(hash, text.len()), None)
}

/// Cuts a text at a slash that stands in `word`; `hash` is that of the words before.
fn cut(text: &[u8], hash: u64, word: u64, slash: usize) -> (&[u8], u32, Option<&[u8]>) {
    let kept = slash % 8;
    let hash = match kept {
        0 => hash,
        _ => mix(hash, word & !(u64::MAX << (8 * crate::wire::length(kept)))),
    };
    let after = text.get(slash + 1..).unwrap_or_default();
    (text.get(..slash).unwrap_or_default(), end(hash, slash), Some(after))
}

/// Where `byte`, which is not zero, first stands.
pub(crate) fn find(text: &[u8], byte: u8) -> Option<usize> {
    let (words, rest) = text.as_chunks::<8>();
    let mut before = 0;
    for word in words {
        let found = equal_bytes(u64::from_le_bytes(*word), byte);
        if found != 0 {
            return Some(before + first_of(found));
        }
        before += 8;
    }
    if rest.is_empty() {
        return None;
    }
    // The zeros after the end are not what is looked for.
    let found = equal_bytes(last_word(text, rest.len()), byte);
    (found != 0).then(|| before + first_of(found))
}

/// Whether two texts are the same.
// In one place for all that a request compares: its caches are full of other things.
#[inline(never)]
pub(crate) fn same(left: &[u8], right: &[u8]) -> bool {
    same_by(left, right, |left, right| left == right)
}

/// Whether a text in lower case and another in any case are the same (ASCII letters only).
// Most names that are compared differ in their lengths already: no call for those.
#[inline]
pub(crate) fn same_but_for_case(lower: &[u8], any: &[u8]) -> bool {
    lower.len() == any.len() && (same(lower, any) || same_in_lower_case(lower, any))
}

#[cold]
#[inline(never)]
fn same_in_lower_case(lower: &[u8], any: &[u8]) -> bool {
    same_by(lower, any, |lower, any| lower == to_lower_case(any))
}

/// Whether two texts of ASCII are the same but for case and for which marks stand between letters
/// and digits.
pub(crate) fn same_but_for_marks(left: &[u8], right: &[u8]) -> bool {
    same_by(left, right, |left, right| to_letters(left) == to_letters(right))
}

/// The hash of a text, as `docs/format.md` gives it.
pub(crate) fn hash(text: &[u8]) -> u32 {
    hash_by(text, |word| word)
}

/// The hash of a text in lower case.
pub(crate) fn hash_in_lower_case(text: &[u8]) -> u32 {
    hash_by(text, to_lower_case)
}

/// The hash of a text that stands there byte by byte.
pub(crate) fn hash_of(text: impl Iterator<Item = u8> + Clone) -> u32 {
    let length = text.clone().count();
    let mut text = text.fuse();
    let words = core::iter::from_fn(move || {
        let first = text.next()?;
        let mut word = [first, 0, 0, 0, 0, 0, 0, 0];
        for (slot, byte) in word.iter_mut().skip(1).zip(text.by_ref()) {
            *slot = byte;
        }
        Some(u64::from_le_bytes(word))
    });
    end(words.fold(0, mix), length)
}

fn same_by(left: &[u8], right: &[u8], same: impl Fn(u64, u64) -> bool) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let ((left_words, rest), (right_words, _)) = (left.as_chunks::<8>(), right.as_chunks::<8>());
    for (left, right) in left_words.iter().zip(right_words) {
        if !same(u64::from_le_bytes(*left), u64::from_le_bytes(*right)) {
            return false;
        }
    }
    let last = |text| last_word(text, rest.len());
    rest.is_empty() || same(last(left), last(right))
}

fn hash_by(text: &[u8], change: impl Fn(u64) -> u64) -> u32 {
    let (words, rest) = text.as_chunks::<8>();
    let mut hash = 0;
    for word in words {
        hash = mix(hash, change(u64::from_le_bytes(*word)));
    }
    if !rest.is_empty() {
        hash = mix(hash, change(last_word(text, rest.len())));
    }
    end(hash, text.len())
}

fn end(hash: u64, length: usize) -> u32 {
    upper_half(mix(hash, u64::from(crate::wire::length(length))))
}

fn mix(hash: u64, word: u64) -> u64 {
    (hash.rotate_left(5) ^ word).wrapping_mul(0x517C_C1B7_2722_0A95)
}

/// The place of the first byte of a word whose high bit is set.
fn first_of(marks: u64) -> usize {
    crate::wire::index(marks.trailing_zeros() / 8)
}

/// For each byte of a word that is `byte`, its high bit; nothing is said of bytes after the first.
fn equal_bytes(word: u64, byte: u8) -> u64 {
    let differing = word ^ (u64::from(byte) * EACH);
    differing.wrapping_sub(EACH) & !differing & HIGH
}

/// The last word of a text that ends with `rest` bytes after whole words; 1 to 7.
fn last_word(text: &[u8], rest: usize) -> u64 {
    let bits = 8 * crate::wire::length(rest);
    if let Some(word) = text.last_chunk::<8>() {
        return u64::from_le_bytes(*word).checked_shr(64 - bits).unwrap_or(0);
    }
    // Shorter than a word: halves that overlap, where they agree.
    if let (Some(low), Some(high)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        let (low, high) = (u32::from_le_bytes(*low), u32::from_le_bytes(*high));
        return u64::from(low) | u64::from(high).checked_shl(bits - 32).unwrap_or(0);
    }
    // One to three bytes: the first, the last and the one between, which may be one of them.
    let byte = |at: usize| {
        let byte = text.get(at).copied().map_or(0, u64::from);
        byte.checked_shl(8 * crate::wire::length(at)).unwrap_or(0)
    };
    byte(0) | byte(rest / 2) | byte(rest.saturating_sub(1))
}

/// Eight bytes in lower case, with one mark for every byte of ASCII that is neither letter nor digit.
fn to_letters(word: u64) -> u64 {
    let kept = (letters_or_digits(word) | (word & HIGH)) >> 7;
    (to_lower_case(word) & (kept * 0xFF)) | ((EACH ^ kept) * u64::from(b'_'))
}

/// Eight bytes with every ASCII letter in lower case.
fn to_lower_case(word: u64) -> u64 {
    // For each byte without its high bit: the high bit says whether it is at least `A`, above `Z`.
    let low = word & !HIGH;
    let from_a = low + (0x80 - 0x41) * EACH;
    let above_z = low + (0x80 - 0x5B) * EACH;
    let upper = (from_a & !above_z) & !word & HIGH;
    word | upper >> 2
}

#[cfg(test)]
mod tests;
