//! The texts a policy is made of, and places in them.
//!
//! A document names further files (IP lists, key files). All of them live in one
//! [`Sources`], and a [`Place`] says where in which of them something stands.

mod file;
mod place;
mod read;

use std::path::PathBuf;
use std::sync::Arc;

pub(crate) use file::FileKind;
pub use file::SourceFile;
pub use place::{FileIndex, Origin, Place, Position, Span};
pub use read::MAX_FILE_BYTES;
pub(crate) use read::{TABLE_BEGIN, read_bytes, read_text, to_text};

/// What some editors begin a file with.
pub(crate) const BYTE_ORDER_MARK: char = '\u{feff}';

/// Every file that was read, in the order it was met; the document is the first.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<Arc<SourceFile>>,
}

impl Sources {
    /// Takes in a text; messages call it by its path.
    pub(crate) fn add(
        &mut self,
        path: PathBuf,
        text: String,
        kind: FileKind,
    ) -> (FileIndex, Arc<SourceFile>) {
        self.put(path, text, kind, false)
    }

    /// Takes in a text of which no message repeats anything.
    pub(crate) fn add_foreign(
        &mut self,
        path: PathBuf,
        text: String,
        kind: FileKind,
    ) -> (FileIndex, Arc<SourceFile>) {
        self.put(path, text, kind, true)
    }

    fn put(
        &mut self,
        path: PathBuf,
        text: String,
        kind: FileKind,
        foreign: bool,
    ) -> (FileIndex, Arc<SourceFile>) {
        let file = Arc::new(SourceFile::new(path, text, kind, foreign));
        let index = FileIndex::new(self.files.len());
        self.files.push(Arc::clone(&file));
        (index, file)
    }

    /// The document.
    pub(crate) fn first(&self) -> Option<&SourceFile> {
        self.files.first().map(Arc::as_ref)
    }

    /// Every file that was read.
    pub(crate) fn files(&self) -> impl Iterator<Item = &SourceFile> {
        self.files.iter().map(Arc::as_ref)
    }

    /// The file of a place.
    pub fn file(&self, index: FileIndex) -> Option<&SourceFile> {
        self.files.get(index.position()?).map(Arc::as_ref)
    }
}
