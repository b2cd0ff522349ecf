//! Sets of addresses as intervals: what they have in common is found by halving, not by counting.
//!
//! Named lists are long and shared, what a rule says for itself is short. So what two lists have to
//! do with each other is worked out once, however many rules name both, and each rule only looks at
//! what it adds.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::rc::Rc;

use foldhash::HashMap;

use crate::model::{AddressEntry, AddressList, AddressRange, NamedList};

/// Disjoint intervals, rising, with a gap between any two of one address family. IPv4 comes
/// before IPv6.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Intervals(Vec<(IpAddr, IpAddr)>);

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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Combination {
    Both,
    Either,
    Without,
}

/// A combination of two sets. It keeps both, so that no other set can take their place.
#[derive(Debug)]
struct Combined {
    _of: [Rc<Intervals>; 2],
    set: Rc<Intervals>,
}

/// How many intervals are kept; with more, all are forgotten and made again.
const MOST_KEPT: usize = 4_000_000;

impl Intervals {
    pub(super) fn new(ranges: impl IntoIterator<Item = AddressRange>) -> Self {
        let ends = ranges.into_iter().map(|range| (range.first(), range.last()));
        Self::joined(ends.collect())
    }

    fn joined(mut ends: Vec<(IpAddr, IpAddr)>) -> Self {
        ends.sort_unstable();
        let mut intervals: Vec<(IpAddr, IpAddr)> = Vec::with_capacity(ends.len());
        for (first, last) in ends {
            match intervals.last_mut() {
                Some((_, end)) if first <= *end || after(*end) == Some(first) => {
                    *end = last.max(*end);
                }
                _ => intervals.push((first, last)),
            }
        }
        Self(intervals)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The last address of the interval that an address lies in.
    fn end_around(&self, address: IpAddr) -> Option<IpAddr> {
        let next = self.0.partition_point(|(first, _)| *first <= address);
        let (_, last) = self.0.get(next.checked_sub(1)?)?;
        (address <= *last).then_some(*last)
    }

    /// The first address of the set that is not before `address`.
    fn from(&self, address: IpAddr) -> Option<IpAddr> {
        let (first, _) = self.0.get(self.0.partition_point(|(_, last)| *last < address))?;
        Some(address.max(*first))
    }

    fn combine(&self, combination: Combination, other: &Self) -> Self {
        match combination {
            Combination::Either => Self::joined([self.0.as_slice(), &other.0].concat()),
            Combination::Both => self.stretches(&[self, other], &[]),
            Combination::Without => self.stretches(&[self], &[other]),
        }
    }

    /// Every stretch of addresses that are in all of some sets, this one among them, and in none
    /// of the others.
    fn stretches(&self, inside: &[&Self], outside: &[&Self]) -> Self {
        let mut stretches = Vec::new();
        let mut at = Some(FIRST);
        while let Some(first) = at.and_then(|at| first_from(at, inside, outside)) {
            let ends = inside.iter().filter_map(|set| set.end_around(first));
            let begins = outside.iter().filter_map(|set| before(set.from(first)?));
            let last = ends.chain(begins.filter(|last| *last >= first)).min().unwrap_or(first);
            stretches.push((first, last));
            at = next(last);
        }
        Self(stretches)
    }
}

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
        let families = [
            (IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V4(Ipv4Addr::BROADCAST)),
            (IpAddr::V6(Ipv6Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::from_bits(u128::MAX))),
        ];
        Self {
            all: Rc::new(Intervals(families.to_vec())),
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
        let first = Rc::clone(&self.none);
        let named = named.iter().fold(first, |all, set| self.either(&all, set));
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
        self.weight = self.weight.saturating_add(set.0.len());
        if self.weight > MOST_KEPT {
            self.combined.clear();
            self.weight = set.0.len();
        }
        let combined = Combined { _of: [one, other].map(Rc::clone), set: Rc::clone(&set) };
        self.combined.insert(key, combined);
        set
    }
}

/// Whether any address is in all of some sets and in none of the others. Takes about as many steps as
/// all but the largest of the first have intervals, and all of the others.
pub(super) fn meet(inside: &[&Intervals], outside: &[&Intervals]) -> bool {
    first_from(FIRST, inside, outside).is_some()
}

/// The first address, not before `address`, that is in all of some sets and in none of the others.
fn first_from(
    mut address: IpAddr,
    inside: &[&Intervals],
    outside: &[&Intervals],
) -> Option<IpAddr> {
    loop {
        let mut moved = address;
        for set in inside {
            moved = set.from(moved)?;
        }
        for set in outside {
            if let Some(end) = set.end_around(moved) {
                moved = next(end)?;
            }
        }
        if moved == address {
            return Some(address);
        }
        address = moved;
    }
}

/// The first of all addresses: IPv4 comes before IPv6.
const FIRST: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// The next address of the same family.
pub(super) fn after(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(address) => Some(IpAddr::V4(address.to_bits().checked_add(1)?.into())),
        IpAddr::V6(address) => Some(IpAddr::V6(address.to_bits().checked_add(1)?.into())),
    }
}

/// The next address, of the other family after the last IPv4 address.
fn next(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(_) => after(address).or(Some(IpAddr::V6(Ipv6Addr::UNSPECIFIED))),
        IpAddr::V6(_) => after(address),
    }
}

/// The address before one, of the same family.
fn before(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(address) => Some(IpAddr::V4(address.to_bits().checked_sub(1)?.into())),
        IpAddr::V6(address) => Some(IpAddr::V6(address.to_bits().checked_sub(1)?.into())),
    }
}

#[cfg(test)]
mod tests;
