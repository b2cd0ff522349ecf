//! Header, directory and checksum: what is true of a table before any section is understood.

use core::fmt;

use sha2::{Digest, Sha256};

use crate::error::{Part, TableError, Value, number};
use crate::format::{CHECKSUM_BYTES, DIRECTORY_ENTRY_BYTES, HEADER_BYTES, MAGIC, Section, VERSION};

/// The sections of a table whose frame holds: right version, nothing missing, nothing changed.
#[derive(Clone, Copy)]
pub(crate) struct Envelope<'a> {
    pub(crate) id: TableId,
    sections: [&'a [u8]; Section::ALL.len()],
}

/// The SHA-256 of a whole table, as `sha256sum` prints it: names the policy behind a decision.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TableId(pub [u8; 32]);

/// A section and what it weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SectionSize {
    /// The name of the section in `docs/format.md`.
    pub name: &'static str,
    /// Its length in bytes.
    pub bytes: usize,
    /// Bytes of one of its records; 1 where records have no fixed size.
    pub record_bytes: usize,
}

const HEADER: Part = Part("header");
const DIRECTORY: Part = Part("directory");

impl<'a> Envelope<'a> {
    /// Proves header, length, checksum and directory.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, TableError> {
        let header = read_header(bytes)?;
        let id = prove_checksum(bytes)?;
        let sections = read_directory(bytes, header)?;
        Ok(Self { id, sections })
    }

    pub(crate) fn section(&self, section: Section) -> &'a [u8] {
        self.sections.get(section as usize).copied().unwrap_or_default()
    }

    pub(crate) fn sizes(&self) -> impl Iterator<Item = SectionSize> + use<> {
        let sections = self.sections.map(<[u8]>::len);
        Section::ALL.into_iter().zip(sections).map(|(section, bytes)| SectionSize {
            name: section.name(),
            bytes,
            record_bytes: section.record_bytes(),
        })
    }
}

impl fmt::Display for TableId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(formatter, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for TableId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "TableId({self})")
    }
}

/// Proves all of the header; returns the directory.
///
/// The order of the checks gives the most useful message: a file of another kind, then another
/// version, then a truncated file, and only then damage.
fn read_header(bytes: &[u8]) -> Result<&[[[u8; 4]; 2]], TableError> {
    let Some((header, rest)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
        return Err(TableError {
            help: "give the whole file that `portcullis compile` wrote",
            ..HEADER.refuse(
                "length of the table",
                0,
                Value::AtLeast(HEADER_BYTES as u64),
                number(bytes.len()),
            )
        });
    };
    let [magic_low, magic_high, version, sections, total, zero] =
        *header.as_chunks::<4>().0.first_chunk().unwrap_or(&[[0; 4]; 6]);
    let magic = [magic_low, magic_high].as_flattened().first_chunk().copied().unwrap_or_default();
    if magic != MAGIC {
        return Err(TableError {
            help: "this is not a table, or it was transferred as text: give the file that `portcullis compile` wrote, as bytes",
            ..HEADER.refuse("first bytes", 0, Value::Bytes(MAGIC), Value::Bytes(magic))
        });
    }
    let version = u32::from_le_bytes(version);
    if version != VERSION {
        return Err(TableError {
            help: "compile the table with the `portcullis` of the same release as this filter",
            ..HEADER.refuse(
                "format version",
                8,
                Value::Number(VERSION.into()),
                Value::Number(version.into()),
            )
        });
    }
    let total = u64::from(u32::from_le_bytes(total));
    if number(bytes.len()) != Value::Number(total) {
        return Err(TableError {
            help: "the table was truncated or joined with something else: copy the whole file again",
            ..HEADER.refuse("length of the table", 16, Value::Number(total), number(bytes.len()))
        });
    }
    let count = u32::from_le_bytes(sections);
    HEADER.ensure(
        crate::wire::index(count) == Section::ALL.len(),
        "number of sections",
        12,
        number(Section::ALL.len()),
        Value::Number(count.into()),
    )?;
    let zero = u32::from_le_bytes(zero);
    HEADER.ensure(zero == 0, "reserved word", 20, Value::Number(0), Value::Number(zero.into()))?;
    let directory = rest.get(..Section::ALL.len() * DIRECTORY_ENTRY_BYTES).ok_or_else(|| {
        let expected = number(Section::ALL.len() * DIRECTORY_ENTRY_BYTES);
        HEADER.refuse("directory", HEADER_BYTES, expected, number(rest.len()))
    })?;
    Ok(directory.as_chunks::<4>().0.as_chunks::<2>().0)
}

/// Proves the checksum and gives the table id, in one pass over the bytes: the state of the
/// hash before the checksum is finished once without it (checksum) and once with it (id).
fn prove_checksum(bytes: &[u8]) -> Result<TableId, TableError> {
    let part = Part("checksum");
    let Some((content, checksum)) = bytes.split_last_chunk::<CHECKSUM_BYTES>() else {
        let expected = Value::AtLeast(CHECKSUM_BYTES as u64);
        return Err(part.refuse("length of the table", 0, expected, number(bytes.len())));
    };
    let mut hash = Sha256::new();
    hash.update(content);
    let computed: [u8; CHECKSUM_BYTES] = hash.clone().finalize().into();
    if computed != *checksum {
        // Eight bytes that differ, wherever they do.
        let same = checksum.iter().zip(&computed).take_while(|(stored, own)| stored == own).count();
        let from = same.min(CHECKSUM_BYTES - 8);
        let some = |digest: &[u8; CHECKSUM_BYTES]| {
            let differing = digest.get(from..).and_then(<[u8]>::first_chunk);
            Value::Bytes(differing.copied().unwrap_or_default())
        };
        let (expected, found) = (some(checksum), some(&computed));
        return Err(part.refuse("SHA-256 of the content", content.len() + from, expected, found));
    }
    hash.update(checksum);
    Ok(TableId(hash.finalize().into()))
}

/// Proves that the sections are the known ones, in order, and fill the table without gaps.
fn read_directory<'a>(
    bytes: &'a [u8],
    directory: &[[[u8; 4]; 2]],
) -> Result<[&'a [u8]; Section::ALL.len()], TableError> {
    let mut sections: [&[u8]; Section::ALL.len()] = [&[]; Section::ALL.len()];
    let mut rest = bytes
        .get(HEADER_BYTES + Section::ALL.len() * DIRECTORY_ENTRY_BYTES..)
        .and_then(|rest| rest.split_last_chunk::<CHECKSUM_BYTES>())
        .map_or(&[][..], |(rest, _)| rest);
    for (position, ((slot, section), entry)) in
        sections.iter_mut().zip(Section::ALL).zip(directory).enumerate()
    {
        let [id, length] = entry.map(u32::from_le_bytes);
        let expected = Value::Number(section.id().into());
        DIRECTORY.ensure(
            id == section.id(),
            "section id",
            position,
            expected,
            Value::Number(id.into()),
        )?;
        let length = crate::wire::index(length);
        let available = number(rest.len());
        let Some((content, after)) = rest.split_at_checked(length) else {
            let part = Part(section.name());
            return Err(part.refuse("length of the section", 0, available, number(length)));
        };
        Part(section.name()).ensure(
            length.is_multiple_of(section.record_bytes()),
            "length of the section",
            0,
            Value::Words("a whole number of records"),
            number(length),
        )?;
        *slot = content;
        rest = after;
    }
    DIRECTORY.ensure(
        rest.is_empty(),
        "bytes after the last section",
        Section::ALL.len(),
        Value::Number(0),
        number(rest.len()),
    )?;
    Ok(sections)
}
