//! Keys: from a digest to a client and attributes.
//!
//! A SHA-256 digest is uniform, so its own bits are the hash. Keys are sorted by the first 128
//! bits of their digest; the leading bits name a bucket, and a record keeps the whole bytes that
//! the bucket does not already say, followed by client, attributes and window in as few bytes as
//! hold all three. Every width follows from the counts, so a table has nothing to choose and
//! nothing to trust.

use crate::format::{DIGEST_BYTES, KEY_ID_BYTES, KEYS_PER_BUCKET};
use crate::index::{ClientIndex, KeyIndex};
use crate::wire::{Records, bits_below, index, length, little_endian, word};

mod prove;
pub(crate) use prove::Referred;
#[cfg(feature = "write")]
pub(crate) mod write;

/// The keys of a table.
#[derive(Clone, Copy)]
pub(crate) struct Keys<'a> {
    layout: Layout,
    /// Where each bucket begins, in records, and one more for the end.
    buckets: Records<'a, 1>,
    records: &'a [u8],
}

/// A key that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyRecord {
    pub(crate) key: KeyIndex,
    pub(crate) client: ClientIndex,
    /// Position in the table of attributes.
    pub(crate) attributes: u32,
    /// Position in the table of windows.
    pub(crate) window: u32,
}

/// What a key refers to.
#[cfg(feature = "write")]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Referring {
    pub(crate) client: ClientIndex,
    /// Position in the table of attributes.
    pub(crate) attributes: u32,
    /// Position in the table of windows.
    pub(crate) window: u32,
}

/// The widths that follow from the counts of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Leading bits of a digest that name its bucket.
    pub(crate) bucket_bits: u32,
    /// Leading bytes of a digest that the bucket says in full.
    pub(crate) skipped_bytes: usize,
    /// Bits that hold a client.
    pub(crate) client_bits: u32,
    /// Bits that hold attributes.
    pub(crate) attribute_bits: u32,
    /// Bytes that hold a client, attributes and a window.
    pub(crate) tail_bytes: usize,
}

impl Layout {
    /// The widths for so many keys, clients, attributes and windows; `None` where 64 bits do not
    /// hold the last three.
    pub(crate) fn new(keys: u32, clients: u32, attributes: u32, windows: u32) -> Option<Self> {
        let mut bucket_bits = 0;
        while keys >> bucket_bits > KEYS_PER_BUCKET {
            bucket_bits += 1;
        }
        let (client_bits, attribute_bits) = (bits_below(clients), bits_below(attributes));
        let tail_bits = client_bits + attribute_bits + bits_below(windows);
        (tail_bits <= u64::BITS).then_some(Self {
            bucket_bits,
            skipped_bytes: index(bucket_bits / 8),
            client_bits,
            attribute_bits,
            tail_bytes: index(tail_bits.div_ceil(8)),
        })
    }

    /// The bucket of a digest that begins with these bytes.
    pub(crate) fn bucket(self, first: [u8; 4]) -> usize {
        index(u32::from_be_bytes(first).checked_shr(32 - self.bucket_bits).unwrap_or(0))
    }

    /// Bytes of a digest that a record keeps: 13 to 16, as there are no 2^32 buckets.
    pub(crate) fn kept_bytes(self) -> usize {
        DIGEST_BYTES - self.skipped_bytes
    }

    /// Bytes of a record.
    pub(crate) fn record_bytes(self) -> usize {
        self.kept_bytes() + self.tail_bytes
    }

    /// Client, attributes and window as one number.
    #[cfg(feature = "write")]
    pub(crate) fn join(self, record: Referring) -> u64 {
        let shifted = |value: u32, bits: u32| u64::from(value).checked_shl(bits).unwrap_or(0);
        u64::from(record.client.0)
            | shifted(record.attributes, self.client_bits)
            | shifted(record.window, self.client_bits + self.attribute_bits)
    }

    /// The inverse of [`join`](Self::join).
    fn split(self, position: usize, tail: u64) -> KeyRecord {
        let above = |value: u64, bits: u32| value.checked_shr(bits).unwrap_or(0);
        let below = |value: u64, bits: u32| value & !u64::MAX.checked_shl(bits).unwrap_or(0);
        // INVARIANT: all three were proved to be below 32-bit counts.
        let word = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
        let rest = above(tail, self.client_bits);
        KeyRecord {
            key: KeyIndex(length(position)),
            client: ClientIndex(word(below(tail, self.client_bits))),
            attributes: word(below(rest, self.attribute_bits)),
            window: word(above(rest, self.attribute_bits)),
        }
    }
}

/// The kept bytes of a digest as two numbers: its first eight and its last eight bytes. They
/// overlap, which changes nothing in their order: where the first are equal, so is the overlap.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Kept(u64, u64);

