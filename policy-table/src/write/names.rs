//! Names, one after the other.

use alloc::string::String;
use alloc::vec::Vec;

use crate::names::{NameList, Names};
use crate::wire::{length, records};

/// Names in the making.
#[derive(Default)]
pub(super) struct NameLists {
    pub(super) collections: NameWriter,
    pub(super) versions: NameWriter,
    pub(super) endpoints: NameWriter,
    pub(super) clients: NameWriter,
    pub(super) keys: NameWriter,
}

/// Names in a row, in the making.
#[derive(Default)]
pub(super) struct NameWriter {
    ends: Vec<u8>,
    text: String,
}

impl NameWriter {
    /// Makes room for so many names of so many bytes together.
    pub(super) fn reserve(&mut self, names: usize, bytes: usize) {
        self.ends.reserve_exact(names.saturating_mul(4));
        self.text.reserve_exact(bytes);
    }

    pub(super) fn push(&mut self, name: &str) {
        self.text.push_str(name);
        self.ends.extend(length(self.text.len()).to_le_bytes());
    }

    /// Adds the names of another.
    pub(super) fn append(&mut self, other: &Self) {
        let before = length(self.text.len());
        self.text.push_str(&other.text);
        let ends = records::<1>(&other.ends).iter();
        self.ends.extend(
            ends.flat_map(|[end]| before.saturating_add(u32::from_le_bytes(*end)).to_le_bytes()),
        );
    }

    fn view(&self) -> NameList<'_> {
        NameList { ends: &self.ends, text: &self.text }
    }
}

impl NameLists {
    /// Names of clients and keys only where they are wanted.
    pub(super) fn view(&self, clients: bool, keys: bool) -> Names<'_> {
        Names {
            collections: self.collections.view(),
            versions: self.versions.view(),
            endpoints: self.endpoints.view(),
            clients: clients.then(|| self.clients.view()),
            keys: keys.then(|| self.keys.view()),
        }
    }
}
