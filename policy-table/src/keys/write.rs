//! The buckets and records of a table's keys.

use alloc::vec::Vec;

use super::{Layout, Referring};
use crate::format::DIGEST_BYTES;
use crate::wire::index;

/// Bytes that hold client, attributes and window of any key.
const MAX_TAIL_BYTES: usize = 8;

/// Both sections in the making.
pub(crate) struct KeyWriter {
    layout: Layout,
    /// How many keys each bucket has, after a zero.
    counts: Vec<u32>,
    records: Vec<u8>,
}

impl KeyWriter {
    /// Neither key nor record, but room for so many.
    pub(crate) fn new(layout: Layout, count: usize) -> Self {
        let counts = alloc::vec![0; (1 << layout.bucket_bits) + 1];
        let records = Vec::with_capacity(layout.record_bytes().saturating_mul(count));
        Self { layout, counts, records }
    }

    /// Adds a key; they come sorted by digest.
    pub(crate) fn push(&mut self, digest: [u8; DIGEST_BYTES], referring: Referring) {
        let bucket = self.layout.bucket(digest.first_chunk().copied().unwrap_or_default());
        if let Some(count) = self.counts.get_mut(bucket + 1) {
            *count += 1;
        }
        let mut record = [0; DIGEST_BYTES + MAX_TAIL_BYTES];
        let (kept, tail) = record.split_at_mut(DIGEST_BYTES);
        kept.copy_from_slice(&digest);
        tail.copy_from_slice(&self.layout.join(referring).to_le_bytes());
        let bytes = self.layout.skipped_bytes..DIGEST_BYTES + self.layout.tail_bytes;
        self.records.extend_from_slice(record.get(bytes).unwrap_or_default());
    }

    /// Both sections: (buckets, records).
    pub(crate) fn finish(self) -> (Vec<u8>, Vec<u8>) {
        let mut total = 0;
        let mut buckets = Vec::with_capacity(self.counts.len() * 4);
        for count in self.counts {
            total += count;
            buckets.extend(total.to_le_bytes());
        }
        let whole = index(total) * self.layout.record_bytes() == self.records.len();
        debug_assert!(whole, "every key is in a bucket");
        (buckets, self.records)
    }
}
