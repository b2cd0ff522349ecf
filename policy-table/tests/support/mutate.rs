//! Structured damage: one change to one section, as a writer with an error or an attacker would
//! make it. Frame and checksum stay right, so that the reader's proofs are what has to find it.

use std::collections::BTreeSet;

use super::choose::Choose;
use super::parts::{Part, Parts};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Puts a number into a field: some bytes of a record.
    Set { section: usize, at: usize, width: usize, value: u64 },
    /// Swaps two records.
    Swap { section: usize, first: usize, second: usize },
    /// Writes one record over another.
    Copy { section: usize, from: usize, to: usize },
    /// Puts a copy of a record before another, or at the end.
    Insert { section: usize, from: usize, to: usize },
    /// Puts a record of one repeated byte at the end.
    Append { section: usize, byte: u8 },
    /// Takes a record away.
    Remove { section: usize, record: usize },
    /// Keeps only so many bytes, a whole number of records or not.
    Truncate { section: usize, bytes: usize },
    /// Takes the content of another section.
    Replace { section: usize, by: usize },
}

/// The widths of the fields of a record, by what it is; a field may be a part of one.
fn field_widths(record_bytes: usize) -> &'static [usize] {
    match record_bytes {
        1 => &[1, 4, 8],
        6 => &[1],
        16 => &[4, 8],
        _ => &[1, 4],
    }
}

/// Numbers at which something ends: of words, of counts here and elsewhere, of what was there.
const BOUNDARIES: [u64; 14] = [
    0,
    1,
    2,
    3,
    0x7F,
    0x80,
    0xFF,
    0x7FFF_FFFF,
    0x8000_0000,
    0xFFFF_FFFE,
    0xFFFF_FFFF,
    0x7FFF_FFFF_FFFF_FFFF,
    0x8000_0000_0000_0000,
    u64::MAX,
];

/// How many numbers there are to put in the place of another.
fn boundary_count(parts: &Parts) -> usize {
    BOUNDARIES.len() + 4 + 3 * parts.sections().len()
}

/// One of them.
fn boundary(parts: &Parts, old: u64, choice: usize) -> u64 {
    if let Some(boundary) = BOUNDARIES.get(choice) {
        return *boundary;
    }
    let near = [old.wrapping_sub(1), old.wrapping_add(1), old.wrapping_mul(2), old ^ 0x20];
    let choice = choice - BOUNDARIES.len();
    if let Some(near) = near.get(choice) {
        return *near;
    }
    let choice = choice - near.len();
    let records = parts.sections()[choice / 3].records() as u64;
    (records + choice as u64 % 3).wrapping_sub(1)
}

impl Part {
    /// How many records it has.
    pub fn records(&self) -> usize {
        self.bytes.len() / self.record_bytes
    }

    /// The number in some of its bytes; those beyond the end are zero.
    pub fn number(&self, at: usize, width: usize) -> u64 {
        let bytes = self.bytes.iter().skip(at).take(width);
        bytes.enumerate().fold(0, |number, (place, byte)| number | u64::from(*byte) << (8 * place))
    }

    fn record(&self, record: usize) -> Vec<u8> {
        let start = (record * self.record_bytes).min(self.bytes.len());
        let end = (start + self.record_bytes).min(self.bytes.len());
        self.bytes[start..end].to_vec()
    }
}

/// One change, chosen.
pub fn choose(parts: &Parts, choose: &mut impl Choose) -> Change {
    let section = choose.below(parts.sections().len());
    let part = &parts.sections()[section];
    let records = part.records();
    match choose.below(10) {
        0..=3 => {
            let record = choose.below(records);
            let widths = field_widths(part.record_bytes);
            let width = widths[choose.below(widths.len())];
            let field = choose.below((part.record_bytes / width).max(1));
            let at = record * part.record_bytes + field * width;
            let value = match choose.below(3) {
                0 => u64::from(choose.word()) << 32 | u64::from(choose.word()),
                1 => u64::from(choose.word() & 0xFF),
                _ => {
                    let choice = choose.below(boundary_count(parts));
                    boundary(parts, part.number(at, width), choice)
                }
            };
            Change::Set { section, at, width, value }
        }
        4 => Change::Swap { section, first: choose.below(records), second: choose.below(records) },
        5 => Change::Copy { section, from: choose.below(records), to: choose.below(records) },
        6 => Change::Insert { section, from: choose.below(records), to: choose.below(records + 1) },
        7 => Change::Append { section, byte: [0, 1, 0xFF][choose.below(3)] },
        8 => Change::Remove { section, record: choose.below(records) },
        _ => match choose.below(2) {
            0 => Change::Truncate { section, bytes: choose.below(part.bytes.len() + 1) },
            _ => Change::Replace { section, by: choose.below(parts.sections().len()) },
        },
    }
}

