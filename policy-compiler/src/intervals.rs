//! Sets of addresses as intervals: what they have in common is found by halving, not by counting.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::model::AddressRange;

/// Disjoint intervals, rising, with a gap between any two of one address family. IPv4 comes
/// before IPv6.
#[derive(Debug, Default, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Intervals(Vec<(IpAddr, IpAddr)>);

/// How two sets make a third.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Combination {
    /// What is in both.
    Both,
    /// What is in one of them.
    Either,
    /// What is in the first alone.
    Without,
}

impl Intervals {
    pub(crate) fn new(ranges: impl IntoIterator<Item = AddressRange>) -> Self {
        let ends = ranges.into_iter().map(|range| (range.first(), range.last()));
        Self::joined(ends.collect())
    }

    /// All addresses.
    pub(crate) fn all() -> Self {
        Self(vec![
            (IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V4(Ipv4Addr::BROADCAST)),
            (IpAddr::V6(Ipv6Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::from_bits(u128::MAX))),
        ])
    }

    /// The set of intervals given by first and last address, of one family each; they may overlap.
    pub(crate) fn joined(mut ends: Vec<(IpAddr, IpAddr)>) -> Self {
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

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many intervals there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// First and last address of each interval, rising.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = (IpAddr, IpAddr)> {
        self.0.iter().copied()
    }

    /// Whether an address is in it.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        self.end_around(address).is_some()
    }

    /// The last address of the interval that an address lies in.
    pub(crate) fn end_around(&self, address: IpAddr) -> Option<IpAddr> {
        let next = self.0.partition_point(|(first, _)| *first <= address);
        let (_, last) = self.0.get(next.checked_sub(1)?)?;
        (address <= *last).then_some(*last)
    }

    /// The first address of the set that is not before `address`.
    fn from(&self, address: IpAddr) -> Option<IpAddr> {
        let (first, _) = self.0.get(self.0.partition_point(|(_, last)| *last < address))?;
        Some(address.max(*first))
    }

    /// The set that two make.
    pub(crate) fn combine(&self, combination: Combination, other: &Self) -> Self {
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

/// Whether any address is in all of some sets and in none of the others. Takes about as many steps as
/// all but the largest of the first have intervals, and all of the others.
pub(crate) fn meet(inside: &[&Intervals], outside: &[&Intervals]) -> bool {
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
pub(crate) fn after(address: IpAddr) -> Option<IpAddr> {
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
