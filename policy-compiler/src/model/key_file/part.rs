//! Parts of a key file, each read by itself.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Owners;
use super::columns::Columns;
use super::plain::{Dates, PlainReader, PlainRow, Sight};
use super::rows::{Row, Rows};
use crate::model::address_list::AddressRule;
use crate::model::entries::entries;
use crate::model::key::Key;
use crate::model::keys::FaultyKey;
use crate::progress::OFTEN;
use crate::text::{FileIndex, Place, Span};
use crate::threads;

/// Smaller parts are not worth a thread.
const MIN_PART_BYTES: usize = 1 << 22;

/// How many parts each thread gets: it may be kept from its work by others.
const PARTS_A_THREAD: usize = 4;

/// How many rows are looked at together.
const BATCH: usize = 16;

/// How many shares the clients make.
const SHARES: usize = 256;

/// Plain rows of a share that are kept together: a share takes room for so many at a time.
pub(super) type Block = Vec<PlainRow>;

/// How many rows a block has.
const BLOCK_ROWS: usize = 64;

/// A file, and what is known of all its rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form<'a, 't> {
    pub(super) file: FileIndex,
    pub(super) text: &'t str,
    pub(super) columns: &'a Columns,
    pub(super) owners: Owners<'a>,
    /// How many clients there are.
    pub(super) clients: usize,
}

/// The rows of a part of a file.
#[derive(Debug)]
pub(in crate::model) struct Part {
    /// Its file, known at the latest when its rows are settled.
    pub(super) file: FileIndex,
    /// Plain rows by the shares of their clients, in blocks and in the order of the file.
    shares: Vec<Vec<Block>>,
    /// What rows said that were not plain, and the positions of their clients.
    pub(super) settled: Vec<(usize, Key)>,
    /// Rows that could not be read, as far as it is known whose they are.
    pub(super) faulty: Vec<(usize, FaultyKey)>,
    /// The rules by their numbers.
    pub(super) rules: Vec<Arc<AddressRule>>,
    /// The dates of plain rows.
    pub(super) dates: Vec<Dates>,
    /// Rows that are to be settled.
    doubtful: Vec<Doubtful>,
    /// Where its rows begin, but for what the part before ended with.
    bounds: Range<usize>,
    /// The offset after its last row.
    end: usize,
}

/// A row that is not plain.
#[derive(Debug)]
pub(super) struct Doubtful {
    /// Its offset in the file.
    pub(super) start: usize,
    /// Whether the next of the part's rules is that of this row.
    pub(super) new_rule: bool,
}

