//! A table taken apart into its sections, to be put together again with a lie in it.

use policy_table::{Table, VERSION};
use sha2::{Digest, Sha256};

/// Magic, version, number of sections, total length, zero.
pub const HEADER_BYTES: usize = 24;
/// Section id and length.
pub const ENTRY_BYTES: usize = 8;
pub const CHECKSUM_BYTES: usize = 32;
pub const MAGIC: [u8; 8] = *b"\x89PCT\r\n\x1a\n";

/// The sections of a table.
#[derive(Debug, Clone)]
pub struct Parts {
    sections: Vec<Part>,
}

/// One section.
#[derive(Debug, Clone)]
pub struct Part {
    pub name: &'static str,
    /// Bytes of a record; 1 where records have no fixed size.
    pub record_bytes: usize,
    pub bytes: Vec<u8>,
}

impl Parts {
    pub fn of(bytes: &[u8]) -> Self {
        let table = Table::from_bytes(bytes).unwrap();
        let mut at = HEADER_BYTES + table.sections().count() * ENTRY_BYTES;
        let sections = table.sections().map(|section| {
            let start = at;
            at += section.bytes;
            let bytes = bytes[start..at].to_vec();
            Part { name: section.name, record_bytes: section.record_bytes, bytes }
        });
        Self { sections: sections.collect() }
    }

    /// Takes over what another holds, in the memory that is there already.
    pub fn copy_from(&mut self, other: &Self) {
        for (section, from) in self.sections.iter_mut().zip(&other.sections) {
            section.bytes.clear();
            section.bytes.extend(&from.bytes);
        }
    }

    pub fn sections(&self) -> &[Part] {
        &self.sections
    }

    pub fn at(&mut self, position: usize) -> &mut Part {
        &mut self.sections[position]
    }

    pub fn section(&mut self, name: &str) -> &mut Vec<u8> {
        let section = self.sections.iter_mut().find(|section| section.name == name);
        &mut section.unwrap().bytes
    }

    pub fn bytes(&self, name: &str) -> &[u8] {
        let section = self.sections.iter().find(|section| section.name == name);
        &section.unwrap().bytes
    }

    pub fn word(&self, name: &str, position: usize) -> u32 {
        u32::from_le_bytes(self.bytes(name)[position * 4..position * 4 + 4].try_into().unwrap())
    }

    pub fn set(mut self, name: &str, position: usize, value: u32) -> Self {
        self.section(name)[position * 4..position * 4 + 4].copy_from_slice(&value.to_le_bytes());
        self
    }

    pub fn set_byte(mut self, name: &str, position: usize, value: u8) -> Self {
        self.section(name)[position] = value;
        self
    }

    pub fn cut(mut self, name: &str, bytes: usize) -> Self {
        let section = self.section(name);
        section.truncate(section.len() - bytes);
        self
    }

    pub fn add(mut self, name: &str, bytes: &[u8]) -> Self {
        self.section(name).extend(bytes);
        self
    }

    /// The table of these sections, with a right frame and checksum.
    pub fn table(&self) -> Vec<u8> {
        let mut table = Vec::new();
        self.write(&mut table);
        table
    }

    /// As [`table`](Self::table), into memory that is there already.
    pub fn write(&self, table: &mut Vec<u8>) {
        self.content(table);
        seal(table);
    }

    /// The table of these sections after a change to its frame, with a right checksum.
    pub fn framed(&self, change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
        let mut table = Vec::new();
        self.content(&mut table);
        change(&mut table);
        seal(&mut table);
        table
    }

    /// All but the checksum.
    fn content(&self, table: &mut Vec<u8>) {
        let content: usize = self.sections.iter().map(|section| section.bytes.len()).sum();
        let count = self.sections.len();
        let total = HEADER_BYTES + count * ENTRY_BYTES + content + CHECKSUM_BYTES;
        table.clear();
        table.extend(MAGIC);
        for word in [VERSION, count as u32, total as u32, 0] {
            table.extend(word.to_le_bytes());
        }
        for (section, id) in self.sections.iter().zip(1_u32..) {
            table.extend(id.to_le_bytes());
            table.extend((section.bytes.len() as u32).to_le_bytes());
        }
        for section in &self.sections {
            table.extend(&section.bytes);
        }
    }
}

/// Puts the right checksum at the end.
pub fn seal(table: &mut Vec<u8>) {
    let checksum: [u8; CHECKSUM_BYTES] = Sha256::digest(&*table).into();
    table.extend(checksum);
}
