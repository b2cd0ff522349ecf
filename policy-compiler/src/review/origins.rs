//! From where requests come: sets of addresses, and whether no address is one of them.

use std::net::{IpAddr, Ipv6Addr};
use std::rc::Rc;

use foldhash::HashMap;
use policy_table::Table;
use policy_table::walk::RuleIndex;

use crate::intervals::{Combination, Intervals};

/// A set of origins. An IPv4-mapped IPv6 address is its IPv4 address, so no set has one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origins {
    addresses: Intervals,
    unknown: bool,
}

/// How many addresses a set has; 2^128 or more cannot occur, as mapped addresses do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressCount {
    /// IPv4 addresses.
    pub v4: u64,
    /// IPv6 addresses.
    pub v6: u128,
}

/// The first and the last IPv4-mapped address (RFC 4291, section 2.5.5.2).
const MAPPED: (u128, u128) = (0xFFFF_0000_0000, 0xFFFF_FFFF_FFFF);

impl Origins {
    /// Every origin.
    pub fn everywhere() -> Self {
        Self { addresses: real(&Intervals::all()), unknown: true }
    }

    /// The origins that a rule lets pass; without an address none does.
    fn of(table: &Table<'_>, rule: RuleIndex) -> Self {
        let allowed = table.address_stretches(rule).filter(|stretch| stretch.allowed);
        let allowed = allowed.map(|stretch| (stretch.first, stretch.last)).collect();
        Self { addresses: real(&Intervals::joined(allowed)), unknown: false }
    }

    /// Whether a request whose client has this address, or none that is known, is in it.
    pub fn contains(&self, address: Option<IpAddr>) -> bool {
        address.map_or(self.unknown, |address| self.addresses.contains(address.to_canonical()))
    }

    /// First and last address of each range, IPv4 before IPv6, rising.
    pub fn ranges(&self) -> impl Iterator<Item = (IpAddr, IpAddr)> {
        self.addresses.ranges()
    }

    /// Whether a request whose client has no known address is in it.
    pub fn has_unknown(&self) -> bool {
        self.unknown
    }

    /// How many addresses are in it.
    pub fn count(&self) -> AddressCount {
        let mut count = AddressCount { v4: 0, v6: 0 };
        for range in self.ranges() {
            match range {
                (IpAddr::V4(first), IpAddr::V4(last)) => {
                    count.v4 += u64::from(last.to_bits() - first.to_bits()) + 1;
                }
                (IpAddr::V6(first), IpAddr::V6(last)) => {
                    count.v6 += last.to_bits() - first.to_bits() + 1;
                }
                // INVARIANT: a range has one family.
                _ => {}
            }
        }
        count
    }

    /// One of its origins: an address where there is one.
    pub fn example(&self) -> Option<IpAddr> {
        self.ranges().next().map(|(first, _)| first)
    }

    fn combine(&self, combination: Combination, other: &Self) -> Self {
        Self {
            addresses: self.addresses.combine(combination, &other.addresses),
            unknown: match combination {
                Combination::Both => self.unknown && other.unknown,
                Combination::Either => self.unknown || other.unknown,
                Combination::Without => self.unknown && !other.unknown,
            },
        }
    }
}

/// Without mapped addresses.
fn real(addresses: &Intervals) -> Intervals {
    let (first, last) = MAPPED;
    let mapped = [first, last].map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits)));
    let [first, last] = mapped;
    addresses.combine(Combination::Without, &Intervals::joined(vec![(first, last)]))
}

/// Sets of origins, each different one kept once, so that equal sets have the same number.
pub(super) struct OriginPool {
    sets: Vec<Rc<Origins>>,
    numbers: HashMap<Rc<Origins>, OriginsNumber>,
    combined: HashMap<(Combination, OriginsNumber, OriginsNumber), OriginsNumber>,
}

/// The number of a set in its pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct OriginsNumber(usize);

impl OriginPool {
    pub(super) const EVERYWHERE: OriginsNumber = OriginsNumber(0);
    pub(super) const NOWHERE: OriginsNumber = OriginsNumber(1);

    /// A pool of two sets: everywhere and nowhere.
    pub(super) fn new() -> Self {
        let mut pool =
            Self { sets: Vec::new(), numbers: HashMap::default(), combined: HashMap::default() };
        pool.number(Origins::everywhere());
        pool.number(Origins { addresses: Intervals::default(), unknown: false });
        pool
    }

    /// What a rule lets pass.
    pub(super) fn of_rule(&mut self, table: &Table<'_>, rule: RuleIndex) -> OriginsNumber {
        self.number(Origins::of(table, rule))
    }

    /// The set of a number.
    pub(super) fn get(&self, number: OriginsNumber) -> Rc<Origins> {
        // INVARIANT: the pool has given the number.
        self.sets.get(number.0).cloned().unwrap_or_else(|| Rc::new(Origins::everywhere()))
    }

    /// What is in both sets.
    pub(super) fn both(&mut self, one: OriginsNumber, other: OriginsNumber) -> OriginsNumber {
        match (one, other) {
            (Self::EVERYWHERE, set) | (set, Self::EVERYWHERE) => set,
            _ if one == other => one,
            _ => self.combine(Combination::Both, one.min(other), one.max(other)),
        }
    }

    /// What is in the first set alone.
    pub(super) fn without(&mut self, one: OriginsNumber, other: OriginsNumber) -> OriginsNumber {
        match (one, other) {
            (Self::NOWHERE, _) | (_, Self::EVERYWHERE) => Self::NOWHERE,
            (_, Self::NOWHERE) => one,
            _ if one == other => Self::NOWHERE,
            _ => self.combine(Combination::Without, one, other),
        }
    }

    fn combine(
        &mut self,
        combination: Combination,
        one: OriginsNumber,
        other: OriginsNumber,
    ) -> OriginsNumber {
        if let Some(known) = self.combined.get(&(combination, one, other)) {
            return *known;
        }
        let set = self.get(one).combine(combination, &self.get(other));
        let number = self.number(set);
        self.combined.insert((combination, one, other), number);
        number
    }

    fn number(&mut self, set: Origins) -> OriginsNumber {
        if let Some(known) = self.numbers.get(&set) {
            return *known;
        }
        let (number, set) = (OriginsNumber(self.sets.len()), Rc::new(set));
        self.sets.push(Rc::clone(&set));
        self.numbers.insert(set, number);
        number
    }
}