/// Every change of one field to a boundary value and every change of one record.
pub fn every(parts: &Parts) -> impl Iterator<Item = Change> {
    (0..parts.sections().len()).flat_map(move |section| {
        let part = &parts.sections()[section];
        let size = part.record_bytes;
        let records = part.records();
        let fields = field_widths(size).iter().flat_map(move |width| {
            (0..part.bytes.len()).step_by((*width).min(size)).flat_map(move |at| {
                let old = part.number(at, *width);
                // Of a part of a word only what is near: whole words have the rest. What counts
                // records is a word.
                let near = BOUNDARIES.len()..BOUNDARIES.len() + 4;
                let choices = match *width {
                    1 if size > 1 => near,
                    1 | 8 => 0..near.end,
                    _ => 0..boundary_count(parts),
                };
                let values = choices.map(|choice| boundary(parts, old, choice));
                let values: BTreeSet<u64> = values.map(|value| truncated(value, *width)).collect();
                values.into_iter().map(move |value| Change::Set {
                    section,
                    at,
                    width: *width,
                    value,
                })
            })
        });
        let of_records = (0..records).flat_map(move |record| {
            let next = (record + 1) % records;
            [
                Change::Swap { section, first: record, second: next },
                Change::Copy { section, from: record, to: next },
                Change::Copy { section, from: next, to: record },
                Change::Insert { section, from: record, to: record },
                Change::Insert { section, from: record, to: 0 },
                Change::Insert { section, from: record, to: records },
                Change::Remove { section, record },
                Change::Truncate { section, bytes: record * size },
                Change::Truncate { section, bytes: record * size + 1 },
            ]
        });
        let of_all = [0, 1, 0xFF].map(|byte| Change::Append { section, byte });
        let others = (0..parts.sections().len()).map(move |by| Change::Replace { section, by });
        fields.chain(of_records).chain(of_all).chain(others)
    })
}

fn truncated(value: u64, width: usize) -> u64 {
    if width < 8 { value & ((1 << (8 * width)) - 1) } else { value }
}

/// Makes a change.
pub fn apply(parts: &mut Parts, change: &Change) {
    match *change {
        Change::Set { section, at, width, value } => {
            let bytes = parts.at(section).bytes.iter_mut().skip(at).take(width);
            for (slot, byte) in bytes.zip(value.to_le_bytes()) {
                *slot = byte;
            }
        }
        Change::Swap { section, first, second } => {
            let part = parts.at(section);
            let (one, other) = (part.record(first), part.record(second));
            part.overwrite(first, &other);
            part.overwrite(second, &one);
        }
        Change::Copy { section, from, to } => {
            let part = parts.at(section);
            let record = part.record(from);
            part.overwrite(to, &record);
        }
        Change::Insert { section, from, to } => {
            let part = parts.at(section);
            let record = part.record(from);
            let at = (to * part.record_bytes).min(part.bytes.len());
            part.bytes.splice(at..at, record);
        }
        Change::Append { section, byte } => {
            let part = parts.at(section);
            let length = part.bytes.len() + part.record_bytes;
            part.bytes.resize(length, byte);
        }
        Change::Remove { section, record } => {
            let part = parts.at(section);
            let length = part.bytes.len();
            let start = (record * part.record_bytes).min(length);
            part.bytes.drain(start..(start + part.record_bytes).min(length));
        }
        Change::Truncate { section, bytes } => parts.at(section).bytes.truncate(bytes),
        Change::Replace { section, by } => {
            let other = parts.at(by).bytes.clone();
            parts.at(section).bytes = other;
        }
    }
}

impl Part {
    fn overwrite(&mut self, record: usize, bytes: &[u8]) {
        let start = record * self.record_bytes;
        if let Some(slot) = self.bytes.get_mut(start..start + bytes.len()) {
            slot.copy_from_slice(bytes);
        }
    }
}
