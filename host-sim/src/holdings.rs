//! What the host keeps for a module, in bytes: a module that logs or calls out without an end must
//! not use up the host's own memory.
//!
//! Counting all of it takes time, so that is only done when so much has come since the last time
//! that it may be too much.

use std::cell::Cell;
use std::fmt;

use crate::headers::Headers;
use crate::log::LogLine;
use crate::properties::FilterState;
use crate::status::Fault;

/// The most bytes that are kept for a VM that may not have more memory than that itself; others
/// get as much as their own limit. Logs, headers, bodies, filter state, calls, and what the workers
/// of a proxy share: data, queues, metrics.
const MOST: u64 = 256 << 20;

/// What one call may leave besides what it read from the guest.
const CALL: u64 = 1 << 10;

/// What an entry of a list takes besides its bytes.
pub(crate) const ENTRY: usize = 64;

/// How much may come before everything is counted again.
#[derive(Debug)]
pub(crate) struct Holdings {
    most: u64,
    room: u64,
}

/// How much one host function may yet copy from the guest.
#[derive(Debug)]
pub(crate) struct Room {
    most: u64,
    left: Cell<u64>,
}

/// The module made the host keep too much.
#[derive(Debug)]
pub(crate) struct TooMuch(u64);

impl Holdings {
    /// For a VM whose own memory has this limit.
    pub(crate) fn new(memory_limit: usize) -> Self {
        let most = u64::try_from(memory_limit).unwrap_or(u64::MAX).max(MOST);
        Self { most, room: most }
    }

    /// Takes room for what a call has read from the guest, and may have left here. False where so much
    /// has come that all must be [counted](Self::count) first.
    ///
    /// # Errors
    /// When it is too much by itself.
    pub(crate) fn take(&mut self, bytes: u64) -> Result<bool, TooMuch> {
        if bytes > self.most {
            return Err(TooMuch(self.most));
        }
        let left = self.room.checked_sub(bytes.saturating_add(CALL));
        self.room = left.unwrap_or(self.room);
        Ok(left.is_some())
    }

    /// So many bytes are kept in all.
    ///
    /// # Errors
    /// When that is too much.
    pub(crate) fn count(&mut self, held: usize) -> Result<(), TooMuch> {
        let held = u64::try_from(held).unwrap_or(u64::MAX);
        let left = self.most.checked_sub(held).ok_or(TooMuch(self.most))?;
        // Not again at once, where it is nearly too much.
        self.room = left.max(self.most / 16);
        Ok(())
    }

    /// For one host function: it may copy no more than the most that is kept, or else the host's memory
    /// would be gone before anything is counted.
    pub(crate) fn room(&self) -> Room {
        Room { most: self.most, left: Cell::new(self.most) }
    }
}

impl Room {
    /// So many bytes are about to be copied.
    ///
    /// # Errors
    /// When that is too much.
    pub(crate) fn take(&self, bytes: u64) -> Result<(), TooMuch> {
        self.left.set(self.left.get().checked_sub(bytes).ok_or(TooMuch(self.most))?);
        Ok(())
    }
}

/// Of log lines.
pub(crate) fn lines(lines: &[LogLine]) -> usize {
    lines.iter().map(|line| line.message.len() + ENTRY).sum()
}

/// Of header maps.
pub(crate) fn headers<'a>(maps: impl IntoIterator<Item = &'a Headers>) -> usize {
    maps.into_iter().map(|headers| headers.byte_size() + headers.len() * ENTRY).sum()
}

/// Of values by their paths.
pub(crate) fn filter_state(values: &FilterState) -> usize {
    values.iter().map(|(path, value)| path.len() + value.len() + ENTRY).sum()
}

impl fmt::Display for TooMuch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "used too much of the host's memory: more than {} MiB of logs, headers, bodies, \
             calls, shared data, metrics and the like; a memory limit above that (`--memory-limit`) allows more",
            self.0 >> 20
        )
    }
}

impl std::error::Error for TooMuch {}

impl From<TooMuch> for Fault {
    fn from(too_much: TooMuch) -> Self {
        Self::Trap(wasmtime::Error::new(too_much))
    }
}
