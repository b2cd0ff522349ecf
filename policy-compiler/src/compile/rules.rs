//! Address rules, each handed to the writer once.

use std::net::IpAddr;
use std::sync::Arc;

use foldhash::HashMap;
use policy_table::write::{self, AddressSet, TableWriter};

use crate::model::{AddressEntry, AddressList, AddressRange, AddressRule, Name};

/// The rules that the writer has, and the sets of the named lists.
#[derive(Default)]
pub(super) struct Rules {
    /// By where the one copy of a rule is, which keys that say the same share.
    handles: HashMap<*const AddressRule, write::AddressRule>,
    lists: HashMap<Name, AddressSet>,
}

impl Rules {
    /// The writer's handle of a rule.
    pub(super) fn handle(
        &mut self,
        writer: &mut TableWriter<'_>,
        shared: &Arc<AddressRule>,
    ) -> write::AddressRule {
        // By where it is alone: what it says lies elsewhere in memory.
        if let Some(handle) = self.handles.get(&Arc::as_ptr(shared)) {
            return *handle;
        }
        let rule = shared.as_ref();
        if rule.blocked.entries().is_empty() && rule.allowed.entries().is_empty() {
            self.handles.insert(Arc::as_ptr(shared), write::AddressRule::ANY);
            return write::AddressRule::ANY;
        }
        let blocked = self.set(&rule.blocked);
        let allowed = self.set(&rule.allowed);
        let handle = writer.address_rule(&blocked, &allowed);
        self.handles.insert(Arc::as_ptr(shared), handle);
        handle
    }

    fn set(&mut self, list: &AddressList) -> AddressSet {
        let mut set = AddressSet::default();
        for entry in list.entries() {
            match entry {
                AddressEntry::Range(range) => insert(&mut set, *range),
                AddressEntry::List(list) => {
                    let named = self.lists.entry(list.name().clone()).or_insert_with(|| {
                        let mut named = AddressSet::default();
                        list.ranges().iter().for_each(|range| insert(&mut named, *range));
                        named
                    });
                    set.extend(named);
                }
            }
        }
        set
    }
}

fn insert(set: &mut AddressSet, range: AddressRange) {
    match (range.first(), range.last()) {
        (IpAddr::V4(first), IpAddr::V4(last)) => set.insert_v4(first, last),
        (IpAddr::V6(first), IpAddr::V6(last)) => set.insert_v6(first, last),
        // INVARIANT: a range has one family.
        _ => {}
    }
}
