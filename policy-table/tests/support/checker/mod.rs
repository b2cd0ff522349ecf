//! A second reader, written from docs/format.md alone: slow, plain, and without a line of the
//! first. It says only whether bytes keep every rule of the page, and if not, which rule they
//! break. Where the two disagree, the reader or the page is wrong.

mod addresses;
mod cold;
mod frame;
mod keys;
mod routes;

pub use cold::{Cold, read as read_cold};
pub use routes::hash_of;

/// The rule of the page that is broken.
pub type Broken = String;

/// Whether bytes keep every rule of docs/format.md.
pub fn check(bytes: &[u8]) -> Result<(), Broken> {
    let sections = frame::sections(bytes)?;
    let cold = cold::read(sections.bytes("cold"))?;
    cold.check()?;
    let rules = addresses::check(&sections)?;
    holds(none_or_below(cold.gateway_rule, rules), "gateway rule: an address rule or NONE")?;
    routes::check(&sections, cold.methods.len())?;
    keys::check(&sections, rules, &cold)?;
    cold.check_names(&sections)
}

/// The sections of a table, by name.
pub struct Sections<'a>(Vec<(&'static str, usize, &'a [u8])>);

impl<'a> Sections<'a> {
    pub fn bytes(&self, name: &str) -> &'a [u8] {
        self.0.iter().find(|(other, ..)| *other == name).unwrap().2
    }

    /// How many records a section has.
    pub fn count(&self, name: &str) -> usize {
        let (_, record, bytes) = self.0.iter().find(|(other, ..)| *other == name).unwrap();
        bytes.len() / record
    }

    /// The words of each record of a section.
    pub fn words(&self, name: &str) -> Vec<Vec<u32>> {
        let (_, record, bytes) = self.0.iter().find(|(other, ..)| *other == name).unwrap();
        bytes.chunks(*record).map(words).collect()
    }
}

/// Breaks a rule unless it holds.
fn holds(holds: bool, rule: impl Into<String>) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(rule.into()) }
}

fn words(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks(4).map(|word| u32::from_le_bytes(word.try_into().unwrap())).collect()
}

/// A range of a running sum: from here to where the next one begins.
fn range(from: u32, to: u32, limit: usize, what: &str) -> Result<std::ops::Range<usize>, Broken> {
    let (from, to) = (from as usize, to as usize);
    holds(from <= to && to <= limit, format!("{what}: from {from} to {to} of {limit}"))?;
    Ok(from..to)
}

const NONE: u32 = u32::MAX;

fn below(index: u32, count: usize) -> bool {
    (index as usize) < count
}

fn none_or_below(index: u32, count: usize) -> bool {
    index == NONE || below(index, count)
}

/// Bits that hold every number below a count: 0 for a count of 0 or 1.
fn bits_below(count: usize) -> u32 {
    (0..64).find(|bits| 1_u64 << bits >= count as u64).unwrap()
}
