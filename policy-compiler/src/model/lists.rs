//! Reads `ip_lists`: entries in place, files, and lists that contain lists.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::address_list::{AddressEntry, AddressList, NamedList};
use super::entries::entries;
use super::files::read_file;
use super::name::Name;
use super::rule::{LIST_PREFIX, parse_range};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{
    BYTE_ORDER_MARK, Fields, FileKind, Node, Place, Reader, Span, Value, named, quote,
};

/// Lists contain lists at most this many deep.
const MAX_DEPTH: usize = 32;

pub(crate) const ENTRY_FIELDS: [&str; 2] = ["file", "list"];

/// The named lists.
#[derive(Debug, Default)]
pub(super) struct Lists(BTreeMap<String, Arc<NamedList>>);

impl Lists {
    /// Reads the whole field.
    pub(super) fn read(reader: &mut Reader, node: Option<&Node<'_>>) -> Self {
        let entries = node.map(|node| named(reader, node, "IP list")).unwrap_or_default();
        let mut drafts: BTreeMap<String, Draft> = BTreeMap::new();
        let mut repeated = Vec::new();
        for (name, value) in entries {
            if let Some(draft) = Draft::read(reader, name, value) {
                repeated.extend(drafts.insert(draft.name.as_str().to_owned(), draft));
            }
        }
        let mut lists = Self::default();
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
        self.0.get(name).cloned()
    }

    /// All lists, by name.
    pub(super) fn all(&self) -> Vec<Arc<NamedList>> {
        self.0.values().cloned().collect()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Puts a list together after those that it contains; `path` is how it was reached.
    fn settle(
        &mut self,
        reader: &mut Reader,
        drafts: &BTreeMap<String, Draft>,
        name: &str,
        path: &mut Vec<String>,
    ) -> Option<Arc<NamedList>> {
        if let Some(settled) = self.0.get(name) {
            return Some(Arc::clone(settled));
        }
        let list = Arc::new(self.put_together(reader, drafts, drafts.get(name)?, path));
        self.0.insert(name.to_owned(), Arc::clone(&list));
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
        let mut written = draft.ranges.clone();
        for (place, other) in &draft.references {
            let said = reader.diagnostics.errors();
            if path.contains(other) {
                report_cycle(reader, *place, path, other);
            } else if path.len() >= MAX_DEPTH {
                report_depth(reader, *place);
            } else if drafts.contains_key(other) {
                let list = self.settle(reader, drafts, other, path);
                written.extend(list.map(|list| (AddressEntry::List(list), *place)));
            } else {
                report_unknown(reader, *place, other, drafts);
            }
            faulty |= reader.diagnostics.errors() > said;
        }
        path.pop();
        let written: AddressList = written.into_iter().collect();
        NamedList::new(draft.name.clone(), draft.place, written, faulty)
    }
}

/// A list as it is written, before the lists that it refers to are known.
struct Draft {
    name: Name,
    place: Place,
    ranges: Vec<(AddressEntry, Place)>,
    references: Vec<(Place, String)>,
    /// Whether its entries have errors.
    faulty: bool,
}

impl Draft {
    fn read(reader: &mut Reader, name: &Node<'_>, value: &Node<'_>) -> Option<Self> {
        let mut draft = Self {
            name: Name::read(reader, name, "IP list")?,
            place: reader.place(name),
            ranges: Vec::new(),
            references: Vec::new(),
            faulty: false,
        };
        let said = reader.diagnostics.errors();
        match &value.value {
            Value::Sequence(entries) => entries.iter().for_each(|entry| draft.entry(reader, entry)),
            Value::Mapping(_) => draft.entry(reader, value),
            Value::Scalar(_) => {
                if let Some(text) = reader.text(value, "a list of IP addresses or `{ file: path }`")
                {
                    let file = Arc::clone(&reader.source);
                    for (entry, span) in entries(text, file.slice(value.span), value.span) {
                        let place = reader.place_of(span);
                        draft.text_entry(reader, place, entry);
                    }
                }
            }
        }
        draft.faulty = reader.diagnostics.errors() > said;
        Some(draft)
    }

    fn entry(&mut self, reader: &mut Reader, node: &Node<'_>) {
        if let Value::Mapping(_) = node.value {
            self.mapping_entry(reader, node);
        } else if let Some(text) = reader.text_or_number(
            node,
            "an IP address, prefix, range, `{ list: name }` or `{ file: path }`",
        ) {
            let place = reader.place(node);
            self.text_entry(reader, place, text);
        }
    }

    fn mapping_entry(&mut self, reader: &mut Reader, node: &Node<'_>) {
        let Some(fields) = Fields::read(reader, node, "an IP entry", &ENTRY_FIELDS) else {
            return;
        };
        match (fields.get("file"), fields.get("list")) {
            (Some(file), None) => {
                if let Some(path) = reader.text(file, "the path of a file") {
                    let place = reader.place(file);
                    self.read_file(reader, place, path);
                }
            }
            (None, Some(list)) => {
                if let Some(name) = reader.text_or_number(list, "the name of an IP list") {
                    self.references.push((reader.place(list), name.to_owned()));
                }
            }
            // A field with another name was reported.
            (None, None) if !node.is_empty_mapping() => {}
            _ => {
                let place = reader.place(node);
                reader.report(
                    Diagnostic::error(
                        Code::MissingField,
                        place,
                        "an IP entry is either a file or a list",
                    )
                    .help("write `{ file: path }` or `{ list: name }`"),
                );
            }
        }
    }

    fn text_entry(&mut self, reader: &mut Reader, place: Place, text: &str) {
        match text.strip_prefix(LIST_PREFIX) {
            Some(name) => self.references.push((place, name.trim().to_owned())),
            None => self.range(reader, place, text),
        }
    }

    fn range(&mut self, reader: &mut Reader, place: Place, text: &str) {
        let range = parse_range(reader, place, text);
        self.ranges.extend(range.map(|range| (AddressEntry::Range(range), place)));
    }

    /// One entry a line; `#` begins a comment.
    fn read_file(&mut self, reader: &mut Reader, place: Place, path: &str) {
        let Some((index, file)) = read_file(reader, place, path, FileKind::AddressList, None)
        else {
            return;
        };
        let mut offset = 0_usize;
        for line in file.text().split_inclusive('\n') {
            let content = line.split('#').next().unwrap_or_default();
            let entry = content.trim_start_matches(BYTE_ORDER_MARK).trim();
            if !entry.is_empty() {
                let blanks = content.find(entry).unwrap_or(0);
                let span = Span::new(offset.saturating_add(blanks), entry.len());
                self.range(reader, Place { file: index, span }, entry);
            }
            offset = offset.saturating_add(line.len());
        }
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
pub(super) const NO_LIST: &str = "add it to `ip_lists`, or correct the name";
