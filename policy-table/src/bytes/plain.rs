//! Where texts stop being made of plain bytes alone: all of a word at once, exactly for each byte.

use super::{EACH, HIGH, first_of, last_word};

/// Where the letters, digits, `-`, `.` and `_` that a text begins with end.
pub(crate) fn end_of_host_name(text: &[u8]) -> usize {
    let (words, rest) = text.as_chunks::<8>();
    let mut before = 0;
    for word in words {
        let marks = not_of_a_host_name(u64::from_le_bytes(*word));
        if marks != 0 {
            return before + first_of(marks);
        }
        before += 8;
    }
    if rest.is_empty() {
        return text.len();
    }
    // The zeros after the end are of no name.
    before + first_of(not_of_a_host_name(last_word(text, rest.len())))
}

/// For each byte of a word that no name of a host has, its high bit, and nothing else.
fn not_of_a_host_name(word: u64) -> u64 {
    let marks = between(word, b'-', b'.') | is(word, u64::MAX, b'_');
    !(letters_or_digits(word) | marks) & HIGH
}

/// For each byte of a word that is a letter or a digit of ASCII, its high bit, and nothing else.
pub(super) fn letters_or_digits(word: u64) -> u64 {
    // Letters of either case are made one.
    between(word | (0x20 * EACH), b'a', b'z') | between(word, b'0', b'9')
}

/// For each byte of a word from one byte of ASCII to another, its high bit, and nothing else.
fn between(word: u64, from: u8, to: u8) -> u64 {
    let low = word & !HIGH;
    let reaching = |byte: u64| low + (0x80 - byte) * EACH;
    reaching(from.into()) & !reaching(u64::from(to) + 1) & !word & HIGH
}

/// Where a path ends, its query or its last byte, if it is made of bytes that mean only themselves,
/// slashes, and segments that are not empty but for the last: then nobody can read it in two ways.
/// `None` says nothing.
pub(crate) fn end_of_plain_path(segments: &[u8]) -> Option<usize> {
    let (words, rest) = segments.as_chunks::<8>();
    // A slash stands before the first segment.
    let (mut before, mut slash_before) = (0, 0x80);
    for word in words {
        let word = u64::from_le_bytes(*word);
        let marks = not_plain(word, slash_before);
        if marks != 0 {
            return query_at(segments, before + first_of(marks));
        }
        slash_before = slashes(word) >> 56;
        before += 8;
    }
    if rest.is_empty() {
        return Some(segments.len());
    }
    // Filled up with a byte that means only itself.
    let filling = (u64::from(b'a') * EACH).checked_shl(8 * crate::wire::length(rest.len()));
    let word = last_word(segments, rest.len()) | filling.unwrap_or(0);
    match not_plain(word, slash_before) {
        0 => Some(segments.len()),
        marks => query_at(segments, before + first_of(marks)),
    }
}

/// Where the query begins, if it does so at `place`.
fn query_at(path: &[u8], place: usize) -> Option<usize> {
    (path.get(place) == Some(&b'?')).then_some(place)
}

/// For each byte of a word that is suspicious or a slash after another, its high bit, and nothing
/// else; `slash_before` is that of the byte before, moved to the first.
fn not_plain(word: u64, slash_before: u64) -> u64 {
    let slashes = slashes(word);
    suspicious(word) | slashes & (slashes << 8 | slash_before)
}

/// For each byte of a word that is a slash, its high bit, and nothing else.
fn slashes(word: u64) -> u64 {
    is(word, u64::MAX, b'/')
}

/// For each byte of a word that is `byte` in the bits of the mask, its high bit, and nothing else.
fn is(word: u64, mask: u64, byte: u8) -> u64 {
    let differing = (word & mask) ^ (u64::from(byte) * EACH);
    !(((differing & !HIGH) + !HIGH) | differing) & HIGH
}

/// For each byte of a word by which a path might be read in two ways, that ends it, or that is one
/// of a few others: its high bit, and nothing else.
fn suspicious(word: u64) -> u64 {
    let without = |bits: u8| !(u64::from(bits) * EACH);
    let low = word & !HIGH;
    // At most a blank, or 0x7F, in ASCII; or none of it.
    let not_of_a_path = (!(low + (0x80 - 0x21) * EACH) | (low + EACH) | word) & HIGH;
    // `!#%'`, `;?`, `\`, `.`
    let others = is(word, without(0x06), b'!')
        | is(word, without(0x04), b';')
        | is(word, u64::MAX, b'\\')
        | is(word, u64::MAX, b'.');
    not_of_a_path | others
}
