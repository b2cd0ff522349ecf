//! Rows beyond doubt, as nearly all are: read on whichever thread, without a word.
//!
//! Whatever is not plain, mistakes above all, is left to
//! [`DoubtfulReader`](super::doubtful::DoubtfulReader), which alone says what such a row means.

use std::hash::BuildHasher;
use std::num::NonZeroU32;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::Owners;
use super::columns::{Column, Columns};
use super::rows::Row;
use crate::model::digest::Digest;
use crate::model::name::Name;
use crate::model::window::{Window, parse_time};
use crate::text::Span;

/// What a plain row says.
#[derive(Debug)]
pub(super) struct PlainRow {
    pub(super) name: Name,
    pub(super) digest: Digest,
    /// Where its digest stands.
    pub(super) place: Span,
    /// The position of its client.
    pub(super) owner: u32,
    /// Which rule: a number of the reader's.
    pub(super) rule: u32,
    /// Which of the reader's dates, if it has any, counted from 1.
    pub(super) dates: Option<NonZeroU32>,
    pub(super) active: bool,
}

/// When a key is valid that is not so for ever.
#[derive(Debug)]
pub(super) struct Dates {
    pub(super) window: Window,
    /// Where the end of the window stands, if it has one.
    pub(super) expires: Span,
}

/// What is to be said of a row at first sight.
#[derive(Debug)]
pub(super) enum Sight {
    Plain(PlainRow),
    /// Nothing; `new_rule` when it is the first whose rule has the number that comes next.
    Doubtful {
        new_rule: bool,
    },
}

/// Reads plain rows, and gives their rules numbers in the order in which it meets them.
pub(super) struct PlainReader<'a> {
    columns: &'a Columns,
    owners: Owners<'a>,
    rules: RuleNumbers,
    dates: Vec<Dates>,
}

impl<'a> PlainReader<'a> {
    pub(super) fn new(columns: &'a Columns, owners: Owners<'a>) -> Self {
        Self { columns, owners, rules: RuleNumbers::default(), dates: Vec::new() }
    }

    /// The dates of rows, by their positions.
    pub(super) fn into_dates(self) -> Vec<Dates> {
        self.dates
    }

    /// The positions of the clients of rows.
    pub(super) fn find_owners(&self, rows: &[Row<'_>], found: &mut Vec<Option<u32>>) {
        match self.owners {
            Owners::One(position) => {
                found.clear();
                found.resize(rows.len(), u32::try_from(position).ok());
            }
            Owners::Named(clients) => {
                let name = |row| self.cell(row, Column::Client).map_or("", |(name, _)| name);
                clients.positions(rows.iter().map(name), found);
            }
        }
    }

    /// Reads a row of the client at this position.
    pub(super) fn read(&mut self, row: &Row<'_>, owner: Option<u32>) -> Sight {
        let Some(cells) = self.rule_cells(row) else {
            return Sight::Doubtful { new_rule: false };
        };
        let Some(rule) = self.rules.find_or_add(cells) else {
            return Sight::Doubtful { new_rule: true };
        };
        match owner.and_then(|owner| self.read_plain(row, owner, rule)) {
            Some(plain) => Sight::Plain(plain),
            None => Sight::Doubtful { new_rule: false },
        }
    }

    /// The cells that make the rule of a row which has all cells, each as it stands in the file.
    fn rule_cells<'t>(&self, row: &Row<'t>) -> Option<[&'t str; 2]> {
        let plain = row.len() == self.columns.len() && row.is_plain();
        let cell = |column| self.cell(row, column).map_or("", |(text, _)| text);
        plain.then(|| [cell(Column::BlockedIps), cell(Column::AllowedIps)])
    }

