//! The buckets and records of a table's keys.

use alloc::vec::Vec;

use super::{KeyRecord, Layout};
use crate::format::DIGEST_BYTES;
use crate::wire::index;

/// Writes both sections from so many keys that are sorted by digest; returns (buckets, records).
pub(crate) fn write(
    layout: Layout,
    count: usize,
    keys: impl Iterator<Item = ([u8; DIGEST_BYTES], KeyRecord)>,
) -> (Vec<u8>, Vec<u8>) {
    let mut starts = alloc::vec![0_u32; (1 << layout.bucket_bits) + 1];
    let mut records = Vec::with_capacity(layout.record_bytes().saturating_mul(count));
    for (digest, record) in keys {
        let bucket = layout.bucket(digest.first_chunk().copied().unwrap_or_default());
        if let Some(count) = starts.get_mut(bucket + 1) {
            *count += 1;
        }
        records.extend(digest.get(layout.skipped_bytes..).unwrap_or_default());
        let tail = layout.join(record).to_le_bytes();
        records.extend(tail.get(..layout.tail_bytes).unwrap_or_default());
    }
    let mut total = 0;
    let mut buckets = Vec::with_capacity(starts.len() * 4);
    for count in starts {
        total += count;
        buckets.extend(total.to_le_bytes());
    }
    debug_assert_eq!(index(total), count, "every key is in a bucket");
    (buckets, records)
}
