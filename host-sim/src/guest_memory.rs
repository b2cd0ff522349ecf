//! Guest memory during one host function: its pointers are never trusted, and no function copies more out of
//! it than is kept for a module.

use std::cell::Cell;

use crate::holdings::{ENTRY, Room, TooMuch};
use crate::number::number;
use crate::pairs::{self, Pairs};
use crate::status::{Fault, Status};

/// Guest memory during one host function.
pub(crate) struct GuestMemory<'a> {
    bytes: &'a mut [u8],
    read: &'a Cell<u64>,
    room: &'a Room,
}

/// Bytes in guest memory, as the guest describes them: unchecked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slice {
    pointer: u32,
    size: u32,
}

impl<'a> GuestMemory<'a> {
    /// `read` counts what is read, `room` is what may yet be copied.
    pub(crate) fn new(bytes: &'a mut [u8], read: &'a Cell<u64>, room: &'a Room) -> Self {
        Self { bytes, read, room }
    }

    /// The bytes of a slice, when all of them are in guest memory, to be copied.
    ///
    /// # Errors
    /// A trap when it is too much, together with what the function has read before: slices may overlap, and
    /// so name more than there is memory.
    pub(crate) fn read(&self, slice: Slice) -> Result<&[u8], Fault> {
        let bytes = self.look(slice)?;
        self.make_room(u64::from(slice.size))?;
        self.count(u64::from(slice.size));
        Ok(bytes)
    }

    /// What was read, as text. Each byte that is not UTF-8 becomes a mark of up to three bytes.
    ///
    /// # Errors
    /// A trap when it is too much.
    pub(crate) fn text(&self, bytes: &[u8]) -> Result<String, Fault> {
        if let Ok(text) = str::from_utf8(bytes) {
            return Ok(text.to_owned());
        }
        self.make_room(2 * u64::from(number(bytes.len())))?;
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }

    /// The header map that a slice is the wire form of.
    ///
    /// # Errors
    /// A trap when it is too much: pairs without any bytes take memory too.
    pub(crate) fn pairs(
        &self,
        slice: Slice,
        limits: Option<(usize, usize)>,
    ) -> Result<Pairs<'_>, Fault> {
        let pairs = pairs::decode(self.read(slice)?, limits);
        self.make_room(u64::from(number(pairs.len().saturating_mul(ENTRY))))?;
        Ok(pairs)
    }

    /// The bytes of a slice, without [counting](Self::count) them as read.
    pub(crate) fn look(&self, slice: Slice) -> Result<&[u8], Status> {
        let start = usize::try_from(slice.pointer).map_err(|_| Status::InvalidMemoryAccess)?;
        let size = usize::try_from(slice.size).map_err(|_| Status::InvalidMemoryAccess)?;
        let end = start.checked_add(size).ok_or(Status::InvalidMemoryAccess)?;
        self.bytes.get(start..end).ok_or(Status::InvalidMemoryAccess)
    }

    /// So many bytes are about to be copied.
    ///
    /// # Errors
    /// When it is too much.
    pub(crate) fn make_room(&self, bytes: u64) -> Result<(), TooMuch> {
        self.room.take(bytes)
    }

    /// So many bytes are read.
    pub(crate) fn count(&self, bytes: u64) {
        self.read.set(self.read.get().saturating_add(bytes));
    }

    /// Copies bytes to an address, when all of them fit.
    pub(crate) fn write(&mut self, at: u32, value: &[u8]) -> Result<(), Status> {
        self.slot(at, value.len())?.copy_from_slice(value);
        Ok(())
    }

    /// The bytes at an address, to be written.
    pub(crate) fn slot(&mut self, at: u32, size: usize) -> Result<&mut [u8], Status> {
        let start = usize::try_from(at).map_err(|_| Status::InvalidMemoryAccess)?;
        let end = start.checked_add(size).ok_or(Status::InvalidMemoryAccess)?;
        self.bytes.get_mut(start..end).ok_or(Status::InvalidMemoryAccess)
    }
}

impl Slice {
    pub(crate) fn new(pointer: u32, size: u32) -> Self {
        Self { pointer, size }
    }
}
