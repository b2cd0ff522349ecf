//! Whose keys the rows of a file are.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::model::name::Name;

/// Whose keys the rows of a file are.
#[derive(Debug, Clone, Copy)]
pub(in crate::model) enum Owners<'a> {
    /// All of this client, by position.
    One(usize),
    /// Of the client that the row names.
    Named(&'a ClientNames),
}

impl Owners<'_> {
    /// Whether rows name them.
    pub(super) fn are_named(self) -> bool {
        matches!(self, Self::Named(_))
    }
}

/// The positions of clients by their names. Of two with the same name the last is found.
#[derive(Debug)]
pub(in crate::model) struct ClientNames {
    hasher: RandomState,
    names: Vec<Name>,
    table: HashTable<Slot>,
}

/// A client, and a half of its name's hash: nearly always that is enough to find it, and without
/// the names a table of very many clients stays in the processor's cache.
#[derive(Debug)]
struct Slot {
    half: u32,
    position: u32,
}

impl ClientNames {
    pub(in crate::model) fn new(names: Vec<Name>) -> Self {
        let table = HashTable::with_capacity(names.len());
        let mut clients = Self { hasher: RandomState::default(), names, table };
        for (name, position) in clients.names.iter().zip(0..) {
            let hash = clients.hasher.hash_one(name.as_str());
            let (names, hasher) = (&clients.names, &clients.hasher);
            let same = |slot: &Slot| get(names, slot.position) == Some(name.as_str());
            let rehash =
                |slot: &Slot| hasher.hash_one(get(names, slot.position).unwrap_or_default());
            let slot = Slot { half: half(hash), position };
            match clients.table.entry(hash, same, rehash) {
                hashbrown::hash_table::Entry::Occupied(mut other) => *other.get_mut() = slot,
                hashbrown::hash_table::Entry::Vacant(vacant) => drop(vacant.insert(slot)),
            }
        }
        clients
    }

    /// How many clients have names.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether these are the names, in this order.
    pub(in crate::model) fn are<'n>(&self, names: impl Iterator<Item = &'n Name>) -> bool {
        self.names.iter().eq(names)
    }

    /// All names, in the order of their clients.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(Name::as_str)
    }

    /// The position of the client with this name.
    pub(super) fn position(&self, name: &str) -> Option<u32> {
        let same = |slot: &Slot| get(&self.names, slot.position) == Some(name);
        self.table.find(self.hasher.hash_one(name), same).map(|slot| slot.position)
    }

    /// The positions of the clients with these names.
    ///
    /// Among very many clients each look-up waits for memory; those of several names, with nothing
    /// else between them, wait together: first for the table, then for the names in it.
    pub(super) fn positions<'n>(
        &self,
        names: impl Iterator<Item = &'n str> + Clone,
        found: &mut Vec<Option<u32>>,
    ) {
        found.clear();
        let mut last = ("", None);
        found.extend(names.clone().map(|name| {
            if name != last.0 {
                let hash = self.hasher.hash_one(name);
                let slot = self.table.find(hash, |slot| slot.half == half(hash));
                last = (name, slot.map(|slot| slot.position));
            }
            last.1
        }));
        for (name, found) in names.zip(found) {
            if found.is_none_or(|position| get(&self.names, position) != Some(name)) {
                *found = self.position(name);
            }
        }
    }
}

fn get(names: &[Name], position: u32) -> Option<&str> {
    names.get(usize::try_from(position).ok()?).map(Name::as_str)
}

/// The upper half of a hash.
fn half(hash: u64) -> u32 {
    u32::try_from(hash >> u32::BITS).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_found_by_name_one_by_one_and_together() {
        let texts: Vec<String> =
            (0..1_000_u32).map(|client| format!("client-{}", client % 900)).collect();
        let clients = ClientNames::new(texts.iter().map(|text| Name::new(text).unwrap()).collect());
        let asked =
            ["", "client-", "client-900", "client-7", "client-7", "client-899", "client-100"];
        let expected = [None, None, None, Some(907), Some(907), Some(899), Some(100)];
        assert_eq!(asked.map(|name| clients.position(name)), expected);
        let mut found = vec![Some(1)];
        clients.positions(asked.into_iter(), &mut found);
        assert_eq!(found, expected);
        assert_eq!(clients.iter().collect::<Vec<_>>(), texts);
    }
}