impl Kept {
    fn of(bytes: &[u8]) -> Option<Self> {
        let first = u64::from_be_bytes(*bytes.first_chunk()?);
        let last = u64::from_be_bytes(*bytes.last_chunk()?);
        Some(Self(first, last))
    }
}

/// Larger buckets are searched by halves: no table, however made, makes a search long.
const LONGEST_WALK: usize = 64;

impl<'a> Keys<'a> {
    /// How many keys there are.
    pub(crate) fn count(&self) -> usize {
        self.buckets.last().map_or(0, |[end]| index(u32::from_le_bytes(*end)))
    }

    /// The key with this digest.
    ///
    /// Comparing digests in variable time is safe: timing tells at most how a digest of the
    /// caller's own choice compares with stored ones, and nobody can choose digests.
    pub(crate) fn find(&self, digest: &[u8; 32]) -> Option<KeyRecord> {
        let bucket = self.layout.bucket(*digest.first_chunk()?);
        let from = index(word(self.buckets, bucket)?);
        let to = index(word(self.buckets, bucket.checked_add(1)?)?);
        let wanted = Kept::of(digest.get(self.layout.skipped_bytes..DIGEST_BYTES)?)?;
        let mut position = if to.saturating_sub(from) > LONGEST_WALK {
            self.halve(from, to, wanted)
        } else {
            self.guess(from, to, wanted)
        };
        // Down to the first that is not below, and up to the first that is not above.
        while position > from && self.kept(position.checked_sub(1)?)? >= wanted {
            position -= 1;
        }
        while position < to {
            let kept = self.kept(position)?;
            if kept >= wanted {
                let found = (kept == wanted).then(|| self.tail(position)).flatten();
                return found.map(|tail| self.layout.split(position, tail));
            }
            position += 1;
        }
        None
    }

    /// The first bytes of a key's digest, which stand for its name where names are left out.
    pub(crate) fn id(&self, key: KeyIndex) -> Option<[u8; KEY_ID_BYTES]> {
        let position = index(key.0);
        // INVARIANT: bucket starts rise, so the bucket of a record is the last that begins at or before it.
        let after = self.buckets.partition_point(|[start]| u32::from_le_bytes(*start) <= key.0);
        let bucket = u64::from(length(after.checked_sub(1)?));
        let Kept(first, _) = self.kept(position)?;
        let leading = bucket.checked_shl(64 - self.layout.bucket_bits).unwrap_or(0);
        let rest = first.checked_shr(8 * length(self.layout.skipped_bytes)).unwrap_or(0);
        Some((leading | rest).to_be_bytes())
    }

    /// The kept bytes of a key's digest: the first 128 bits.
    #[cfg(feature = "walk")]
    pub(crate) fn digest(&self, key: KeyIndex) -> Option<[u8; DIGEST_BYTES]> {
        let mut digest = [0; DIGEST_BYTES];
        *digest.first_chunk_mut()? = self.id(key)?;
        // INVARIANT: a record keeps 13 bytes or more, so its last eight are those of the digest.
        *digest.last_chunk_mut()? = self.kept(index(key.0))?.1.to_be_bytes();
        Some(digest)
    }

    /// The record of a key.
    #[cfg(feature = "walk")]
    pub(crate) fn record(&self, key: KeyIndex) -> Option<KeyRecord> {
        let position = index(key.0);
        Some(self.layout.split(position, self.tail(position)?))
    }

    /// Where a digest stands among those of a bucket, or close by: digests are uniform, so the
    /// bits after those of the bucket say how far into it. That touches fewer cache lines than
    /// halving.
    fn guess(&self, from: usize, to: usize, wanted: Kept) -> usize {
        let after_bucket = wanted.0 << (self.layout.bucket_bits % 8);
        let fraction = after_bucket >> 32;
        let count = u64::from(length(to.saturating_sub(from)));
        from + usize::try_from((fraction * count) >> 32).unwrap_or(0)
    }

    /// The first record of `from..to` that is not below `wanted`, or `to`.
    fn halve(&self, from: usize, to: usize, wanted: Kept) -> usize {
        let (mut low, mut high) = (from, to);
        while low < high {
            let middle = low.midpoint(high);
            match self.kept(middle) {
                Some(kept) if kept < wanted => low = middle + 1,
                _ => high = middle,
            }
        }
        low
    }

    /// The kept digest bytes of record `position`.
    fn kept(&self, position: usize) -> Option<Kept> {
        let start = position.checked_mul(self.layout.record_bytes())?;
        Kept::of(self.records.get(start..start.checked_add(self.layout.kept_bytes())?)?)
    }

    /// Client, attributes and window of record `position`, as one number.
    fn tail(&self, position: usize) -> Option<u64> {
        let end = position.checked_add(1)?.checked_mul(self.layout.record_bytes())?;
        Some(little_endian(self.records.get(end.checked_sub(self.layout.tail_bytes)?..end)?))
    }
}
