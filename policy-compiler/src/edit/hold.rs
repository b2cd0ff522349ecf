//! One edit of a file at a time.
//!
//! The lock is an advisory one on the file itself: no file beside it is needed that could be
//! left behind, and the operating system takes it back when a process dies. As an edit puts
//! another file in the place of the one that was locked, whoever waited looks whether the path
//! still leads to the file it has locked, and begins again if not.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

use crate::files::{Identity, is_leftover, parent};

/// A file that no other edit changes as long as this lives.
#[derive(Debug)]
pub(super) struct Held {
    /// Locked as long as it is open.
    _locked: File,
    identity: Identity,
}

impl Held {
    /// Waits until no other edit of the file is under way; `waiting` is told when it has to.
    pub(super) fn acquire(path: &Path, waiting: &impl Fn(&Path)) -> io::Result<Self> {
        loop {
            let target = fs::canonicalize(path)?;
            if !fs::metadata(&target)?.is_file() {
                return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"));
            }
            // Some network file systems lock for one alone only what is open to be written.
            let file = OpenOptions::new().read(true).write(true).open(&target);
            let file = file.or_else(|_| File::open(&target))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    waiting(path);
                    file.lock()?;
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
            let identity = Identity::of_open(&file, &target)?;
            if Identity::at(path)? == identity {
                return Ok(Self { _locked: file, identity });
            }
        }
    }

    /// Whether a path leads to the file that is held.
    pub(super) fn is_of(&self, path: &Path) -> bool {
        Identity::at(path).is_ok_and(|there| there == self.identity)
    }

    /// Which file is held.
    pub(super) fn identity(&self) -> &Identity {
        &self.identity
    }
}

/// Removes what edits of a file have left that were killed: as the file is held, no edit that could
/// still need it is under way.
pub(super) fn clear_leftovers(path: &Path) {
    let Ok(target) = fs::canonicalize(path) else { return };
    let Some(name) = target.file_name() else { return };
    let Ok(entries) = fs::read_dir(parent(&target)) else { return };
    for entry in entries.flatten() {
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_file && is_leftover(&entry.file_name(), name) {
            // Whoever may not remove it can still edit.
            let _ = fs::remove_file(entry.path());
        }
    }
}