impl<'t> Form<'_, 't> {
    /// The entries of a comma-separated cell, and where each stands.
    pub(super) fn entries<'c>(
        &self,
        cell: &'c str,
        place: Place,
    ) -> impl Iterator<Item = (&'c str, Place)>
    where
        't: 'c,
    {
        let written = self.text.get(place.span.start()..place.span.end()).unwrap_or_default();
        let entries = entries(cell, written, place.span);
        entries.map(move |(entry, span)| (entry, Place { span, ..place }))
    }

    /// Reads all rows from an offset on; `tell` hears how many bytes of them were read.
    pub(super) fn read(&self, from: usize, tell: &dyn Fn(usize)) -> Vec<Part> {
        self.read_within(self.bounds(from), tell)
    }

    fn read_within(&self, bounds: Vec<Range<usize>>, tell: &dyn Fn(usize)) -> Vec<Part> {
        let read = AtomicUsize::new(0);
        self.joined(threads::each(bounds, tell, |bounds, tell| self.read_part(bounds, &read, tell)))
    }

    /// Parts that were read each by itself.
    ///
    /// A part begins at some line, which is none of its own where a cell goes on over line ends. The
    /// part before tells: it ends after its last row. If that is beyond the line, the part is
    /// read once more from there.
    pub(super) fn joined(&self, mut parts: Vec<Part>) -> Vec<Part> {
        let mut end = 0;
        for part in &mut parts {
            if end > part.bounds.start {
                *part = self.read_part(end..part.bounds.end, &AtomicUsize::new(0), &|_| ());
            }
            end = part.end;
        }
        parts
    }

    /// Where parts begin and end that are worth a thread.
    pub(super) fn bounds(&self, from: usize) -> Vec<Range<usize>> {
        let most = threads::count().saturating_mul(PARTS_A_THREAD);
        let fitting = self.text.len().saturating_sub(from) / MIN_PART_BYTES;
        self.equal_parts(from, fitting.clamp(1, most))
    }

    /// About so many equal parts, each but the first after a line end.
    fn equal_parts(&self, from: usize, count: usize) -> Vec<Range<usize>> {
        let length = self.text.len().saturating_sub(from);
        let mut starts: Vec<usize> = (1..count)
            .map(|part| from.saturating_add(length.saturating_mul(part) / count))
            .filter_map(|start| {
                let line_end = memchr::memchr(b'\n', self.text.as_bytes().get(start..)?)?;
                start.checked_add(line_end)?.checked_add(1)
            })
            .collect();
        starts.insert(0, from);
        starts.dedup();
        let ends = starts.iter().skip(1).copied().chain([self.text.len()]);
        starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
    }

    /// Reads the rows that begin within bounds; `tell` hears now and then how many bytes of all parts
    /// were `read`.
    pub(super) fn read_part(
        &self,
        bounds: Range<usize>,
        read: &AtomicUsize,
        tell: &dyn Fn(usize),
    ) -> Part {
        let mut shares = Shares::of(self.clients);
        let mut doubtful = Vec::new();
        let mut reader = PlainReader::new(self.columns, self.owners);
        let mut rows = Rows::between(self.file, self.text, bounds.clone());
        let mut batch: Vec<Row<'_>> = (0..BATCH).map(|_| rows.row()).collect();
        let mut owners = Vec::with_capacity(BATCH);
        let mut plain = Vec::with_capacity(BATCH);
        let (mut count, mut told) = (0_usize, bounds.start);
        loop {
            if count.is_multiple_of(OFTEN) {
                let bytes = rows.offset().saturating_sub(told);
                tell(read.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes));
                told = rows.offset();
            }
            let filled =
                batch.iter_mut().map(|row| rows.read(row)).take_while(|read| *read).count();
            let batch = batch.get(..filled).unwrap_or_default();
            reader.find_owners(batch, &mut owners);
            for (row, owner) in batch.iter().zip(&owners) {
                match reader.read(row, *owner) {
                    Sight::Plain(row) => plain.push(row),
                    Sight::Doubtful { new_rule } => {
                        doubtful.push(Doubtful { start: row.start().span.start(), new_rule });
                    }
                }
            }
            // Together: what a row is made of was written just before, and to read that again waits for
            // all writing under way, which to the ends of shares takes long.
            plain.drain(..).for_each(|row| shares.push(row));
            count = count.saturating_add(filled);
            if filled < BATCH {
                break;
            }
        }
        Part {
            file: self.file,
            shares: shares.rows,
            settled: Vec::new(),
            faulty: Vec::new(),
            rules: Vec::new(),
            dates: reader.into_dates(),
            doubtful,
            end: rows.offset(),
            bounds,
        }
    }
}

/// Plain rows, which are shared out among their clients as they come: so those of a few clients,
/// wherever they stood, are together when these get their keys.
struct Shares {
    rows: Vec<Vec<Block>>,
    clients: usize,
}

impl Shares {
    fn of(clients: usize) -> Self {
        let clients = share_of(clients);
        Self { rows: Vec::new(), clients }
    }

    fn push(&mut self, row: PlainRow) {
        let share = usize::try_from(row.owner).unwrap_or(usize::MAX) / self.clients;
        if self.rows.len() <= share {
            self.rows.resize_with(share.saturating_add(1), Vec::new);
        }
        let Some(blocks) = self.rows.get_mut(share) else { return };
        match blocks.last_mut() {
            Some(block) if block.len() < BLOCK_ROWS => block.push(row),
            _ => {
                let mut block = Vec::with_capacity(BLOCK_ROWS);
                block.push(row);
                blocks.push(block);
            }
        }
    }
}

/// How many of so many clients make a share.
pub(super) fn share_of(clients: usize) -> usize {
    clients.div_ceil(SHARES).max(1)
}

impl Part {
    /// Takes the rows that are to be settled.
    pub(super) fn take_doubtful(&mut self) -> Vec<Doubtful> {
        std::mem::take(&mut self.doubtful)
    }

    /// Takes the plain rows of a share of the clients.
    pub(super) fn take_share(&mut self, number: usize) -> Vec<Block> {
        self.shares.get_mut(number).map(std::mem::take).unwrap_or_default()
    }

    /// Where something stands in its file.
    pub(super) fn place(&self, span: Span) -> Place {
        Place { file: self.file, span }
    }
}

#[cfg(test)]
mod tests;
