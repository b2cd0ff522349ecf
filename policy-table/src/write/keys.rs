//! Keys in the making: what many of them share is kept once, from the start.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::order::{Distinct, numbered, renumber};
use super::{AddressRule, ClientHandle, Grant, Key, WriteError};
use crate::attributes::{Attributes, Window};
use crate::format::DIGEST_BYTES;
use crate::index::{ClientIndex, KeyIndex};
use crate::keys::KeyRecord;
use crate::wire::{index, length};

/// How many shares keys make: as many as the first byte of a digest has values.
const SHARES: usize = 256;

/// The keys of a policy. They are shared out by the first byte of their digests as they come, so
/// that what is sorted and written together is near to each other in memory.
pub(super) struct KeyList {
    shares: Vec<Share>,
    attributes: Distinct<(AddressRule, Option<Grant>, bool)>,
    windows: Distinct<Window>,
}

/// Keys whose digests begin with the same byte, in the order in which they came.
#[derive(Default)]
struct Share {
    keys: Vec<StoredKey>,
    names: String,
}

struct StoredKey {
    digest: [u8; DIGEST_BYTES],
    /// Where its name ends among the names of its share; it begins where that before it ends.
    name_end: u32,
    client: ClientHandle,
    /// Position in the distinct attributes.
    attributes: u32,
    /// Position in the distinct windows.
    window: u32,
}

/// Keys in the order of their digests, and what they refer to in the order of its content.
pub(super) struct SortedKeys {
    /// The positions of a share's keys in their order.
    shares: Vec<(Share, Vec<u32>)>,
    pub(super) attributes: Vec<Attributes>,
    attribute_numbers: Vec<u32>,
    pub(super) windows: Vec<Window>,
    window_numbers: Vec<u32>,
}

impl Default for KeyList {
    fn default() -> Self {
        let shares = core::iter::repeat_with(Share::default).take(SHARES).collect();
        Self { shares, attributes: Distinct::default(), windows: Distinct::default() }
    }
}

impl KeyList {
    pub(super) fn push(&mut self, key: Key<'_>) {
        let digest: [u8; DIGEST_BYTES] = key.digest.first_chunk().copied().unwrap_or_default();
        let attributes = self.attributes.position((key.rule, key.grant, key.active));
        let window = self.windows.position(Window::new(key.not_before, key.expires));
        // INVARIANT: there is a share for every byte.
        if let Some(share) =
            digest.first().and_then(|first| self.shares.get_mut(usize::from(*first)))
        {
            share.names.push_str(&key.name);
            let name_end = length(share.names.len());
            let client = key.client;
            share.keys.push(StoredKey { digest, name_end, client, attributes, window });
        }
    }

    /// The rules of all keys.
    pub(super) fn rules(&self) -> impl Iterator<Item = AddressRule> {
        self.attributes.values.iter().map(|(rule, ..)| *rule)
    }

    /// The grants of all keys that have their own.
    pub(super) fn grants(&self) -> impl Iterator<Item = Grant> {
        self.attributes.values.iter().filter_map(|(_, grant, _)| *grant)
    }

    /// Sorts everything; `attributes_of` gives rule and grant the numbers they have in the table.
    pub(super) fn sort(
        self,
        attributes_of: impl Fn(AddressRule, Option<Grant>, bool) -> Attributes,
    ) -> Result<SortedKeys, WriteError> {
        let attributes = self.attributes.values.iter();
        let attributes =
            attributes.map(|(rule, grant, active)| attributes_of(*rule, *grant, *active));
        let (attributes, attribute_numbers) = numbered(attributes);
        let (windows, window_numbers) = numbered(self.windows.values.iter().copied());
        let shares = self.shares.into_iter().map(|share| share.sort().map(|order| (share, order)));
        let shares = shares.collect::<Result<_, WriteError>>()?;
        Ok(SortedKeys { shares, attributes, attribute_numbers, windows, window_numbers })
    }
}

impl Share {
    /// The positions of the keys in the order of their digests.
    fn sort(&self) -> Result<Vec<u32>, WriteError> {
        let keys = &self.keys;
        // Beginnings nearly always differ: only where they do not, the keys themselves are looked at.
        let mut order: Vec<(u64, u32)> =
            keys.iter().map(|key| begins(&key.digest)).zip(0..).collect();
        let rest = |position: &u32| keys.get(index(*position)).map(|key| key.digest);
        order.sort_unstable_by(|(left, one), (right, other)| {
            left.cmp(right).then_with(|| (rest(one), one).cmp(&(rest(other), other)))
        });
        for pair in order.windows(2) {
            if let [(left, one), (right, other)] = pair
                && left == right
                && rest(one) == rest(other)
            {
                let name = |position: &u32| self.name(*position).to_string();
                return Err(WriteError::SameDigest(name(one), name(other)));
            }
        }
        Ok(order.into_iter().map(|(_, position)| position).collect())
    }

    fn name(&self, position: u32) -> &str {
        let end =
            |position: u32| self.keys.get(index(position)).map_or(0, |key| index(key.name_end));
        let start = position.checked_sub(1).map_or(0, end);
        self.names.get(start..end(position)).unwrap_or_default()
    }
}

impl SortedKeys {
    pub(super) fn len(&self) -> usize {
        self.shares.iter().map(|(share, _)| share.keys.len()).sum()
    }

    /// Names in the order of digests.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.in_order().map(|(share, position)| share.name(position))
    }

    /// Digests and records in the order of digests; `clients` are the numbers of handles.
    pub(super) fn records(
        &self,
        clients: &[u32],
    ) -> impl Iterator<Item = ([u8; DIGEST_BYTES], KeyRecord)> {
        let keys = self.in_order().filter_map(|(share, at)| share.keys.get(index(at)));
        keys.enumerate().map(|(position, key)| {
            let record = KeyRecord {
                key: KeyIndex(length(position)),
                client: ClientIndex(renumber(clients, key.client.0)),
                attributes: renumber(&self.attribute_numbers, key.attributes),
                window: renumber(&self.window_numbers, key.window),
            };
            (key.digest, record)
        })
    }

    fn in_order(&self) -> impl Iterator<Item = (&Share, u32)> {
        self.shares.iter().flat_map(|(share, order)| order.iter().map(move |at| (share, *at)))
    }
}

fn begins(digest: &[u8; DIGEST_BYTES]) -> u64 {
    u64::from_be_bytes(digest.first_chunk().copied().unwrap_or_default())
}
