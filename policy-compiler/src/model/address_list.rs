//! Lists of IP entries, and the rule that two of them make.

use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::sync::Arc;

use super::address::AddressRange;
use super::name::Name;
use crate::source::{Origin, Place};

/// A list of addresses as a field of the document gives it: ranges and named lists.
#[derive(Debug, Clone, Default)]
pub struct AddressList {
    entries: Vec<AddressEntry>,
    /// Where each entry stands.
    places: Vec<Place>,
}

/// One entry of a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AddressEntry {
    /// Addresses written in place.
    Range(AddressRange),
    /// A named list; shared, not copied.
    List(Arc<NamedList>),
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

    /// Whether no address is in it.
    pub fn is_empty(&self) -> bool {
        self.ranges().next().is_none()
    }

    /// Whether a list in it has errors.
    pub(super) fn is_faulty(&self) -> bool {
        let faulty =
            |entry: &AddressEntry| matches!(entry, AddressEntry::List(list) if list.faulty);
        self.entries.iter().any(faulty)
    }

    /// Every range, those of named lists included; they may overlap.
    pub fn ranges(&self) -> impl Iterator<Item = AddressRange> {
        self.entries.iter().flat_map(|entry| match entry {
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
        // Lists that contain each other's parts would otherwise grow without bound.
        ranges.sort_unstable();
        ranges.dedup();
        Self { name, written, ranges, place: Origin(place), faulty }
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
        let (entries, places) = entries.into_iter().unzip();
        Self { entries, places }
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
