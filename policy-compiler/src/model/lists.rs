//! Reads `ip_lists`: entries in place, files, and lists that contain lists.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::address_list::{AddressEntry, AddressList, NamedList};
use super::list_draft::{Draft, ListFiles, Room, Shared};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Node, Reader, named, quote};
use crate::text::Place;

/// Lists contain lists at most this many deep.
const MAX_DEPTH: usize = 32;

/// The named lists.
#[derive(Debug, Default)]
pub(super) struct Lists {
    lists: BTreeMap<String, Arc<NamedList>>,
    room: Room,
}

impl Lists {
    /// Reads the whole field.
    pub(super) fn read(reader: &mut Reader, node: Option<&Node<'_>>) -> Self {
        let entries = node.map(|node| named(reader, node, "IP list")).unwrap_or_default();
        let mut drafts: BTreeMap<String, Draft> = BTreeMap::new();
        let mut repeated = Vec::new();
        let (mut files, mut lists) = (ListFiles::default(), Self::default());
        for (name, value) in entries {
            let shared = Shared { files: &mut files, room: &mut lists.room };
            let read = Draft::read(reader, shared, name, value);
            if let Some(draft) = read {
                repeated.extend(drafts.insert(draft.name.as_str().to_owned(), draft));
            }
        }
        for name in drafts.keys() {
            lists.settle(reader, &drafts, name, &mut Vec::new());
        }
        // Of two lists with the same name the last is meant; mistakes of the first are told as well.
        for draft in repeated {
            lists.put_together(reader, &drafts, &draft, &mut Vec::new());
        }
        lists
    }

    pub(super) fn get(&self, name: &str) -> Option<Arc<NamedList>> {
        self.lists.get(name).cloned()
    }

    /// All lists, by name.
    pub(super) fn all(&self) -> Vec<Arc<NamedList>> {
        self.lists.values().cloned().collect()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.lists.keys().map(String::as_str)
    }

    /// Puts a list together after those that it contains; `path` is how it was reached.
    fn settle(
        &mut self,
        reader: &mut Reader,
        drafts: &BTreeMap<String, Draft>,
        name: &str,
        path: &mut Vec<String>,
    ) -> Option<Arc<NamedList>> {
        if let Some(settled) = self.lists.get(name) {
            return Some(Arc::clone(settled));
        }
        let list = Arc::new(self.put_together(reader, drafts, drafts.get(name)?, path));
        self.lists.insert(name.to_owned(), Arc::clone(&list));
        Some(list)
    }

    fn put_together(
        &mut self,
        reader: &mut Reader,
        drafts: &BTreeMap<String, Draft>,
        draft: &Draft,
        path: &mut Vec<String>,
    ) -> NamedList {
        let mut faulty = draft.faulty;
        path.push(draft.name.as_str().to_owned());
        let (mut written, mut named) = (draft.ranges.clone(), HashSet::new());
        for (place, other) in &draft.references {
            let said = reader.diagnostics.errors();
            if path.contains(other) {
                report_cycle(reader, *place, path, other);
            } else if path.len() >= MAX_DEPTH {
                report_depth(reader, *place);
            } else if drafts.contains_key(other) {
                let list = self.settle(reader, drafts, other, path);
                // Named again it adds nothing; lints tell of that.
                let again = !named.insert(other);
                let list = list.filter(|list| self.has_room(reader, *place, list, again));
                written.extend(list.map(|list| (AddressEntry::List(list), *place)));
            } else {
                report_unknown(reader, *place, other, drafts);
            }
            faulty |= reader.diagnostics.errors() > said;
        }
        path.pop();
        faulty |= self.room.is_full();
        let written: AddressList = written.into_iter().collect();
        NamedList::new(draft.name.clone(), draft.place, written, faulty)
    }

    /// Whether a list may be part of another one; if not, that was reported.
    fn has_room(
        &mut self,
        reader: &mut Reader,
        place: Place,
        list: &NamedList,
        again: bool,
    ) -> bool {
        let is_deep = list.depth() >= MAX_DEPTH;
        if is_deep {
            report_depth(reader, place);
        }
        !is_deep && (again || self.room.take(reader, place, list.ranges().len()))
    }
}

fn report_cycle(reader: &mut Reader, place: Place, path: &[String], name: &str) {
    let start = path.iter().position(|step| step == name).unwrap_or(0);
    let steps: Vec<String> = path
        .iter()
        .skip(start)
        .chain(std::iter::once(&name.to_owned()))
        .map(|step| quote(step))
        .collect();
    let message = format!("IP list {} contains itself: {}", quote(name), steps.join(" -> "));
    reader.report(
        Diagnostic::error(Code::ListCycle, place, message)
            .found(name)
            .help("remove one of the references"),
    );
}

fn report_depth(reader: &mut Reader, place: Place) {
    let message = format!("IP lists contain lists more than {MAX_DEPTH} deep");
    reader.report(
        Diagnostic::error(Code::TooMany, place, message).help("name the inner lists directly"),
    );
}

fn report_unknown(reader: &mut Reader, place: Place, name: &str, drafts: &BTreeMap<String, Draft>) {
    reader.unknown_reference(place, "IP list", name, drafts.keys(), NO_LIST);
}

/// What to do about a list that is not there and is like no other.
pub(super) const NO_LIST: &str = "add it to `ip_lists`";
