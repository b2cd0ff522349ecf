//! Key files: CSV with a header line, for policies of very many keys.

use std::borrow::Cow;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

use super::address_list::{AddressList, AddressRule};
use super::client::ClientDraft;
use super::context::Context;
use super::digest::Digest;
use super::grant::{CollectionIndex, Grant, find_collection};
use super::key::Key;
use super::key_columns::{Column, Columns};
use super::key_rows::{Row, Rows};
use super::name::Name;
use super::owned_keys::OwnedKeys;
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
    Named(&'a HashMap<Name, usize>),
}

/// Reads the rows of one file.
#[derive(Debug)]
pub(super) struct KeyFile<'a, 't> {
    context: &'a Context,
    owners: &'a Owners<'a>,
    clients: &'a [ClientDraft],
    columns: Columns,
    /// Rules by the cells they come from: a million rows share a few of them.
    rules: HashMap<[Cow<'t, str>; 2], Arc<AddressRule>>,
}

impl<'a, 't> KeyFile<'a, 't> {
    /// Adds every key that could be read to `keys`, with the position of its client.
    pub(super) fn read(
        reader: &mut Reader,
        context: &'a Context,
        (index, file): (FileIndex, &'t SourceFile),
        owners: &'a Owners<'a>,
        clients: &'a [ClientDraft],
        keys: &mut OwnedKeys,
    ) {
        let mut rows = Rows::new(index, file.text());
        let mut row = rows.row();
        if !rows.read(&mut row) {
            let place = Place { file: index, span: Span::default() };
            reader.report(
                Diagnostic::error(Code::MissingField, place, "the key file has no header line")
                    .help("name the columns in the first line: `name,sha256`"),
            );
            return;
        }
        let with_client = matches!(owners, Owners::Named(_));
        let Some(columns) = Columns::read(reader, &row, with_client) else {
            return;
        };
        let mut this = Self { context, owners, clients, columns, rules: HashMap::new() };
        for count in 0.. {
            if !rows.read(&mut row) {
                break;
            }
            reader.watcher.read(count, row.start().span.start(), file.text().len());
            if this.columns.fit(reader, &row)
                && let Some((owner, key)) = this.read_key(reader, &row)
            {
                keys.add(owner, key);
            }
        }
    }

    fn kept_cell(&self, row: &Row<'t>, column: Column) -> Cow<'t, str> {
        let position = self.columns.position(column);
        position.and_then(|position| row.kept_cell(position)).unwrap_or_default()
    }

    fn read_key(&mut self, reader: &mut Reader, row: &Row<'t>) -> Option<(usize, Key)> {
        let owner = self.find_owner(reader, row);
        let grant = owner.and_then(|owner| self.clients.get(owner)).map(|client| &client.grant);
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
        let (Some(owner), Some(name), Some(active), Some(window)) = (owner, name, active, window)
        else {
            self.context.digests.borrow_mut().push((digest, place));
            return None;
        };
        let key = Key {
            name,
            digest,
            active,
            rule,
            grant: narrowed,
            window,
            legacy: None,
            place: Origin(place),
            expires_place: expires.map(|(place, _)| Origin(place)),
        };
        Some((owner, key))
    }

    fn find_owner(&self, reader: &mut Reader, row: &Row<'t>) -> Option<usize> {
        let names = match self.owners {
            Owners::One(position) => return Some(*position),
            Owners::Named(names) => names,
        };
        let (position, name) = self.columns.cell(row, Column::Client)?;
        let owner = names.get(name).copied();
        if owner.is_none() {
            let help = did_you_mean(name, names.keys().map(Name::as_str))
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

    fn read_name(&self, reader: &mut Reader, row: &Row<'t>) -> Option<Name> {
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

    fn read_digest(&self, reader: &mut Reader, row: &Row<'t>) -> Option<(Digest, Place)> {
        let (position, text) = self.columns.cell(row, Column::Sha256)?;
        let place = row.place(position);
        let digest = Digest::read(reader, self.context, place, text)?;
        Some((digest, place))
    }

    fn read_active(&self, reader: &mut Reader, row: &Row<'t>) -> Option<bool> {
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

    fn read_rule(&mut self, reader: &mut Reader, row: &Row<'t>) -> Arc<AddressRule> {
        let cells =
            [Column::BlockedIps, Column::AllowedIps].map(|column| self.kept_cell(row, column));
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
        row: &Row<'t>,
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