    fn read_plain(&mut self, row: &Row<'_>, owner: u32, rule: u32) -> Option<PlainRow> {
        let name = Name::new(self.cell(row, Column::Name)?.0)?;
        let (digest, place) = self.cell(row, Column::Sha256)?;
        let digest = Digest::parse(digest)?;
        let active = parse_active(self.cell(row, Column::Active).map_or("", |(text, _)| text))?;
        if self.filled_cell(row, Column::Collections).is_some() {
            return None;
        }
        let dates = self.read_dates(row)?;
        Some(PlainRow { name, digest, place, owner, rule, dates, active })
    }

    fn read_dates(&mut self, row: &Row<'_>) -> Option<Option<NonZeroU32>> {
        let not_before = self.filled_cell(row, Column::NotBefore);
        let expires = self.filled_cell(row, Column::Expires);
        if not_before.is_none() && expires.is_none() {
            return Some(None);
        }
        // A time that cannot be read is not one that is absent.
        let time = |cell: Option<(&str, Span)>| match cell {
            Some((text, _)) => parse_time(text).map(Some),
            None => Some(None),
        };
        let window = Window::new(time(not_before)?, time(expires)?)?;
        self.dates.push(Dates { window, expires: expires.map_or(Span::default(), |(_, at)| at) });
        Some(Some(NonZeroU32::new(u32::try_from(self.dates.len()).ok()?)?))
    }

    fn filled_cell<'t>(&self, row: &Row<'t>, column: Column) -> Option<(&'t str, Span)> {
        self.cell(row, column).filter(|(text, _)| !text.is_empty())
    }

    fn cell<'t>(&self, row: &Row<'t>, column: Column) -> Option<(&'t str, Span)> {
        row.plain_cell(self.columns.position(column)?)
    }
}

/// Whether a cell says that a key is switched on, in the words that the document takes (YAML 1.2, section
/// 10.3.2): spreadsheets write them in large letters.
pub(super) fn parse_active(text: &str) -> Option<bool> {
    match text {
        "" | "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// The numbers of rules, by the cells that make them.
#[derive(Default)]
struct RuleNumbers {
    hasher: RandomState,
    numbers: HashTable<Numbered>,
    /// Copies of the cells, one after the other: to compare with those in the file would fetch
    /// these from all over it, and with copies each by itself, from all over memory.
    cells: String,
    next: u32,
}

/// A rule that has a number, and where its cells are among all.
struct Numbered {
    blocked: usize,
    allowed: usize,
    end: usize,
    number: u32,
}

impl RuleNumbers {
    /// The number of a rule; none for a new one, which gets the next number.
    fn find_or_add(&mut self, rule: [&str; 2]) -> Option<u32> {
        let hash = self.hasher.hash_one(rule);
        let found = self.numbers.find(hash, |numbered| numbered.is(rule, &self.cells));
        if let Some(found) = found {
            return Some(found.number);
        }
        let [blocked, allowed] = rule;
        let start = self.cells.len();
        self.cells.extend(rule);
        let numbered = Numbered {
            blocked: start,
            allowed: start.saturating_add(blocked.len()),
            end: start.saturating_add(blocked.len()).saturating_add(allowed.len()),
            number: self.next,
        };
        let (hasher, cells) = (&self.hasher, &self.cells);
        let rehash =
            |numbered: &Numbered| hasher.hash_one(numbered.cells(cells).unwrap_or_default());
        self.numbers.insert_unique(hash, numbered, rehash);
        self.next = self.next.saturating_add(1);
        None
    }
}

impl Numbered {
    fn is(&self, rule: [&str; 2], cells: &str) -> bool {
        // A cell that is not there is nothing at no address. To compare that, `memcmp` with the masked
        // loads of AVX-512 takes a hundred nanoseconds, more than all else that is done for a row.
        let same = |(own, other): (&str, &str)| {
            own.len() == other.len() && (other.is_empty() || own == other)
        };
        self.cells(cells).is_some_and(|own| own.into_iter().zip(rule).all(same))
    }

    fn cells<'c>(&self, cells: &'c str) -> Option<[&'c str; 2]> {
        Some([cells.get(self.blocked..self.allowed)?, cells.get(self.allowed..self.end)?])
    }
}
