//! Sections in the making, and the frame around them.

use alloc::vec::Vec;

use sha2::{Digest, Sha256};

use super::WriteError;
use crate::format::{DIRECTORY_ENTRY_BYTES, HEADER_BYTES, MAGIC, Section, VERSION};
use crate::wire::length;

/// The bytes of every section.
#[derive(Default)]
pub(crate) struct Sections([Vec<u8>; Section::ALL.len()]);

impl Sections {
    /// The bytes of one section, to add to.
    pub(crate) fn of(&mut self, section: Section) -> &mut Vec<u8> {
        // INVARIANT: there is a vector for every section.
        let [first, rest @ ..] = &mut self.0;
        match (section as usize).checked_sub(1) {
            None => first,
            Some(position) => rest.get_mut(position).unwrap_or(first),
        }
    }

    /// Adds words to a section.
    pub(crate) fn words(&mut self, section: Section, words: &[u32]) {
        self.of(section).extend(words.iter().flat_map(|word| word.to_le_bytes()));
    }

    /// Header, directory, sections, checksum.
    pub(crate) fn into_table(self) -> Result<Vec<u8>, WriteError> {
        let content: usize = self.0.iter().map(Vec::len).sum();
        let total = HEADER_BYTES
            + Section::ALL.len() * DIRECTORY_ENTRY_BYTES
            + content
            + crate::format::CHECKSUM_BYTES;
        let limit = crate::wire::index(u32::MAX);
        if total > limit {
            return Err(WriteError::TooMany { what: "bytes in the table", limit, found: total });
        }
        let mut table = Vec::with_capacity(total);
        table.extend(MAGIC);
        for word in [VERSION, length(Section::ALL.len()), length(total), 0] {
            table.extend(word.to_le_bytes());
        }
        for (section, content) in Section::ALL.into_iter().zip(&self.0) {
            table.extend(section.id().to_le_bytes());
            table.extend(length(content.len()).to_le_bytes());
        }
        for content in self.0 {
            table.extend(content);
        }
        let checksum: [u8; 32] = Sha256::digest(&table).into();
        table.extend(checksum);
        Ok(table)
    }
}
