//! Texts that are sorted by hash and bytes; the last three words of a record are the hash, and start and
//! length in one text that holds all of them.

use core::cmp::Ordering;

use crate::error::{Part, TableError, Value};
use crate::format::MAX_TEXT_BYTES;
use crate::wire::{Records, index, words};

/// What is looked for among texts.
pub(super) trait Wanted {
    /// Its hash.
    fn hash(&self) -> u32;
    /// Whether it is this text.
    fn is(&self, text: &[u8]) -> bool;
    /// Where this text stands beside it.
    fn order_of(&self, text: &[u8]) -> Ordering;
}

/// The position of what is wanted among sorted records.
pub(super) fn position<const WORDS: usize>(
    records: Records<'_, WORDS>,
    text: &[u8],
    wanted: &impl Wanted,
) -> Option<usize> {
    let first = records.partition_point(|record| hash_and_text(record, text).0 < wanted.hash());
    let (hash, found) = hash_and_text(records.get(first)?, text);
    if hash != wanted.hash() {
        return None;
    }
    if wanted.is(found) { Some(first) } else { one_of_many(records, text, wanted) }
}

/// The same where the first text with the hash is another: one text has the hash of another by
/// chance, or by intent, and there may be many of those.
#[cold]
#[inline(never)]
fn one_of_many<const WORDS: usize>(
    records: Records<'_, WORDS>,
    text: &[u8],
    wanted: &impl Wanted,
) -> Option<usize> {
    let compare = |record: &[[u8; 4]; WORDS]| {
        let (hash, found) = hash_and_text(record, text);
        hash.cmp(&wanted.hash()).then_with(|| wanted.order_of(found))
    };
    records.binary_search_by(compare).ok()
}

fn hash_and_text<'t, const WORDS: usize>(
    record: &[[u8; 4]; WORDS],
    text: &'t [u8],
) -> (u32, &'t [u8]) {
    let words = words(record);
    // INVARIANT: records have three words or more.
    let [hash, start, size] = words.last_chunk().copied().unwrap_or_default();
    (hash, slice(text, start, size).unwrap_or_default())
}

/// A range of a text.
pub(super) fn slice(text: &[u8], start: u32, size: u32) -> Option<&[u8]> {
    text.get(index(start)..index(start).checked_add(index(size))?)
}

/// Proves that a text is within that of all, and no longer than the format allows.
pub(super) fn prove_text<'a>(
    part: Part,
    what: &'static str,
    at: usize,
    text: &'a [u8],
    [start, size]: [u32; 2],
) -> Result<&'a [u8], TableError> {
    part.below(what, at, size, MAX_TEXT_BYTES + 1)?;
    slice(text, start, size).ok_or_else(|| {
        let expected = Value::Words("the start of a text within all");
        part.refuse(what, at, expected, Value::Number(start.into()))
    })
}
