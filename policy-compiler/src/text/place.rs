//! Places in texts, in twelve bytes: line and column are worked out only when a message asks for them.

/// Which of the [`Sources`](super::Sources) a place is in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileIndex(u32);

/// A stretch of bytes in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file.
    pub file: FileIndex,
    /// The bytes in it.
    pub span: Span,
}

/// Where something of the model stands. It is no part of what that is: two of them are
/// always equal, so that policies compare by what they mean.
#[derive(Debug, Clone, Copy)]
pub struct Origin(pub Place);

impl PartialEq for Origin {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Origin {}

/// A stretch of bytes: offset and length.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Bytes before it.
    pub offset: u32,
    /// Its length in bytes.
    pub length: u32,
}

/// Line and column as editors count them, from 1; a column is a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
}

impl FileIndex {
    pub(super) fn new(position: usize) -> Self {
        Self(u32::try_from(position).unwrap_or(u32::MAX))
    }

    /// Which of the files it is; none for one that no table of files can have.
    pub(super) fn position(self) -> Option<usize> {
        usize::try_from(self.0).ok()
    }
}

impl Span {
    /// The span of `length` bytes from `offset`; what is beyond 4 GiB is cut off.
    pub(crate) fn new(offset: usize, length: usize) -> Self {
        Self {
            offset: u32::try_from(offset).unwrap_or(u32::MAX),
            length: u32::try_from(length).unwrap_or(u32::MAX),
        }
    }

    /// The first byte.
    pub fn start(self) -> usize {
        usize::try_from(self.offset).unwrap_or(usize::MAX)
    }

    /// The byte after the last.
    pub fn end(self) -> usize {
        self.start().saturating_add(usize::try_from(self.length).unwrap_or(usize::MAX))
    }

    /// A part of this span.
    pub(crate) fn part(self, offset: usize, length: usize) -> Self {
        Self::new(self.start().saturating_add(offset), length)
    }
}
