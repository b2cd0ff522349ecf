//! Key files: CSV with a header line, for policies of very many keys.

use std::collections::HashMap;
use std::sync::Arc;

use csv::StringRecord;

use super::address_list::{AddressList, AddressRule};
use super::context::Context;
use super::digest::Digest;
use super::grant::{CollectionIndex, Grant, find_collection};
use super::key::Key;
use super::key_columns::{Column, Columns};
use super::name::Name;
use super::rule::{parse_entry, parse_list, refuse_void};
use super::window::Window;
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::source::{FileIndex, Origin, Place, Reader, SourceFile, Span, quote};

/// Whose keys the rows of a file are.
#[derive(Debug)]
pub(super) enum Owners<'a> {
    /// All of this client, by position.
    One(usize),
    /// Of the client that the row names.
    Named(&'a HashMap<String, usize>),
}

/// Reads the rows of one file.
#[derive(Debug)]
pub(super) struct KeyFile<'a> {
    context: &'a Context,
    owners: &'a Owners<'a>,
    /// The grants of the clients, by position.
    grants: &'a [Grant],
    columns: Columns,
    /// Rules by the cells they come from: a million rows share a few of them.
    rules: HashMap<(String, String), Arc<AddressRule>>,
}

impl<'a> KeyFile<'a> {
    /// Gives `add` every key that could be read, with the position of its client.
    pub(super) fn read(
        reader: &mut Reader,
        context: &'a Context,
        (index, file): (FileIndex, &SourceFile),
        owners: &'a Owners<'a>,
        grants: &'a [Grant],
        mut add: impl FnMut(usize, Key),
    ) {
        let mut rows = csv::ReaderBuilder::new()
            .flexible(true)
            .has_headers(false)
            .from_reader(file.text().as_bytes());
        let mut record = StringRecord::new();
        // The text is UTF-8 and rows may differ in length: reading them cannot fail.
        let mut next = |record: &mut StringRecord| rows.read_record(record).unwrap_or(false);
        if !next(&mut record) {
            let place = Place { file: index, span: Span::default() };
            reader.report(
                Diagnostic::error(Code::MissingField, place, "the key file has no header line")
                    .help("name the columns in the first line: `name,sha256`"),
            );
            return;
        }
        let with_client = matches!(owners, Owners::Named(_));
        let header = Row { index, file, record: &record };
        let Some(columns) = Columns::read(reader, &header, with_client) else {
            return;
        };
        let mut this = Self { context, owners, grants, columns, rules: HashMap::new() };
        while next(&mut record) {
            let row = Row { index, file, record: &record };
            if this.columns.fit(reader, &row)
                && let Some((owner, key)) = this.read_key(reader, &row)
            {
                add(owner, key);
            }
        }
    }

    fn cell<'r>(&self, row: &Row<'_, 'r>, column: Column) -> &'r str {
        self.columns.cell(row, column).map_or("", |(_, text)| text)
    }

    fn read_key(&mut self, reader: &mut Reader, row: &Row<'_, '_>) -> Option<(usize, Key)> {
        let owner = self.find_owner(reader, row);
        let grant = owner.and_then(|owner| self.grants.get(owner));
        let name = self.read_name(reader, row);
        let digest = self.read_digest(reader, row);
        let active = self.read_active(reader, row);
        let rule = self.read_rule(reader, row);
        let narrowed = self.read_grant(reader, row, grant);
        let time = |column| {
            let (position, text) =
                self.columns.cell(row, column).filter(|(_, text)| !text.is_empty())?;
            Some((row.place(position), text))
        };
        let expires = time(Column::Expires);
        let window = Window::read(reader, time(Column::NotBefore), expires);
        let (digest, place) = digest?;
        let key = Key {
            name: name?,
            digest,
            active: active?,
            rule,
            grant: narrowed,
            window: window?,
            legacy: None,
            place: Origin(place),
            expires_place: expires.map(|(place, _)| Origin(place)),
        };
        Some((owner?, key))
    }

    fn find_owner(&self, reader: &mut Reader, row: &Row<'_, '_>) -> Option<usize> {
        let names = match self.owners {
            Owners::One(position) => return Some(*position),
            Owners::Named(names) => names,
        };
        let (position, name) = self.columns.cell(row, Column::Client)?;
        let owner = names.get(name).copied();
        if owner.is_none() {
            let help = did_you_mean(name, names.keys().map(String::as_str))
                .unwrap_or_else(|| "add it to `clients`, or correct the name".to_owned());
            let place = row.place(position);
            let name = reader.show_name(place, name);
            let message = format!("there is no client {}", quote(&name));
            reader.report(
                Diagnostic::error(Code::UnknownReference, place, message).found(name).help(help),
            );
        }
        owner
    }

