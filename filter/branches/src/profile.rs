//! Which way the branches of each function go, as it was counted.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result, bail};

/// Which way a branch nearly always goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Its condition holds: `br_if` jumps, `if` goes on with what follows.
    Taken,
    /// Its condition does not hold.
    NotTaken,
}

/// The ways of the branches of functions, by their fingerprints; none for a branch that goes both ways, or was never
/// reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile(BTreeMap<String, Vec<Option<Way>>>);

/// The first line.
const HEADER: &str = "function,branches";

impl Profile {
    /// Reads lines such as `0123456789abcdef,-01-`: a function, and for each of its branches `1` where it is nearly always
    /// taken, `0` where it nearly never is, `-` for all others.
    ///
    /// # Errors
    /// For the first line that is none.
    pub fn read(text: &str) -> Result<Self> {
        let mut lines = text.lines();
        if lines.next() != Some(HEADER) {
            bail!("line 1: expected `{HEADER}`; write the profile again with `cargo xtask learn`");
        }
        let mut functions = BTreeMap::new();
        for (number, line) in (2_usize..).zip(lines) {
            let place = || format!("line {number}: expected a function, a comma and its branches");
            let (fingerprint, ways) = line.split_once(',').with_context(place)?;
            let ways: Result<Vec<_>> = ways.chars().map(read_way).collect();
            functions.insert(fingerprint.to_owned(), ways.with_context(place)?);
        }
        Ok(Self(functions))
    }

    /// Notes a function, unless nothing is known of any branch.
    pub fn insert(&mut self, fingerprint: &str, ways: Vec<Option<Way>>) {
        if ways.iter().any(Option::is_some) {
            self.0.insert(fingerprint.to_owned(), ways);
        }
    }

    /// The ways of a function's branches, where there are as many.
    #[must_use]
    pub fn get(&self, fingerprint: &str, branches: usize) -> Option<&[Option<Way>]> {
        self.0.get(fingerprint).map(Vec::as_slice).filter(|ways| ways.len() == branches)
    }

    /// How many branches have a way.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.values().flatten().flatten().count()
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{HEADER}")?;
        for (fingerprint, ways) in &self.0 {
            let ways: String = ways.iter().map(|way| letter(*way)).collect();
            writeln!(formatter, "{fingerprint},{ways}")?;
        }
        Ok(())
    }
}

fn letter(way: Option<Way>) -> char {
    match way {
        Some(Way::Taken) => '1',
        Some(Way::NotTaken) => '0',
        None => '-',
    }
}

fn read_way(letter: char) -> Result<Option<Way>> {
    match letter {
        '1' => Ok(Some(Way::Taken)),
        '0' => Ok(Some(Way::NotTaken)),
        '-' => Ok(None),
        other => bail!("expected `0`, `1` or `-`, found `{}`", other.escape_debug()),
    }
}
