//! Lists of IP entries, and the rule that two of them make.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::sync::Arc;

use foldhash::{HashSet, HashSetExt};

use super::address::AddressRange;
use super::name::Name;
use crate::text::{Origin, Place};

/// How a named list is called in a comma-separated string.
pub(crate) const LIST_PREFIX: &str = "list:";

/// A list of addresses as a field of the document gives it: ranges and named lists.
#[derive(Debug, Clone, Default)]
pub struct AddressList {
    entries: Vec<AddressEntry>,
    /// Where each entry stands.
    places: Vec<Place>,
    /// The positions of lists that are named again, rising: they add nothing.
    again: Box<[usize]>,
}

/// One entry of a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AddressEntry {
    /// Addresses written in place.
    Range(AddressRange),
    /// A named list; shared, not copied.
    List(Arc<NamedList>),
}

/// As a key file writes it: `list:office`, or a range.
impl fmt::Display for AddressEntry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(range) => write!(formatter, "{range}"),
            Self::List(list) => write!(formatter, "{LIST_PREFIX}{}", list.name),
        }
    }
}

/// A list of `ip_lists`, with everything that it takes from other lists and files.
#[derive(Debug)]
pub struct NamedList {
    name: Name,
    written: AddressList,
    ranges: Vec<AddressRange>,
    place: Origin,
    /// Whether it has errors: it may hold less than it should.
    faulty: bool,
    /// 1, or one more than that of the deepest list that it contains.
    depth: usize,
}

/// Who may come from where: blocked wins, an empty `allowed` is any address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct AddressRule {
    /// Addresses that are refused.
    pub blocked: AddressList,
    /// Addresses that are let in, all others are not; empty lets in every address.
    pub allowed: AddressList,
}

impl AddressList {
    /// The entries in the order of the document.
    pub fn entries(&self) -> &[AddressEntry] {
        &self.entries
    }

    /// The entries and where they stand.
    pub fn placed(&self) -> impl Iterator<Item = (&AddressEntry, Place)> {
        self.entries.iter().zip(self.places.iter().copied())
    }

    /// The entries as a key file writes them.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.entries.iter().map(AddressEntry::to_string).collect()
    }

    /// Whether no address is in it.
    pub fn is_empty(&self) -> bool {
        self.ranges().next().is_none()
    }

    /// Whether a list in it has errors.
    pub(super) fn is_faulty(&self) -> bool {
        self.lists().any(|list| list.faulty)
    }

    fn lists(&self) -> impl Iterator<Item = &Arc<NamedList>> {
        self.entries.iter().filter_map(|entry| match entry {
            AddressEntry::List(list) => Some(list),
            AddressEntry::Range(_) => None,
        })
    }

    /// The entries, each named list once.
    pub(crate) fn distinct(&self) -> impl Iterator<Item = &AddressEntry> {
        let mut again = self.again.iter().peekable();
        let entries = self.entries.iter().enumerate();
        entries.filter(move |(at, _)| again.next_if_eq(&at).is_none()).map(|(_, entry)| entry)
    }

    /// Every range, those of named lists included; they may overlap.
    pub fn ranges(&self) -> impl Iterator<Item = AddressRange> {
        self.distinct().flat_map(|entry| match entry {
            AddressEntry::Range(range) => std::slice::from_ref(range).iter().copied(),
            AddressEntry::List(list) => list.ranges.iter().copied(),
        })
    }

    /// Whether an address is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.ranges().any(|range| range.contains(address))
    }
}

impl NamedList {
    /// The list with these entries, whose name stands at `place`.
    pub(super) fn new(name: Name, place: Place, written: AddressList, faulty: bool) -> Self {
        let faulty = faulty || written.is_faulty();
        let mut ranges: Vec<AddressRange> = written.ranges().collect();
        ranges.sort_unstable();
        ranges.dedup();
        let inner = written.lists().map(|list| list.depth).max();
        let depth = inner.unwrap_or(0).saturating_add(1);
        Self { name, written, ranges, place: Origin(place), faulty, depth }
    }

    /// How deep lists are in it: 1 where none is.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Its name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Its own entries, those of its files included.
    pub fn written(&self) -> &AddressList {
        &self.written
    }

    /// Where its name stands.
    pub fn place(&self) -> Place {
        self.place.0
    }

    /// Its ranges and those of the lists that it contains, sorted; they may overlap.
    pub fn ranges(&self) -> &[AddressRange] {
        &self.ranges
    }
}

impl FromIterator<(AddressEntry, Place)> for AddressList {
    fn from_iter<I: IntoIterator<Item = (AddressEntry, Place)>>(entries: I) -> Self {
        let (entries, places): (Vec<AddressEntry>, Vec<Place>) = entries.into_iter().unzip();
        let mut named = HashSet::new();
        let again = entries.iter().enumerate().filter_map(|(at, entry)| match entry {
            AddressEntry::List(list) => (!named.insert(&list.name)).then_some(at),
            AddressEntry::Range(_) => None,
        });
        let again = again.collect();
        Self { entries, places, again }
    }
}

// Where its entries stand is no part of what a list is.
impl PartialEq for AddressList {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl Eq for AddressList {}

impl Hash for AddressList {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.entries.hash(state);
    }
}

// Within a policy a name stands for one list, so that comparing rules stays cheap.
impl PartialEq for NamedList {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for NamedList {}

impl Hash for NamedList {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl AddressRule {
    /// Whether the rule says nothing.
    pub fn is_any(&self) -> bool {
        self.blocked.is_empty() && self.allowed.is_empty()
    }
}
