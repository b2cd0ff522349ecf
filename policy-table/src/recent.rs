//! Keys that were found lately, to be found again without their digest.
//!
//! Most requests carry a key that has just been seen, and its SHA-256 is half of a decision. A keyed
//! hash that nobody else can compute says the same for a tenth of that.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::Cell;

use siphasher::sip128::SipHasher24;

use crate::credential::{Presented, find_key, present};
use crate::decide::decide_presenting;
use crate::decision::Decision;
use crate::index::{ClientIndex, KeyIndex};
use crate::keys::KeyRecord;
use crate::request::Request;
use crate::table::Table;

/// A table that remembers the keys it has found. It decides as [`decide`](crate::decide) does.
pub struct Decider<'a> {
    table: Table<'a>,
    recent: Option<RecentKeys>,
}

/// What a [`Decider`] keeps from everybody: 16 random bytes, new ones for each.
pub struct Secret(pub [u8; 16]);

impl<'a> Decider<'a> {
    /// Decides by `table`; without a secret, or without memory for it, nothing is remembered.
    #[must_use]
    pub fn new(table: Table<'a>, secret: Option<&Secret>) -> Self {
        let keys = table.counts().keys;
        let recent = secret.filter(|_| keys > 0).and_then(|secret| RecentKeys::new(keys, secret));
        Self { table, recent }
    }

    /// The table.
    #[must_use]
    pub fn table(&self) -> &Table<'a> {
        &self.table
    }

    /// Decides a request.
    #[must_use]
    pub fn decide<R: Request>(&self, request: &R) -> Decision {
        decide_presenting(&self.table, request, |query| {
            present(&self.table, request, query, |credential| match &self.recent {
                Some(recent) => recent.find_key(&self.table, credential),
                None => find_key(&self.table, credential),
            })
        })
    }
}

/// Most sets: together 4,096 places in 128 KiB.
const MOST_SETS: usize = 1_024;
/// Keys of a set.
const WAYS: usize = 4;
/// Sets for each that the keys would fill: with a quarter of the places taken, one of fifty keys is
/// crowded out at times; with half of them one of eight.
const SPARE: usize = 4;

/// Which credential was which key of one table.
///
/// A credential is known by 128 bits of SipHash-2-4 under a secret. That is a pseudo-random function:
/// without the secret, nobody finds a text with the same 128 bits but by trying, as with the 128 bits
/// of a digest that a table keeps. No credential is kept, and none that is no key of the table.
struct RecentKeys {
    hasher: SipHasher24,
    /// As many as a power of two.
    sets: Box<[[Cell<Found>; WAYS]]>,
}

/// A key and what its credential is known by.
#[derive(Clone, Copy)]
struct Found {
    tag: (u64, u64),
    key: KeyRecord,
}

impl Found {
    /// Nothing yet: should a credential have this tag, its key has no attributes and is refused.
    const NOTHING: Self = {
        let key = KeyRecord {
            key: KeyIndex(u32::MAX),
            client: ClientIndex(u32::MAX),
            attributes: u32::MAX,
            window: u32::MAX,
        };
        Self { tag: (0, 0), key }
    };
}

impl RecentKeys {
    /// Room for so many keys, or as many as there may be; none where no memory is left for it.
    fn new(keys: usize, secret: &Secret) -> Option<Self> {
        let count = keys.div_ceil(WAYS).next_power_of_two().saturating_mul(SPARE).min(MOST_SETS);
        let mut sets = Vec::new();
        sets.try_reserve_exact(count).ok()?;
        sets.resize_with(count, || [const { Cell::new(Found::NOTHING) }; WAYS]);
        let hasher = SipHasher24::new_with_key(&secret.0);
        Some(Self { hasher, sets: sets.into_boxed_slice() })
    }

    fn find_key(&self, table: &Table<'_>, credential: &[u8]) -> Presented {
        let hash = self.hasher.hash(credential);
        let tag = (hash.h1, hash.h2);
        let Some(set) = self.set(hash.h1) else {
            return find_key(table, credential);
        };
        if let Some(found) = set.iter().map(Cell::get).find(|found| found.tag == tag) {
            return Presented::Key(found.key);
        }
        let presented = find_key(table, credential);
        if let Presented::Key(key) = presented {
            // The oldest goes.
            let mut next = Found { tag, key };
            for place in set {
                next = place.replace(next);
            }
        }
        presented
    }

    fn set(&self, hash: u64) -> Option<&[Cell<Found>; WAYS]> {
        let mask = self.sets.len().checked_sub(1)?;
        self.sets.get(crate::wire::index(crate::wire::upper_half(hash)) & mask)
    }
}
