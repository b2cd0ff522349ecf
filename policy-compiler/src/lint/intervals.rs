//! Sets of addresses as intervals: what they cover is found by halving, not by counting.

use std::collections::HashMap;
use std::net::IpAddr;
use std::rc::Rc;

use crate::model::{AddressEntry, AddressList, AddressRange};

/// Disjoint intervals, rising, with a gap between any two of one address family. IPv4 comes
/// before IPv6.
#[derive(Debug, Default)]
pub(super) struct Intervals(Vec<(IpAddr, IpAddr)>);

/// The addresses of a list: its own entries, and the lists that it names.
#[derive(Debug, Clone, Default)]
pub(super) struct Union(Vec<Rc<Intervals>>);

/// The sets of named lists, each made once.
#[derive(Debug, Default)]
pub(super) struct Sets(HashMap<String, Rc<Intervals>>);

impl Intervals {
    pub(super) fn new(ranges: impl IntoIterator<Item = AddressRange>) -> Self {
        let mut ends: Vec<(IpAddr, IpAddr)> =
            ranges.into_iter().map(|range| (range.first(), range.last())).collect();
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

    /// The last address of the interval that an address lies in.
    fn end_around(&self, address: IpAddr) -> Option<IpAddr> {
        let next = self.0.partition_point(|(first, _)| *first <= address);
        let (_, last) = self.0.get(next.checked_sub(1)?)?;
        (address <= *last).then_some(*last)
    }
}

impl Union {
    /// Whether an address is in it.
    pub(super) fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|part| part.end_around(address).is_some())
    }

    /// Whether all addresses from the first to the last are in it.
    pub(super) fn covers(&self, first: IpAddr, last: IpAddr) -> bool {
        let mut address = first;
        loop {
            // The next part takes over where one ends.
            match self.0.iter().filter_map(|part| part.end_around(address)).max() {
                Some(end) if end >= last => return true,
                Some(end) => match after(end) {
                    Some(next) => address = next,
                    None => return false,
                },
                None => return false,
            }
        }
    }

    /// Whether all of another one is in it.
    pub(super) fn covers_all(&self, other: &Self) -> bool {
        other.intervals().all(|(first, last)| self.covers(first, last))
    }

    /// The intervals of its parts, which may overlap.
    pub(super) fn intervals(&self) -> impl Iterator<Item = (IpAddr, IpAddr)> {
        self.0.iter().flat_map(|part| part.0.iter().copied())
    }
}

impl Sets {
    /// The set of a list.
    pub(super) fn of(&mut self, list: &AddressList) -> Union {
        let own: Vec<AddressRange> = list
            .entries()
            .iter()
            .filter_map(|entry| match entry {
                AddressEntry::Range(range) => Some(*range),
                AddressEntry::List(_) => None,
            })
            .collect();
        let own = (!own.is_empty()).then(|| Rc::new(Intervals::new(own)));
        let named = list.entries().iter().filter_map(|entry| self.named(entry));
        Union(own.into_iter().chain(named).collect())
    }

    /// The set of one entry.
    pub(super) fn of_entry(&mut self, entry: &AddressEntry) -> Union {
        let part = match entry {
            AddressEntry::Range(range) => Rc::new(Intervals::new([*range])),
            AddressEntry::List(_) => self.named(entry).unwrap_or_default(),
        };
        Union(vec![part])
    }

    fn named(&mut self, entry: &AddressEntry) -> Option<Rc<Intervals>> {
        let AddressEntry::List(list) = entry else {
            return None;
        };
        if let Some(known) = self.0.get(list.name().as_str()) {
            return Some(Rc::clone(known));
        }
        let set = Rc::new(Intervals::new(list.ranges().iter().copied()));
        self.0.insert(list.name().as_str().to_owned(), Rc::clone(&set));
        Some(set)
    }
}

/// The next address of the same family.
pub(super) fn after(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(address) => Some(IpAddr::V4(address.to_bits().checked_add(1)?.into())),
        IpAddr::V6(address) => Some(IpAddr::V6(address.to_bits().checked_add(1)?.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(texts: &[&str]) -> Union {
        let ranges = texts.iter().map(|text| AddressRange::parse(text).unwrap().range);
        Union(vec![Rc::new(Intervals::new(ranges))])
    }

    fn covers(set: &Union, text: &str) -> bool {
        let range = AddressRange::parse(text).unwrap().range;
        set.covers(range.first(), range.last())
    }

    #[test]
    fn neighbours_are_one_interval() {
        let halves = set(&["10.128.0.0/9", "10.0.0.0/9", "10.0.0.0/24"]);
        assert_eq!(halves.intervals().count(), 1);
        assert!(covers(&halves, "10.0.0.0/8"));
        assert!(!covers(&halves, "10.0.0.0/7"));
        assert!(!covers(&halves, "9.255.255.255-10.0.0.1"));
    }

    #[test]
    fn parts_cover_together_what_none_covers_alone() {
        let Union(mut parts) = set(&["10.0.0.0-10.0.0.9"]);
        parts.extend(set(&["10.0.0.5-10.0.0.20", "10.0.0.22"]).0);
        let both = Union(parts);
        assert!(covers(&both, "10.0.0.0-10.0.0.20"));
        assert!(!covers(&both, "10.0.0.0-10.0.0.22"));
    }

    #[test]
    fn families_do_not_touch() {
        let all = set(&["0.0.0.0/0", "::/0"]);
        assert_eq!(all.intervals().count(), 2);
        assert!(covers(&all, "255.255.255.255") && covers(&all, "ffff::/16"));
        assert_eq!(after("255.255.255.255".parse().unwrap()), None);
    }
}
