//! The proof that keys are sorted, stand in their buckets, and belong to what exists.

use super::{Keys, Layout};
use crate::error::{BETWEEN, Part, TableError, Value, found, number};
use crate::format::Section;
use crate::wire::{index, length, records, word};

/// How many of each thing a key refers to there are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Referred {
    pub(crate) clients: usize,
    pub(crate) attributes: usize,
    pub(crate) windows: usize,
}

impl<'a> Keys<'a> {
    /// Proves that buckets and records are sorted and everything that a key refers to exists.
    pub(crate) fn read(
        section: impl Fn(Section) -> &'a [u8],
        referred: Referred,
    ) -> Result<Self, TableError> {
        let buckets = records::<1>(section(Section::KeyBuckets));
        let count = buckets.last().map_or(0, |[end]| u32::from_le_bytes(*end));
        let Referred { clients, attributes, windows } = referred;
        let layout = Layout::new(count, length(clients), length(attributes), length(windows))
            .ok_or_else(|| {
                let expected = Value::Words("64 bits or less for client, attributes and window");
                let found = Value::AtLeast(u64::from(u64::BITS) + 1);
                Part("key_records").refuse("width of a record", 0, expected, found)
            })?;
        let keys = Self { layout, buckets, records: section(Section::KeyRecords) };
        let expected = (1_usize << layout.bucket_bits) + 1;
        let found = buckets.len();
        Part("key_buckets").ensure(
            found == expected,
            "number of buckets",
            0,
            number(expected),
            number(found),
        )?;
        let expected = layout.record_bytes().saturating_mul(index(count));
        let found = keys.records.len();
        Part("key_records").ensure(
            found == expected,
            "bytes of records",
            0,
            number(expected),
            number(found),
        )?;
        keys.prove_records(referred)?;
        Ok(keys)
    }

    fn prove_records(&self, referred: Referred) -> Result<(), TableError> {
        let first = word(self.buckets, 0);
        Part("key_buckets").ensure(
            first == Some(0),
            "first bucket",
            0,
            Value::Number(0),
            found(first),
        )?;
        for bucket in 0..self.buckets.len().saturating_sub(1) {
            let from = word(self.buckets, bucket).map_or(0, index);
            let to = word(self.buckets, bucket + 1).map_or(0, index);
            if from > to || to > self.count() {
                return Err(Part("key_buckets").refuse(
                    "start of a bucket",
                    bucket + 1,
                    BETWEEN,
                    number(to),
                ));
            }
            self.prove_bucket(bucket, from, to, referred)?;
        }
        Ok(())
    }

    fn prove_bucket(
        &self,
        bucket: usize,
        from: usize,
        to: usize,
        referred: Referred,
    ) -> Result<(), TableError> {
        let part = Part("key_records");
        let mut previous = None;
        for position in from..to {
            // INVARIANT: there are as many records as the buckets say, as was proved before.
            let Some((kept, tail)) = self.kept(position).zip(self.tail(position)) else { break };
            let first_kept = Value::Bytes(kept.0.to_be_bytes());
            let rising = Value::Words("one above the one before");
            part.ensure(previous < Some(kept), "digest", position, rising, first_kept)?;
            let own = Value::Words("one of this bucket");
            part.ensure(self.belongs(bucket, kept.0), "digest", position, own, first_kept)?;
            let found = self.layout.split(position, tail);
            part.below("client", position, found.client.0, referred.clients)?;
            part.below("attributes", position, found.attributes, referred.attributes)?;
            part.below("window", position, found.window, referred.windows)?;
            previous = Some(kept);
        }
        Ok(())
    }

    /// Whether the bits that both the bucket and the kept bytes say are the same.
    fn belongs(&self, bucket: usize, first_kept: u64) -> bool {
        let shared_bits = self.layout.bucket_bits % 8;
        let said = first_kept.checked_shr(u64::BITS - shared_bits).unwrap_or(0);
        let bucket = u64::from(length(bucket));
        said == bucket & !u64::MAX.checked_shl(shared_bits).unwrap_or(0)
    }
}
