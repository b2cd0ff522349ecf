//! The addresses of lists. What they have in common is found by halving, not by counting.
//!
//! Named lists are long and shared, what a rule says for itself is short. So what two lists have to
//! do with each other is worked out once, however many rules name both, and each rule only looks at
//! what it adds.

use std::net::IpAddr;
use std::rc::Rc;

use foldhash::HashMap;

use crate::intervals::{Combination, Intervals, after};
use crate::model::{AddressEntry, AddressList, AddressRange, NamedList};

/// The addresses of a list: those of its own entries, and those of the lists that it names.
#[derive(Debug, Clone, Default)]
pub(super) struct Union {
    pub(super) own: Rc<Intervals>,
    pub(super) named: Rc<Intervals>,
}

/// Sets that many rules have to do with, each made once.
#[derive(Debug)]
pub(super) struct Sets {
    /// All addresses.
    pub(super) all: Rc<Intervals>,
    pub(super) none: Rc<Intervals>,
    named: HashMap<String, Rc<Intervals>>,
    combined: HashMap<(Combination, Id, Id), Combined>,
    /// Intervals in `combined`.
    weight: usize,
    /// How many sets were combined.
    pub(super) combinations: usize,
}

/// Where a set is, which tells it apart as long as it is there.
type Id = *const Intervals;

/// A combination of two sets. It keeps both, so that no other set can take their place.
#[derive(Debug)]
struct Combined {
    _of: [Rc<Intervals>; 2],
    set: Rc<Intervals>,
}

/// How many intervals are kept; with more, all are forgotten and made again.
const MOST_KEPT: usize = 4_000_000;

impl Union {
    /// Whether all addresses from the first to the last are in it.
    pub(super) fn covers(&self, first: IpAddr, last: IpAddr) -> bool {
        let mut address = first;
        loop {
            // The next part takes over where one ends.
            match [&self.own, &self.named].iter().filter_map(|part| part.end_around(address)).max()
            {
                Some(end) if end >= last => return true,
                Some(end) => match after(end) {
                    Some(next) => address = next,
                    None => return false,
                },
                None => return false,
            }
        }
    }
}

impl Default for Sets {
    fn default() -> Self {
        Self {
            all: Rc::new(Intervals::all()),
            none: Rc::default(),
            named: HashMap::default(),
            combined: HashMap::default(),
            weight: 0,
            combinations: 0,
        }
    }
}

impl Sets {
    /// The set of a list.
    pub(super) fn of(&mut self, list: &AddressList) -> Union {
        let mut own: Vec<AddressRange> = Vec::new();
        let mut named: Vec<Rc<Intervals>> = Vec::new();
        for entry in list.entries() {
            match entry {
                AddressEntry::Range(range) => own.push(*range),
                AddressEntry::List(list) => named.push(self.named(list)),
            }
        }
        named.sort_unstable_by_key(Rc::as_ptr);
        named.dedup_by_key(|set| Rc::as_ptr(set));
        let named = self.any(&named);
        let own = if own.is_empty() { Rc::clone(&self.none) } else { Intervals::new(own).into() };
        Union { own, named }
    }

    /// The set of a named list.
    pub(super) fn named(&mut self, list: &NamedList) -> Rc<Intervals> {
        if let Some(known) = self.named.get(list.name().as_str()) {
            return Rc::clone(known);
        }
        let set = Rc::new(Intervals::new(list.ranges().iter().copied()));
        self.named.insert(list.name().as_str().to_owned(), Rc::clone(&set));
        set
    }

    /// What is in two shared sets.
    pub(super) fn both(&mut self, one: &Rc<Intervals>, other: &Rc<Intervals>) -> Rc<Intervals> {
        if Rc::ptr_eq(one, &self.all) || Rc::ptr_eq(one, other) {
            return Rc::clone(other);
        }
        self.combined(Combination::Both, one, other)
    }

    /// What is in one of several shared sets. Halves are joined, so that each address is looked at in a few
    /// combinations and not in as many as there are sets.
    fn any(&mut self, sets: &[Rc<Intervals>]) -> Rc<Intervals> {
        match sets {
            [] => Rc::clone(&self.none),
            [one] => Rc::clone(one),
            _ => {
                let (one, other) = sets.split_at(sets.len() / 2);
                let (one, other) = (self.any(one), self.any(other));
                self.either(&one, &other)
            }
        }
    }

    /// What is in one of two shared sets.
    fn either(&mut self, one: &Rc<Intervals>, other: &Rc<Intervals>) -> Rc<Intervals> {
        if one.is_empty() {
            return Rc::clone(other);
        }
        self.combined(Combination::Either, one, other)
    }

    /// What is in the first of two shared sets alone.
    pub(super) fn without(&mut self, one: &Rc<Intervals>, other: &Rc<Intervals>) -> Rc<Intervals> {
        if other.is_empty() {
            return Rc::clone(one);
        }
        self.combined(Combination::Without, one, other)
    }

    fn combined(
        &mut self,
        combination: Combination,
        one: &Rc<Intervals>,
        other: &Rc<Intervals>,
    ) -> Rc<Intervals> {
        let key = (combination, Rc::as_ptr(one), Rc::as_ptr(other));
        if let Some(known) = self.combined.get(&key) {
            return Rc::clone(&known.set);
        }
        let set = Rc::new(one.combine(combination, other));
        self.combinations = self.combinations.saturating_add(1);
        self.weight = self.weight.saturating_add(set.len());
        if self.weight > MOST_KEPT {
            self.combined.clear();
            self.weight = set.len();
        }
        let combined = Combined { _of: [one, other].map(Rc::clone), set: Rc::clone(&set) };
        self.combined.insert(key, combined);
        set
    }
}

#[cfg(test)]
mod tests;
