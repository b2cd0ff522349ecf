//! Ids as the reference host gives them out: every kind counts by itself, in steps of four, and the
//! two low bits say which kind it is.

use crate::status::Status;

/// How many ids of each kind there are.
#[derive(Debug, Default)]
pub(crate) struct Ids([u32; 4]);

impl Ids {
    /// The next id of the kind with these low bits.
    pub(crate) fn next(&mut self, kind: u32) -> Result<u32, Status> {
        let place = usize::try_from(kind).map_err(|_| Status::InternalFailure)?;
        let made = self.0.get_mut(place).ok_or(Status::InternalFailure)?;
        *made = made.checked_add(1).ok_or(Status::InternalFailure)?;
        Ok(made.checked_mul(4).ok_or(Status::InternalFailure)? | kind)
    }
}

/// The low bits of an id.
pub(crate) fn kind(id: u32) -> u32 {
    id & 3
}
