//! Keys: from a digest to a client and attributes.
//!
//! A SHA-256 digest is uniform, so its own bits are the hash. Keys are sorted by the first 128
//! bits of their digest; the leading bits name a bucket, and a record keeps the whole bytes that
//! the bucket does not already say, followed by the client and the attributes in as few bytes as
//! hold both. Every width follows from the counts, so a table has nothing to choose and nothing
//! to trust.

use crate::error::{Part, TableError, Value, number};
use crate::format::{DIGEST_BYTES, KEYS_PER_BUCKET, Section};
use crate::index::{ClientIndex, KeyIndex};
use crate::wire::{Records, index, length, records, word};

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
    /// Bytes that hold a client and attributes.
    pub(crate) tail_bytes: usize,
}

impl Layout {
    /// The widths for this many keys, clients and attributes.
    pub(crate) fn new(keys: u32, clients: u32, attributes: u32) -> Self {
        let mut bucket_bits = 0;
        while keys >> bucket_bits > KEYS_PER_BUCKET {
            bucket_bits += 1;
        }
        let client_bits = bits_below(clients);
        let tail_bits = client_bits + bits_below(attributes);
        Self {
            bucket_bits,
            skipped_bytes: index(bucket_bits / 8),
            client_bits,
            tail_bytes: index(tail_bits.div_ceil(8)),
        }
    }

    /// The bucket of a digest that begins with these bytes.
    pub(crate) fn bucket(self, first: [u8; 4]) -> usize {
        index(u32::from_be_bytes(first).checked_shr(32 - self.bucket_bits).unwrap_or(0))
    }

    /// Bytes of a digest that a record keeps.
    pub(crate) fn kept_bytes(self) -> usize {
        DIGEST_BYTES - self.skipped_bytes
    }

    /// Bytes of a record.
    pub(crate) fn record_bytes(self) -> usize {
        self.kept_bytes() + self.tail_bytes
    }
}

impl<'a> Keys<'a> {
    /// Proves that buckets and records are sorted and every client and attribute exists.
    pub(crate) fn read(
        section: impl Fn(Section) -> &'a [u8],
        clients: usize,
        attributes: usize,
    ) -> Result<Self, TableError> {
        let buckets = records::<1>(section(Section::KeyBuckets));
        let count = buckets.last().map_or(0, |[end]| u32::from_le_bytes(*end));
        let layout = Layout::new(count, length(clients), length(attributes));
        let keys = Self { layout, buckets, records: section(Section::KeyRecords) };
        let part = Part("key_buckets");
        let expected = (1_usize << layout.bucket_bits) + 1;
        let found = buckets.len();
        part.ensure(found == expected, "number of buckets", 0, number(expected), number(found))?;
        let expected = layout.record_bytes().saturating_mul(index(count));
        let found = keys.records.len();
        Part("key_records").ensure(
            found == expected,
            "bytes of records",
            0,
            number(expected),
            number(found),
        )?;
        keys.prove_records(clients, attributes)?;
        Ok(keys)
    }

    /// How many keys there are.
    pub(crate) fn count(&self) -> usize {
        self.buckets.last().map_or(0, |[end]| index(u32::from_le_bytes(*end)))
    }

    /// The key with this digest.
    ///
    /// Comparing digests byte by byte is safe: timing tells at most how a digest of the caller's
    /// own choice compares with stored ones, and nobody can choose digests.
    pub(crate) fn find(&self, digest: &[u8; 32]) -> Option<KeyRecord> {
        let bucket = self.layout.bucket(*digest.first_chunk()?);
        let mut low = index(word(self.buckets, bucket)?);
        let mut high = index(word(self.buckets, bucket.checked_add(1)?)?);
        let wanted = digest.get(self.layout.skipped_bytes..DIGEST_BYTES)?;
        while low < high {
            let middle = low.midpoint(high);
            let (kept, tail) = self.record(middle)?;
            match kept.cmp(wanted) {
                core::cmp::Ordering::Less => low = middle + 1,
                core::cmp::Ordering::Greater => high = middle,
                core::cmp::Ordering::Equal => return Some(self.resolve(middle, tail)),
            }
        }
        None
    }

    /// The kept digest bytes and the tail of record `position`.
    fn record(&self, position: usize) -> Option<(&'a [u8], &'a [u8])> {
        let size = self.layout.record_bytes();
        let start = position.checked_mul(size)?;
        let record = self.records.get(start..start.checked_add(size)?)?;
        record.split_at_checked(self.layout.kept_bytes())
    }

    fn resolve(&self, position: usize, tail: &[u8]) -> KeyRecord {
        let tail = tail.iter().rev().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
        let attributes = tail >> self.layout.client_bits;
        let client = tail ^ (attributes << self.layout.client_bits);
        // INVARIANT: both were proved to be below 32-bit counts.
        let word = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
        KeyRecord {
            key: KeyIndex(length(position)),
            client: ClientIndex(word(client)),
            attributes: word(attributes),
        }
    }

    fn prove_records(&self, clients: usize, attributes: usize) -> Result<(), TableError> {
        let part = Part("key_records");
        let first = word(self.buckets, 0);
        let start = Value::Words("a start that is not after the next one");
        Part("key_buckets").ensure(
            first == Some(0),
            "first bucket",
            0,
            Value::Number(0),
            Value::Words("another start"),
        )?;
        for bucket in 0..self.buckets.len().saturating_sub(1) {
            let from = word(self.buckets, bucket).map_or(0, index);
            let to = word(self.buckets, bucket + 1).map_or(0, index);
            if from > to || to > self.count() {
                return Err(Part("key_buckets").refuse(
                    "start of a bucket",
                    bucket,
                    start,
                    number(from),
                ));
            }
            let mut previous: &[u8] = &[];
            for position in from..to {
                let Some((kept, tail)) = self.record(position) else { break };
                let rising = Value::Words("rising digests");
                part.ensure(
                    previous < kept,
                    "digest",
                    position,
                    rising,
                    Value::Words("not above the one before"),
                )?;
                let own = Value::Words("a digest of this bucket");
                part.ensure(
                    self.belongs(bucket, kept),
                    "digest",
                    position,
                    own,
                    Value::Words("one of another bucket"),
                )?;
                let found = self.resolve(position, tail);
                part.below("client", position, found.client.0, clients)?;
                part.below("attributes", position, found.attributes, attributes)?;
                previous = kept;
            }
        }
        Ok(())
    }

    /// Whether the bits that both the bucket and the kept bytes say are the same.
    fn belongs(&self, bucket: usize, kept: &[u8]) -> bool {
        let shared_bits = self.layout.bucket_bits % 8;
        let first = kept.first().copied().unwrap_or(0);
        let said = u32::from(first).checked_shr(8 - shared_bits).unwrap_or(0);
        index(said) == bucket & ((1 << shared_bits) - 1)
    }
}

/// Bits that hold every number below `count`.
fn bits_below(count: u32) -> u32 {
    u32::BITS - count.saturating_sub(1).leading_zeros()
}
