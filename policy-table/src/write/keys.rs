//! Keys in the making: what many of them share is kept once, from the start.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::names::NameWriter;
use super::order::{Distinct, numbered, renumber};
use super::{AddressRule, ClientHandle, Grant, Key, WriteError};
use crate::attributes::{Attributes, Window};
use crate::format::{DIGEST_BYTES, NONE};
use crate::index::ClientIndex;
use crate::keys::write::KeyWriter;
use crate::keys::{Layout, Referring};
use crate::wire::{index, length};

/// How many shares keys make: as many as the first byte of a digest has values.
const SHARES: usize = 256;

/// The keys of a policy. They are shared out by the first byte of their digests as they come, so
/// that what is sorted and written together is near to each other in memory.
pub(super) struct KeyList {
    shares: Vec<Share>,
    attributes: Distinct<(AddressRule, Option<Grant>, bool)>,
    /// Positions of the attributes without a grant of their own, as nearly all are: by rule and
    /// switch, in place of one more look-up a key.
    plain: Vec<u32>,
    windows: Distinct<Window>,
}

/// Keys whose digests begin with the same byte, in the order in which they came.
#[derive(Default)]
pub(super) struct Share {
    keys: Vec<StoredKey>,
    names: String,
}

struct StoredKey {
    digest: StoredDigest,
    /// Where its name ends among the names of its share; it begins where that before it ends.
    name_end: u32,
    client: ClientHandle,
    /// Position in the distinct attributes.
    attributes: u32,
    /// Position in the distinct windows.
    window: u32,
}

/// The first 128 bits of a digest, as two numbers. As bytes they would be copied in pieces that
/// overlap, and each of these copies waits for all that was written before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct StoredDigest {
    begins: u64,
    ends: u64,
}

/// Keys whose attributes and windows have the numbers that they have in the table.
pub(super) struct NumberedKeys {
    pub(super) shares: Vec<Share>,
    pub(super) attributes: Vec<Attributes>,
    pub(super) windows: Vec<Window>,
    pub(super) numbers: Numbers,
}

/// From what a key has in the making to what it has in the table.
pub(super) struct Numbers {
    attributes: Vec<u32>,
    windows: Vec<u32>,
}

impl Default for KeyList {
    fn default() -> Self {
        let shares = core::iter::repeat_with(Share::default).take(SHARES).collect();
        Self {
            shares,
            attributes: Distinct::default(),
            plain: Vec::new(),
            windows: Distinct::default(),
        }
    }
}

impl KeyList {
    pub(super) fn push(&mut self, key: Key<'_>) {
        let digest = StoredDigest::of(&key.digest);
        let attributes = match key.grant {
            None => self.plain_position(key.rule, key.active),
            Some(_) => self.attributes.position((key.rule, key.grant, key.active)),
        };
        let window = self.windows.position(Window::new(key.not_before, key.expires));
        // INVARIANT: there is a share for every byte.
        if let Some(share) =
            key.digest.first().and_then(|first| self.shares.get_mut(usize::from(*first)))
        {
            share.names.push_str(&key.name);
            let name_end = length(share.names.len());
            let client = key.client;
            share.keys.push(StoredKey { digest, name_end, client, attributes, window });
        }
    }

    fn plain_position(&mut self, rule: AddressRule, active: bool) -> u32 {
        let rule_slot = rule.0.map_or(0, |rule| index(rule) + 1);
        let slot = rule_slot * 2 + usize::from(active);
        if self.plain.len() <= slot {
            self.plain.resize(slot + 1, NONE);
        }
        match self.plain.get_mut(slot) {
            Some(position) if *position != NONE => *position,
            found => {
                let position = self.attributes.position((rule, None, active));
                if let Some(slot) = found {
                    *slot = position;
                }
                position
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.shares.iter().map(|share| share.keys.len()).sum()
    }

    /// Bytes of all names together.
    pub(super) fn name_bytes(&self) -> usize {
        self.shares.iter().map(|share| share.names.len()).sum()
    }

    /// The rules of all keys.
    pub(super) fn rules(&self) -> impl Iterator<Item = AddressRule> {
        self.attributes.values.iter().map(|(rule, ..)| *rule)
    }

    /// The grants of all keys that have their own.
    pub(super) fn grants(&self) -> impl Iterator<Item = Grant> {
        self.attributes.values.iter().filter_map(|(_, grant, _)| *grant)
    }

    /// Sorts what keys share; `attributes_of` gives rule and grant the numbers they have in the
    /// table.
    pub(super) fn number(
        self,
        attributes_of: impl Fn(AddressRule, Option<Grant>, bool) -> Attributes,
    ) -> NumberedKeys {
        let attributes = self.attributes.values.iter();
        let attributes =
            attributes.map(|(rule, grant, active)| attributes_of(*rule, *grant, *active));
        let (attributes, attribute_numbers) = numbered(attributes);
        let (windows, window_numbers) = numbered(self.windows.values.iter().copied());
        let numbers = Numbers { attributes: attribute_numbers, windows: window_numbers };
        NumberedKeys { shares: self.shares, attributes, windows, numbers }
    }
}

impl Share {
    /// Buckets and records of the keys, in the order of their digests, and their names where these are
    /// wanted; `clients` are the numbers of handles.
    ///
    /// # Errors
    /// When two digests are the same.
    pub(super) fn write(
        self,
        layout: Layout,
        named: bool,
        clients: &[u32],
        numbers: &Numbers,
    ) -> Result<(KeyWriter, NameWriter), WriteError> {
        let mut keys = KeyWriter::new(layout, self.keys.len());
        let mut names = NameWriter::default();
        if named {
            names.reserve(self.keys.len(), self.names.len());
        }
        for position in self.sort()? {
            if named {
                names.push(self.name(position));
            }
            if let Some((digest, referring)) = self.record(position, clients, numbers) {
                keys.push(digest, referring);
            }
        }
        Ok((keys, names))
    }

    /// The positions of the keys in the order of their digests.
    ///
    /// # Errors
    /// When two digests are the same.
    fn sort(&self) -> Result<Vec<u32>, WriteError> {
        let keys = &self.keys;
        // Beginnings nearly always differ: only where they do not, the keys themselves are looked at.
        let mut order: Vec<(u64, u32)> =
            keys.iter().map(|key| key.digest.begins).zip(0..).collect();
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

    /// Digest and record of a key; `clients` are the numbers of handles.
    fn record(
        &self,
        position: u32,
        clients: &[u32],
        numbers: &Numbers,
    ) -> Option<([u8; DIGEST_BYTES], Referring)> {
        let key = self.keys.get(index(position))?;
        let referring = Referring {
            client: ClientIndex(renumber(clients, key.client.0)),
            attributes: renumber(&numbers.attributes, key.attributes),
            window: renumber(&numbers.windows, key.window),
        };
        Some((key.digest.to_bytes(), referring))
    }
}

impl StoredDigest {
    fn of(digest: &[u8; 32]) -> Self {
        let number =
            |bytes: Option<&[u8; 8]>| u64::from_be_bytes(bytes.copied().unwrap_or_default());
        Self {
            begins: number(digest.first_chunk()),
            ends: number(digest.get(8..).and_then(<[u8]>::first_chunk)),
        }
    }

    fn to_bytes(self) -> [u8; DIGEST_BYTES] {
        (u128::from(self.begins) << u64::BITS | u128::from(self.ends)).to_be_bytes()
    }
}
