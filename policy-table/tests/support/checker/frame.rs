//! "Frame" and the figures of "Sections".

use sha2::{Digest, Sha256};

use super::{Broken, Sections, holds, words};

/// Names and bytes of a record, in the order of the ids, which count from 1.
const SECTIONS: [(&str, usize); 22] = [
    ("cold", 1),
    ("grant_starts", 4),
    ("grant_members", 4),
    ("rule_starts", 8),
    ("v4_starts", 4),
    ("v4_outcomes", 1),
    ("v6_starts", 16),
    ("v6_outcomes", 1),
    ("text", 1),
    ("hosts", 16),
    ("nodes", 16),
    ("literals", 12),
    ("bindings", 4),
    ("endpoints", 12),
    ("collections", 4),
    ("classes", 12),
    ("clients", 1),
    ("client_ids", 6),
    ("attributes", 12),
    ("windows", 16),
    ("key_buckets", 4),
    ("key_records", 1),
];

pub fn sections(bytes: &[u8]) -> Result<Sections<'_>, Broken> {
    let count = SECTIONS.len();
    let directory_end = 24 + count * 8;
    holds(bytes.len() >= directory_end + 32, "header, directory and checksum are there")?;
    holds(
        bytes[..8] == [0x89, 0x50, 0x43, 0x54, 0x0D, 0x0A, 0x1A, 0x0A],
        "the magic is at the start",
    )?;
    let header = words(&bytes[8..24]);
    holds(header[0] == 1, "the format version is 1")?;
    holds(header[1] as usize == count, "the number of sections")?;
    holds(header[2] as usize == bytes.len(), "the length of the whole table")?;
    holds(header[3] == 0, "zero")?;
    let (content, checksum) = bytes.split_at(bytes.len() - 32);
    holds(Sha256::digest(content)[..] == *checksum, "the checksum is the SHA-256")?;
    let mut found = Vec::new();
    let mut at = directory_end;
    for (position, (name, record)) in SECTIONS.into_iter().enumerate() {
        let entry = words(&bytes[24 + position * 8..32 + position * 8]);
        holds(entry[0] as usize == position + 1, format!("{name}: in the order of the ids"))?;
        let length = entry[1] as usize;
        holds(length.is_multiple_of(record), format!("{name}: a whole number of records"))?;
        holds(length <= content.len() - at, format!("{name}: within the table"))?;
        found.push((name, record, &content[at..at + length]));
        at += length;
    }
    holds(at == content.len(), "the sections fill the table without gaps")?;
    Ok(Sections(found))
}
