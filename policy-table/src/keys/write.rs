//! The buckets and records of a table's keys.

use alloc::vec::Vec;

use super::{Layout, Referring};
use crate::format::DIGEST_BYTES;
use crate::wire::index;

/// Bytes that hold client, attributes and window of any key.
const MAX_TAIL_BYTES: usize = 8;

/// Neighbouring keys in the making.
pub(crate) struct KeyWriter {
    layout: Layout,
    /// The bucket of the first key.
    first: usize,
    /// How many keys each bucket has, from the first on.
    counts: Vec<u32>,
    records: Vec<u8>,
}

impl KeyWriter {
    /// No keys, but room for so many.
    pub(crate) fn new(layout: Layout, count: usize) -> Self {
        let records = Vec::with_capacity(layout.record_bytes().saturating_mul(count));
        Self { layout, first: 0, counts: Vec::new(), records }
    }

    /// Adds a key; they come sorted by digest.
    pub(crate) fn push(&mut self, digest: [u8; DIGEST_BYTES], referring: Referring) {
        let bucket = self.layout.bucket(digest.first_chunk().copied().unwrap_or_default());
        if self.counts.is_empty() {
            self.first = bucket;
        }
        let position = bucket.saturating_sub(self.first);
        if self.counts.len() <= position {
            self.counts.resize(position + 1, 0);
        }
        if let Some(count) = self.counts.get_mut(position) {
            *count += 1;
        }
        let mut record = [0; DIGEST_BYTES + MAX_TAIL_BYTES];
        let (kept, tail) = record.split_at_mut(DIGEST_BYTES);
        kept.copy_from_slice(&digest);
        tail.copy_from_slice(&self.layout.join(referring).to_le_bytes());
        let bytes = self.layout.skipped_bytes..DIGEST_BYTES + self.layout.tail_bytes;
        self.records.extend_from_slice(record.get(bytes).unwrap_or_default());
    }

    /// Both sections, of all keys in their order: (buckets, records).
    pub(crate) fn sections(layout: Layout, keys: &[Self]) -> (Vec<u8>, Vec<u8>) {
        let mut counts = alloc::vec![0; 1 << layout.bucket_bits];
        let mut records = Vec::with_capacity(keys.iter().map(|keys| keys.records.len()).sum());
        for keys in keys {
            let buckets = counts.iter_mut().skip(keys.first);
            buckets.zip(&keys.counts).for_each(|(count, more)| *count += more);
            records.extend_from_slice(&keys.records);
        }
        let mut buckets = Vec::with_capacity((counts.len() + 1) * 4);
        let mut total: u32 = 0;
        buckets.extend(total.to_le_bytes());
        for count in counts {
            total += count;
            buckets.extend(total.to_le_bytes());
        }
        let whole = index(total) * layout.record_bytes() == records.len();
        debug_assert!(whole, "every key is in a bucket");
        (buckets, records)
    }
}
