//! Reading little-endian records in place.

/// A section of records, each of `WORDS` little-endian 32-bit words.
pub(crate) type Records<'a, const WORDS: usize> = &'a [[[u8; 4]; WORDS]];

/// Splits a section into records. Bytes that do not fill a record are left out:
/// the envelope has already proved that there are none.
pub(crate) fn records<const WORDS: usize>(section: &[u8]) -> Records<'_, WORDS> {
    section.as_chunks::<4>().0.as_chunks::<WORDS>().0
}

/// The words of one record.
pub(crate) fn words<const WORDS: usize>(record: &[[u8; 4]; WORDS]) -> [u32; WORDS] {
    record.map(u32::from_le_bytes)
}

/// The only word of record `index`.
pub(crate) fn word(records: Records<'_, 1>, index: usize) -> Option<u32> {
    let [value] = words(records.get(index)?);
    Some(value)
}

/// A 32-bit word as an index into memory.
pub(crate) fn index(word: u32) -> usize {
    const { assert!(usize::BITS >= 32, "a word of the table must fit an index") };
    word as usize
}

/// A length as a 32-bit word; lengths beyond that do not occur in a proved table.
pub(crate) fn length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Bits that hold every number below `count`.
pub(crate) fn bits_below(count: u32) -> u32 {
    u32::BITS - count.saturating_sub(1).leading_zeros()
}

/// Bytes that hold every number below `count`.
pub(crate) fn bytes_below(count: u32) -> usize {
    index(bits_below(count).div_ceil(8))
}

/// The number in at most eight bytes.
pub(crate) fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0_u64, |value, byte| value << 8 | u64::from(*byte))
}

/// The upper 32 of 64 bits.
pub(crate) fn upper_half(value: u64) -> u32 {
    let [.., a, b, c, d] = value.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}
