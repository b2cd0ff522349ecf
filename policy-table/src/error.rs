//! Why bytes are not a table: what, where, expected, found, and what to do.

use core::fmt;

/// A refusal of [`Table::from_bytes`](crate::Table::from_bytes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableError {
    /// The rule that does not hold.
    pub what: &'static str,
    /// The part of the table it concerns, by its name in `docs/format.md`.
    pub part: &'static str,
    /// Bytes from the start of that part, or the number of the record in it.
    pub at: usize,
    /// What the format asks for.
    pub expected: Value,
    /// What stands there.
    pub found: Value,
    /// What to do about it.
    pub help: &'static str,
}

/// A value in a [`TableError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// Exactly this number.
    Number(u64),
    /// This number or less.
    AtMost(u64),
    /// This number or more.
    AtLeast(u64),
    /// The first bytes of a longer value.
    Bytes([u8; 8]),
    /// Something that is best said in words.
    Words(&'static str),
}

impl fmt::Display for TableError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} in {} at {}: expected {}, found {}; {}",
            self.what, self.part, self.at, self.expected, self.found, self.help
        )
    }
}

impl core::error::Error for TableError {}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(formatter, "{number}"),
            Self::AtMost(number) => write!(formatter, "at most {number}"),
            Self::AtLeast(number) => write!(formatter, "at least {number}"),
            Self::Bytes(bytes) => {
                for byte in bytes {
                    write!(formatter, "{byte:02x}")?;
                }
                Ok(())
            }
            Self::Words(words) => formatter.write_str(words),
        }
    }
}

/// What to do about a damaged table.
pub(crate) const DAMAGED: &str =
    "the table is damaged or was not made by `portcullis compile`: compile it again";

/// What is asked of where a list begins among the members of all: each begins where the one
/// before it ends.
pub(crate) const BETWEEN: Value = Value::Words("a start between the one before and the end");

/// Collects refusals of one part of the table, so that a check is one line where it is made.
#[derive(Clone, Copy)]
pub(crate) struct Part(pub(crate) &'static str);

impl Part {
    /// Refuses unless `holds`.
    pub(crate) fn ensure(
        self,
        holds: bool,
        what: &'static str,
        at: usize,
        expected: Value,
        found: Value,
    ) -> Result<(), TableError> {
        if holds { Ok(()) } else { Err(self.refuse(what, at, expected, found)) }
    }

    /// A refusal that blames damage.
    pub(crate) fn refuse(
        self,
        what: &'static str,
        at: usize,
        expected: Value,
        found: Value,
    ) -> TableError {
        TableError { what, part: self.0, at, expected, found, help: DAMAGED }
    }

    /// Refuses an index that is not below `limit`.
    pub(crate) fn below(
        self,
        what: &'static str,
        at: usize,
        index: u32,
        limit: usize,
    ) -> Result<(), TableError> {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        let expected = limit.checked_sub(1).map_or(Value::Words("none at all"), Value::AtMost);
        self.ensure(u64::from(index) < limit, what, at, expected, Value::Number(index.into()))
    }
}

/// A word of the table as a [`Value`].
pub(crate) fn found(word: Option<u32>) -> Value {
    word.map_or(Value::Words("nothing"), |word| Value::Number(word.into()))
}

/// A length as a [`Value`].
pub(crate) fn number(length: usize) -> Value {
    Value::Number(u64::try_from(length).unwrap_or(u64::MAX))
}
