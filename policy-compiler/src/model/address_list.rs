//! Lists of IP entries, and the rule that two of them make.

use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::sync::Arc;

use super::address::AddressRange;
use super::name::Name;

/// A list of addresses as a field of the document gives it: ranges and named lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct AddressList {
    pub(super) entries: Vec<AddressEntry>,
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
    ranges: Vec<AddressRange>,
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

    /// Whether no address is in it.
    pub fn is_empty(&self) -> bool {
        self.ranges().next().is_none()
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
    pub(super) fn new(name: Name, ranges: Vec<AddressRange>) -> Self {
        Self { name, ranges }
    }

    /// Its name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Its ranges, sorted; they may overlap.
    pub fn ranges(&self) -> &[AddressRange] {
        &self.ranges
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