    fn read_name(&self, reader: &mut Reader, row: &Row<'_, '_>) -> Option<Name> {
        let (position, text) = self.columns.cell(row, Column::Name)?;
        let name = Name::new(text);
        if name.is_none() {
            reader.report(
                Diagnostic::error(
                    Code::InvalidName,
                    row.place(position),
                    "the row has no valid key name",
                )
                .help("use 1 to 128 printable ASCII characters"),
            );
        }
        name
    }

    fn read_digest(&self, reader: &mut Reader, row: &Row<'_, '_>) -> Option<(Digest, Place)> {
        let (position, text) = self.columns.cell(row, Column::Sha256)?;
        let place = row.place(position);
        let digest = Digest::read(reader, self.context, place, text)?;
        Some((digest, place))
    }

    fn read_active(&self, reader: &mut Reader, row: &Row<'_, '_>) -> Option<bool> {
        let Some((position, text)) = self.columns.cell(row, Column::Active) else {
            return Some(true);
        };
        match text {
            "" | "true" => Some(true),
            "false" => Some(false),
            _ => {
                let place = row.place(position);
                reader.diagnostics.hide(place);
                reader.report(
                    Diagnostic::error(
                        Code::InvalidValue,
                        place,
                        "column `active` is neither `true` nor `false`",
                    )
                    .help("write `true`, `false`, or nothing for `true`"),
                );
                None
            }
        }
    }

    fn read_rule(&mut self, reader: &mut Reader, row: &Row<'_, '_>) -> Arc<AddressRule> {
        let cells = (
            self.cell(row, Column::BlockedIps).to_owned(),
            self.cell(row, Column::AllowedIps).to_owned(),
        );
        if let Some(rule) = self.rules.get(&cells) {
            return Arc::clone(rule);
        }
        let mut read = |column| {
            let Some((position, text)) = self.columns.cell(row, column) else {
                return AddressList::default();
            };
            let place = row.place(position);
            let entries = parse_list(text).filter_map(|(_, entry)| {
                Some((parse_entry(reader, place, entry, &self.context.lists)?, place))
            });
            entries.collect()
        };
        let (blocked, allowed) = (read(Column::BlockedIps), read(Column::AllowedIps));
        if let Some((position, _)) = self.columns.cell(row, Column::AllowedIps) {
            refuse_void(reader, row.place(position), &allowed);
        }
        let rule = self.context.share_rule(AddressRule { blocked, allowed });
        self.rules.insert(cells, Arc::clone(&rule));
        rule
    }

    fn read_grant(
        &self,
        reader: &mut Reader,
        row: &Row<'_, '_>,
        grant: Option<&Grant>,
    ) -> Option<Arc<[CollectionIndex]>> {
        let (position, text) = self.columns.cell(row, Column::Collections)?;
        if text.is_empty() {
            return None;
        }
        let place = row.place(position);
        let named = parse_list(text)
            .filter_map(|(_, name)| {
                Some((place, find_collection(reader, self.context, place, name)?))
            })
            .collect();
        Some(grant?.narrow_to(reader, named, self.context))
    }
}

/// One row and the file it is from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a, 'r> {
    index: FileIndex,
    file: &'a SourceFile,
    pub(super) record: &'r StringRecord,
}

impl<'r> Row<'_, 'r> {
    /// A cell without the blanks around it.
    pub(super) fn cell(&self, position: usize) -> Option<&'r str> {
        self.record.get(position).map(str::trim)
    }

    /// Where the row begins.
    pub(super) fn start(&self) -> Place {
        Place { file: self.index, span: Span::new(self.offset(), 0) }
    }

    /// Where a cell stands, quotes included.
    pub(super) fn place(&self, position: usize) -> Place {
        let text = self.file.text().get(self.offset()..).unwrap_or_default();
        let (mut start, mut cell, mut quoted) = (0_usize, 0_usize, false);
        let mut end = text.len();
        for (at, byte) in text.bytes().enumerate() {
            match byte {
                b'"' => quoted = !quoted,
                b',' | b'\n' | b'\r' if !quoted => {
                    if cell == position || byte != b',' {
                        end = at;
                        break;
                    }
                    cell = cell.saturating_add(1);
                    start = at.saturating_add(1);
                }
                _ => {}
            }
        }
        let span = Span::new(self.offset().saturating_add(start), end.saturating_sub(start));
        Place { file: self.index, span }
    }

    /// The first byte of the row: empty lines before it are counted as part of it by the reader.
    fn offset(&self) -> usize {
        let start = self
            .record
            .position()
            .and_then(|position| usize::try_from(position.byte()).ok())
            .unwrap_or(0);
        let text = self.file.text().get(start..).unwrap_or_default();
        let skipped = text.trim_start_matches(['\r', '\n', '\u{feff}']);
        start.saturating_add(text.len().saturating_sub(skipped.len()))
    }
}
