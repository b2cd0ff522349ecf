//! Rows that are not plain: the judge of what they say, and the one who reports.

use std::borrow::Cow;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

use super::Owners;
use super::columns::Column;
use super::part::{Doubtful, Form, Part};
use super::plain::parse_active;
use super::quotes;
use super::rows::{Row, Rows};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::address_list::{AddressList, AddressRule};
use crate::model::client::ClientDraft;
use crate::model::context::Context;
use crate::model::digest::Digest;
use crate::model::grant::{CollectionIndex, Grant, find_collection, report_repeated};
use crate::model::key::Key;
use crate::model::keys::FaultyKey;
use crate::model::name::Name;
use crate::model::rule::{parse_entry, refuse_void};
use crate::model::window::Window;
use crate::source::Reader;
use crate::text::{Origin, Place};

/// Reads the rows of one file that are not plain.
pub(super) struct DoubtfulReader<'a, 't> {
    form: Form<'a, 't>,
    context: &'a Context,
    clients: &'a [ClientDraft],
    /// Rules by the cells they come from: many rows share a few of them.
    rules: HashMap<[Cow<'t, str>; 2], Arc<AddressRule>>,
}

impl<'a, 't> DoubtfulReader<'a, 't> {
    pub(super) fn new(
        form: Form<'a, 't>,
        context: &'a Context,
        clients: &'a [ClientDraft],
    ) -> Self {
        Self { form, context, clients, rules: HashMap::new() }
    }

    /// Settles what a part of the file has left open; parts come in their order.
    pub(super) fn settle(&mut self, reader: &mut Reader, part: &mut Part) {
        part.file = self.form.file;
        let mut rows = Rows::between(self.form.file, self.form.text, 0..usize::MAX);
        let mut row = rows.row();
        for Doubtful { start, new_rule } in part.take_doubtful() {
            rows.go_to(start);
            if !rows.read(&mut row)
                || quotes::report(reader, self.form.file, row.faults())
                || !self.form.columns.fit(reader, &row)
            {
                continue;
            }
            self.read_key(reader, &row, part);
            if new_rule {
                part.rules.push(self.read_rule(reader, &row));
            }
        }
    }

    fn kept_cell(&self, row: &Row<'t>, column: Column) -> Cow<'t, str> {
        let position = self.form.columns.position(column);
        position.and_then(|position| row.kept_cell(position)).unwrap_or_default()
    }

    fn read_key(&mut self, reader: &mut Reader, row: &Row<'t>, part: &mut Part) {
        let owner = self.find_owner(reader, row);
        let grant = owner.and_then(|owner| self.clients.get(owner)).map(|client| &client.grant);
        let name = self.read_name(reader, row);
        let digest = self.read_digest(reader, row);
        let active = self.read_active(reader, row);
        let rule = self.read_rule(reader, row);
        let narrowed = self.read_grant(reader, row, grant);
        let time = |column| {
            let (position, text) =
                self.form.columns.cell(row, column).filter(|(_, text)| !text.is_empty())?;
            Some((row.place(position), text))
        };
        let expires = time(Column::Expires);
        let window = Window::read(reader, time(Column::NotBefore), expires);
        match (owner, name, digest, active, window) {
            (Some(owner), Some(name), Some((digest, place)), Some(active), Some(window)) => {
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
                part.settled.push((owner, key));
            }
            (owner, name, digest, ..) => {
                self.context.digests.borrow_mut().extend(digest);
                let place = self.form.columns.position(Column::Sha256);
                let place = place.map_or(row.start(), |position| row.place(position));
                let key = FaultyKey { name, place, is_profile: false };
                part.faulty.extend(owner.map(|owner| (owner, key)));
            }
        }
    }

    fn find_owner(&self, reader: &mut Reader, row: &Row<'t>) -> Option<usize> {
        let names = match self.form.owners {
            Owners::One(position) => return Some(position),
            Owners::Named(names) => names,
        };
        let (position, name) = self.form.columns.cell(row, Column::Client)?;
        let owner = names.position(name).and_then(|position| usize::try_from(position).ok());
        if owner.is_none() {
            let declare = "add it to `clients`";
            reader.unknown_reference(row.place(position), "client", name, names.iter(), declare);
        }
        owner
    }

    fn read_name(&self, reader: &mut Reader, row: &Row<'t>) -> Option<Name> {
        let (position, text) = self.form.columns.cell(row, Column::Name)?;
        let name = Name::new(text);
        if name.is_none() {
            reader.show(row.place(position), text);
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
        let (position, text) = self.form.columns.cell(row, Column::Sha256)?;
        let place = row.place(position);
        let digest = Digest::read(reader, self.context, place, text)?;
        Some((digest, place))
    }

    fn read_active(&self, reader: &mut Reader, row: &Row<'t>) -> Option<bool> {
        let Some((position, text)) = self.form.columns.cell(row, Column::Active) else {
            return Some(true);
        };
        let active = parse_active(text);
        if active.is_none() {
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
        }
        active
    }

    fn read_rule(&mut self, reader: &mut Reader, row: &Row<'t>) -> Arc<AddressRule> {
        let cells =
            [Column::BlockedIps, Column::AllowedIps].map(|column| self.kept_cell(row, column));
        if let Some(rule) = self.rules.get(&cells) {
            return Arc::clone(rule);
        }
        let read = |reader: &mut Reader, column| {
            let Some((position, text)) = self.form.columns.cell(row, column) else {
                return AddressList::default();
            };
            let entries = self.form.entries(text, row.place(position));
            let read = |(entry, place)| {
                Some((parse_entry(reader, place, entry, &self.context.lists)?, place))
            };
            entries.filter_map(read).collect()
        };
        let blocked = read(reader, Column::BlockedIps);
        let said = reader.diagnostics.errors();
        let allowed = read(reader, Column::AllowedIps);
        if let Some((position, _)) = self.form.columns.cell(row, Column::AllowedIps) {
            refuse_void(reader, row.place(position), &allowed, said);
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
        let (position, text) = self.form.columns.cell(row, Column::Collections)?;
        if text.is_empty() {
            return None;
        }
        let named: Vec<_> = self
            .form
            .entries(text, row.place(position))
            .filter_map(|(name, place)| {
                Some((place, find_collection(reader, self.context, place, name)?))
            })
            .collect();
        report_repeated(reader, self.context, &named);
        Some(grant?.narrow_to(reader, named, self.context))
    }
}
