//! Reads one entry of `ip_lists`, before the lists that it contains are known.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use super::address_list::{AddressEntry, LIST_PREFIX};
use super::entries::entries;
use super::files::read_file;
use super::name::Name;
use super::range::parse_range;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Fields, Node, Reader, Value};
use crate::text::{BYTE_ORDER_MARK, FileIndex, FileKind, Place, SourceFile, Span};

/// The most ranges that all lists may have together, each list counted again in each that contains it: lists of
/// lists would otherwise take any amount of memory.
const MOST_RANGES: usize = 1 << 22;

pub(crate) const ENTRY_FIELDS: [&str; 2] = ["file", "list"];

/// A list as it is written, before the lists that it refers to are known.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) name: Name,
    pub(super) place: Place,
    pub(super) ranges: Vec<(AddressEntry, Place)>,
    pub(super) references: Vec<(Place, String)>,
    /// Whether its entries have errors.
    pub(super) faulty: bool,
}

/// Files of IP entries that were read, by their paths without links: many lists may name one.
#[derive(Debug, Default)]
pub(super) struct ListFiles(HashMap<PathBuf, (FileIndex, Arc<SourceFile>)>);

/// How many ranges lists have so far.
#[derive(Debug, Default)]
pub(super) struct Room {
    taken: usize,
}

/// What all lists share.
#[derive(Debug)]
pub(super) struct Shared<'s> {
    pub(super) files: &'s mut ListFiles,
    pub(super) room: &'s mut Room,
}

impl Room {
    /// Takes room for ranges; whether there is any. That there is none is reported once.
    pub(super) fn take(&mut self, reader: &mut Reader, place: Place, ranges: usize) -> bool {
        let was_full = self.is_full();
        self.taken = self.taken.saturating_add(ranges);
        if self.is_full() && !was_full {
            let message = format!(
                "the IP lists come to more than {MOST_RANGES} ranges, each list counted again in each that contains it"
            );
            let help = "name the inner lists where they are needed instead of lists of them";
            reader.report(Diagnostic::error(Code::TooMany, place, message).help(help));
        }
        !self.is_full()
    }

    /// Whether no more is read.
    pub(super) fn is_full(&self) -> bool {
        self.taken > MOST_RANGES
    }
}

impl ListFiles {
    fn read(
        &mut self,
        reader: &mut Reader,
        place: Place,
        path: &str,
    ) -> Option<(FileIndex, Arc<SourceFile>)> {
        let full = reader.base.join(path);
        let file = fs::canonicalize(&full).unwrap_or(full);
        if let Some((index, known)) = self.0.get(&file) {
            return Some((*index, Arc::clone(known)));
        }
        let (index, read) = read_file(reader, place, path, FileKind::AddressList, None)?;
        self.0.insert(file, (index, Arc::clone(&read)));
        Some((index, read))
    }
}

impl Draft {
    /// Reads a list, as far as there is room for it.
    pub(super) fn read(
        reader: &mut Reader,
        mut shared: Shared<'_>,
        name: &Node<'_>,
        value: &Node<'_>,
    ) -> Option<Self> {
        let mut draft = Self {
            name: Name::read(reader, name, "IP list")?,
            place: reader.place(name),
            ranges: Vec::new(),
            references: Vec::new(),
            faulty: false,
        };
        let said = reader.diagnostics.errors();
        let shared = &mut shared;
        match &value.value {
            Value::Sequence(entries) => {
                entries.iter().for_each(|entry| draft.entry(reader, shared, entry));
            }
            Value::Mapping(_) => draft.entry(reader, shared, value),
            Value::Scalar(_) => {
                if let Some(text) = reader.text(value, "a list of IP addresses or `{ file: path }`")
                {
                    let file = Arc::clone(&reader.source);
                    for (entry, span) in entries(text, file.slice(value.span), value.span) {
                        let place = reader.place_of(span);
                        draft.text_entry(reader, shared, place, entry);
                    }
                }
            }
        }
        draft.faulty = reader.diagnostics.errors() > said || shared.room.is_full();
        Some(draft)
    }

    fn entry(&mut self, reader: &mut Reader, shared: &mut Shared<'_>, node: &Node<'_>) {
        if let Value::Mapping(_) = node.value {
            self.mapping_entry(reader, shared, node);
        } else if let Some(text) = reader.text_or_number(
            node,
            "an IP address, prefix, range, `{ list: name }` or `{ file: path }`",
        ) {
            let place = reader.place(node);
            self.text_entry(reader, shared, place, text);
        }
    }

    fn mapping_entry(&mut self, reader: &mut Reader, shared: &mut Shared<'_>, node: &Node<'_>) {
        let Some(fields) = Fields::read(reader, node, "an IP entry", &ENTRY_FIELDS) else {
            return;
        };
        match (fields.get("file"), fields.get("list")) {
            (Some(file), None) => {
                if let Some(path) = reader.text(file, "the path of a file") {
                    let place = reader.place(file);
                    self.read_file(reader, shared, place, path);
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

    fn text_entry(
        &mut self,
        reader: &mut Reader,
        shared: &mut Shared<'_>,
        place: Place,
        text: &str,
    ) {
        match text.strip_prefix(LIST_PREFIX) {
            Some(name) => self.references.push((place, name.trim().to_owned())),
            None => self.range(reader, shared, place, text),
        }
    }

    fn range(&mut self, reader: &mut Reader, shared: &mut Shared<'_>, place: Place, text: &str) {
        if !shared.room.take(reader, place, 1) {
            return;
        }
        let range = parse_range(reader, place, text);
        self.ranges.extend(range.map(|range| (AddressEntry::Range(range), place)));
    }

    /// One entry a line; `#` begins a comment.
    fn read_file(
        &mut self,
        reader: &mut Reader,
        shared: &mut Shared<'_>,
        place: Place,
        path: &str,
    ) {
        if shared.room.is_full() {
            return;
        }
        let Some((index, file)) = shared.files.read(reader, place, path) else {
            return;
        };
        let mut offset = 0_usize;
        for line in file.text().split_inclusive('\n') {
            let content = line.split('#').next().unwrap_or_default();
            let entry = content.trim_start_matches(BYTE_ORDER_MARK).trim();
            if !entry.is_empty() {
                let blanks = content.find(entry).unwrap_or(0);
                let span = Span::new(offset.saturating_add(blanks), entry.len());
                self.range(reader, shared, Place { file: index, span }, entry);
            }
            offset = offset.saturating_add(line.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::load::load_text;

    /// A hundred lists of a list are as many copies of it.
    #[test]
    fn lists_of_lists_have_a_limit() {
        let entries = (0..50_000).map(|at| format!("10.{}.{}.0", at / 256, at % 256));
        let entries = Vec::from_iter(entries).join(", ");
        let big = format!("version: 1\nip_lists:\n  big: \"{entries}\"\n");
        let of_it = |count: usize| (0..count).map(|at| format!("  l{at}: [ {{ list: big }} ]\n"));
        for (count, expected) in [(80, None), (84, Some("come to more than 4194304 ranges"))] {
            let text = format!("{big}{}", of_it(count).collect::<String>());
            let loaded = load_text("p", text, Path::new(""), &Default::default());
            let said = loaded.err().map(|report| report.to_string());
            assert_eq!(said.is_some(), expected.is_some(), "{count}: {said:?}");
            assert!(said.unwrap_or_default().contains(expected.unwrap_or_default()), "{count}");
        }
    }
}
