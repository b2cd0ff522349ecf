//! A table, one request, and what is timed about them.

use policy_table::{Decider, Secret, Table, TableError, decide};
use sha2::{Digest, Sha256};

use crate::prepared::Prepared;

/// A proved table and one request.
#[derive(Default)]
pub struct Subject<'a> {
    decider: Option<Decider<'a>>,
    request: Prepared,
}

/// The same in every run, unlike a filter's, so that work can be counted.
const SECRET: Secret = Secret([1; 16]);

impl<'a> Subject<'a> {
    /// Proves `bytes` and keeps the table.
    ///
    /// # Errors
    /// What [`Table::from_bytes`] says.
    pub fn load(&mut self, bytes: &'a [u8]) -> Result<(), TableError> {
        self.decider = Some(Decider::new(Table::from_bytes(bytes)?, Some(&SECRET)));
        Ok(())
    }

    /// The next request; `None` where `block` is not one.
    pub fn request(&mut self, block: &[u8]) -> Option<()> {
        self.request.replace(block)
    }

    /// The whole decision, its key found by its digest: its reason, or `u32::MAX` without a table.
    #[inline(never)]
    #[must_use]
    pub fn decide(&self) -> u32 {
        self.decider.as_ref().map_or(u32::MAX, |decider| self.decide_by(decider.table()))
    }

    /// The same as the filter does it: a key that was found lately is found again without its digest.
    #[inline(never)]
    #[must_use]
    pub fn decide_remembering(&self) -> u32 {
        self.decider
            .as_ref()
            .map_or(u32::MAX, |decider| decider.decide(&self.request).reason as u32)
    }

    /// The whole decision by another table: its reason.
    #[must_use]
    pub fn decide_by(&self, table: &Table<'_>) -> u32 {
        decide(table, &self.request).reason as u32
    }

    /// The SHA-256 of the request's key and nothing else; its first bytes.
    #[inline(never)]
    #[must_use]
    pub fn digest(&self) -> u32 {
        sha256(self.request.key())
    }

    /// Nothing, by the same way in and out.
    #[inline(never)]
    #[must_use]
    pub fn nothing(&self) -> u32 {
        self.decider.as_ref().map_or(u32::MAX, |_| 0)
    }
}

/// The first bytes of the SHA-256 of `bytes`.
#[must_use]
pub fn sha256(bytes: &[u8]) -> u32 {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    // All of the digest is used, or the compiler might leave some of it out.
    digest.as_chunks::<4>().0.iter().fold(0, |sum, word| sum ^ u32::from_le_bytes(*word))
}
