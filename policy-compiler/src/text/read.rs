//! Texts from files.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

#[cfg(unix)]
use crate::threads;

/// The largest file that is read, in bytes: spans are 32 bits wide.
pub const MAX_FILE_BYTES: u64 = 1 << 30;

/// Every table begins so, and no text does (`docs/format.md`).
pub(crate) const TABLE_BEGIN: &[u8] = b"\x89PCT";

/// Reads a text file of at most [`MAX_FILE_BYTES`].
///
/// # Errors
/// As the file system says; `InvalidData` for a file that is too large or not UTF-8.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    read_bytes(path).and_then(to_text)
}

/// The text that bytes are.
///
/// # Errors
/// `InvalidData` for bytes that are too many or not UTF-8.
pub(crate) fn to_text(bytes: Vec<u8>) -> io::Result<String> {
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_FILE_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is larger than 1 GiB"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let is_table = error.as_bytes().starts_with(TABLE_BEGIN);
        let message = if is_table {
            "it is a table, which is compiled from a document"
        } else {
            "it is not UTF-8 text"
        };
        io::Error::new(io::ErrorKind::InvalidData, message)
    })
}

/// Reads a file; of one that is larger than [`MAX_FILE_BYTES`] a byte more than these.
///
/// # Errors
/// As the file system says.
pub(crate) fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    // Room for all of it at once; a file may yet be longer than it says.
    let length = file.metadata()?.len().min(MAX_FILE_BYTES);
    let mut bytes = read_parts(&file, usize::try_from(length).unwrap_or(0));
    let read = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if read > 0 {
        file.seek(SeekFrom::Start(read))?;
    }
    bytes
        .reserve_exact(usize::try_from(length.saturating_sub(read)).unwrap_or(0).saturating_add(1));
    file.take(MAX_FILE_BYTES.saturating_sub(read).saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Smaller parts are not worth a thread.
#[cfg(unix)]
const MIN_PART_BYTES: usize = 1 << 24;

/// The first bytes of a long file, as far as all processors can read parts of it at once; nothing
/// where that is of no use.
#[cfg(unix)]
fn read_parts(file: &File, length: usize) -> Vec<u8> {
    use std::os::unix::fs::FileExt;
    let part = length.div_ceil(threads::count()).max(MIN_PART_BYTES);
    if length <= part {
        return Vec::new();
    }
    // A byte more, so that whoever asks for what follows finds room to learn that it is nothing.
    let mut bytes = vec![0; length.saturating_add(1)];
    bytes.truncate(length);
    let parts = bytes.chunks_mut(part).enumerate().collect();
    let read = threads::each(parts, &|_| (), |(number, bytes), _| {
        let offset = u64::try_from(part.saturating_mul(number)).unwrap_or(u64::MAX);
        file.read_exact_at(bytes, offset).is_ok()
    });
    let whole = read.iter().take_while(|read| **read).count();
    bytes.truncate(part.saturating_mul(whole));
    bytes
}

#[cfg(not(unix))]
fn read_parts(_: &File, _: usize) -> Vec<u8> {
    Vec::new()
}
