//! Address rules, each handed to the writer once.

use std::net::IpAddr;
use std::sync::Arc;

use foldhash::HashMap;
use policy_table::write::{self, AddressSet, TableWriter, WriteError};

use crate::intervals::Intervals;
use crate::lint::MOST_RANGES;
use crate::model::{AddressEntry, AddressList, AddressRule, Name};

/// The rules that the writer has, and the sets of the named lists.
#[derive(Default)]
pub(super) struct Rules {
    /// By where the one copy of a rule is, which keys that say the same share.
    handles: HashMap<*const AddressRule, write::AddressRule>,
    lists: HashMap<Name, AddressSet>,
    /// How many ranges the writer was given.
    ranges: usize,
}

impl Rules {
    /// The writer's handle of a rule.
    ///
    /// # Errors
    /// Where the rules so far are more than a table may have: nobody waits for the rest of them.
    pub(super) fn handle(
        &mut self,
        writer: &mut TableWriter<'_>,
        shared: &Arc<AddressRule>,
    ) -> Result<write::AddressRule, WriteError> {
        // By where it is alone: what it says lies elsewhere in memory.
        if let Some(handle) = self.handles.get(&Arc::as_ptr(shared)) {
            return Ok(*handle);
        }
        let rule = shared.as_ref();
        if rule.blocked.entries().is_empty() && rule.allowed.entries().is_empty() {
            self.handles.insert(Arc::as_ptr(shared), write::AddressRule::ANY);
            return Ok(write::AddressRule::ANY);
        }
        let blocked = self.set(&rule.blocked);
        let allowed = self.set(&rule.allowed);
        self.ranges = self.ranges.saturating_add(blocked.len()).saturating_add(allowed.len());
        if self.ranges > MOST_RANGES {
            let (limit, found) = (MOST_RANGES, self.ranges);
            return Err(WriteError::TooMany { what: "address ranges", limit, found });
        }
        let handle = writer.address_rule(&blocked, &allowed);
        self.handles.insert(Arc::as_ptr(shared), handle);
        Ok(handle)
    }

    fn set(&mut self, list: &AddressList) -> AddressSet {
        let mut set = AddressSet::default();
        for entry in list.distinct() {
            match entry {
                AddressEntry::Range(range) => insert(&mut set, range.first(), range.last()),
                AddressEntry::List(list) => {
                    let named = self.lists.entry(list.name().clone()).or_insert_with(|| {
                        let mut named = AddressSet::default();
                        let ranges = Intervals::new(list.ranges().iter().copied());
                        ranges.ranges().for_each(|(first, last)| insert(&mut named, first, last));
                        named
                    });
                    set.extend(named);
                }
            }
        }
        set
    }
}

fn insert(set: &mut AddressSet, first: IpAddr, last: IpAddr) {
    match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => set.insert_v4(first, last),
        (IpAddr::V6(first), IpAddr::V6(last)) => set.insert_v6(first, last),
        // INVARIANT: a range has one family.
        _ => {}
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::compile::settings::settings;
    use crate::load::load_text;

    /// Lints tell it first, but beside them a table is being made, which must not take all memory until they do.
    #[test]
    fn the_table_of_too_many_ranges_is_given_up_while_it_is_made() {
        let document = "version: 1\ngateway: { allowed_ips: [192.0.2.1, 198.51.100.0/24] }\ncollections: { a: { base_path: /, endpoints: [ { path: /b } ] } }\n";
        let policy =
            load_text("p", document.into(), Path::new(""), &Default::default()).unwrap().policy;
        let rule = Arc::new(policy.gateway.rule.clone());
        for (before, expected) in [(MOST_RANGES - 2, true), (MOST_RANGES - 1, false)] {
            let mut writer = TableWriter::new(settings(&policy.gateway));
            let mut rules = Rules { ranges: before, ..Rules::default() };
            let handed = rules.handle(&mut writer, &rule);
            assert_eq!(handed.is_ok(), expected, "{before} ranges before: {handed:?}");
        }
    }
}
