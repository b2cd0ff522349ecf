//! Keys in the making: what many of them share is kept once, from the start.

use alloc::borrow::Cow;
use alloc::string::ToString;
use alloc::vec::Vec;

use super::order::{Distinct, numbered, renumber};
use super::{AddressRule, ClientHandle, Grant, Key, WriteError};
use crate::attributes::{Attributes, Window};
use crate::format::DIGEST_BYTES;
use crate::index::{ClientIndex, KeyIndex};
use crate::keys::KeyRecord;
use crate::wire::{index, length};

/// The keys of a policy, in the order in which they came.
#[derive(Default)]
pub(super) struct KeyList<'a> {
    keys: Vec<StoredKey<'a>>,
    attributes: Distinct<(AddressRule, Option<Grant>, bool)>,
    windows: Distinct<Window>,
}

struct StoredKey<'a> {
    name: Cow<'a, str>,
    digest: [u8; DIGEST_BYTES],
    client: ClientHandle,
    /// Position in the distinct attributes.
    attributes: u32,
    /// Position in the distinct windows.
    window: u32,
}

/// Keys in the order of their digests, and what they refer to in the order of its content.
pub(super) struct SortedKeys<'a> {
    keys: Vec<StoredKey<'a>>,
    /// The beginning of a digest, and the position of its key.
    order: Vec<(u64, u32)>,
    pub(super) attributes: Vec<Attributes>,
    attribute_numbers: Vec<u32>,
    pub(super) windows: Vec<Window>,
    window_numbers: Vec<u32>,
}

impl<'a> KeyList<'a> {
    pub(super) fn push(&mut self, key: Key<'a>) {
        self.keys.push(StoredKey {
            name: key.name,
            digest: key.digest.first_chunk().copied().unwrap_or_default(),
            client: key.client,
            attributes: self.attributes.position((key.rule, key.grant, key.active)),
            window: self.windows.position(Window::new(key.not_before, key.expires)),
        });
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
    ) -> Result<SortedKeys<'a>, WriteError> {
        let keys = self.keys;
        let attributes = self.attributes.values.iter();
        let attributes =
            attributes.map(|(rule, grant, active)| attributes_of(*rule, *grant, *active));
        let (attributes, attribute_numbers) = numbered(attributes);
        let (windows, window_numbers) = numbered(self.windows.values.iter().copied());
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
                && let (Some(one), Some(other)) = (keys.get(index(*one)), keys.get(index(*other)))
                && one.digest == other.digest
            {
                return Err(WriteError::SameDigest(one.name.to_string(), other.name.to_string()));
            }
        }
        Ok(SortedKeys { keys, order, attributes, attribute_numbers, windows, window_numbers })
    }
}

impl SortedKeys<'_> {
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// Names in the order of digests.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.in_order().map(|key| key.name.as_ref())
    }

    /// Digests and records in the order of digests; `clients` are the numbers of handles.
    pub(super) fn records(
        &self,
        clients: &[u32],
    ) -> impl Iterator<Item = ([u8; DIGEST_BYTES], KeyRecord)> {
        self.in_order().enumerate().map(|(position, key)| {
            let record = KeyRecord {
                key: KeyIndex(length(position)),
                client: ClientIndex(renumber(clients, key.client.0)),
                attributes: renumber(&self.attribute_numbers, key.attributes),
                window: renumber(&self.window_numbers, key.window),
            };
            (key.digest, record)
        })
    }

    fn in_order(&self) -> impl Iterator<Item = &StoredKey<'_>> {
        self.order.iter().filter_map(|(_, position)| self.keys.get(index(*position)))
    }
}

fn begins(digest: &[u8; DIGEST_BYTES]) -> u64 {
    u64::from_be_bytes(digest.first_chunk().copied().unwrap_or_default())
}
