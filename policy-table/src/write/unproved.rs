//! A table that was made and is yet to be read back.

use alloc::vec::Vec;

use super::WriteError;
use crate::Table;

/// The bytes of a table that nothing has proved yet: they are not to be used before that.
#[derive(Debug)]
pub struct Unproved(pub(super) Vec<u8>);

impl Unproved {
    /// Reads the table back, with a look at it: it need not be proved again.
    ///
    /// # Errors
    /// [`WriteError::Refused`] where the content breaks a rule of the format.
    pub fn prove<Seen>(&self, look: impl FnOnce(&Table<'_>) -> Seen) -> Result<Seen, WriteError> {
        Table::from_bytes(&self.0).map(|table| look(&table)).map_err(WriteError::Refused)
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, to keep.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}
