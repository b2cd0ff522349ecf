//! Names for people, logs and forwarded headers: one text and where each name ends in it.
//!
//! Names of clients and keys may be left out, as they can weigh more than all the rest.

use serde::{Deserialize, Serialize, Serializer};

use crate::error::{Part, TableError, Value, number};
use crate::wire::{index, records, word};

/// All names of a table.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Names<'a> {
    #[serde(borrow)]
    pub(crate) collections: NameList<'a>,
    #[serde(borrow)]
    pub(crate) versions: NameList<'a>,
    #[serde(borrow)]
    pub(crate) endpoints: NameList<'a>,
    /// `None` where they were left out: ids stand for them.
    #[serde(borrow)]
    pub(crate) clients: Option<NameList<'a>>,
    /// `None` where they were left out: ids stand for them.
    #[serde(borrow)]
    pub(crate) keys: Option<NameList<'a>>,
}

/// Names in a row.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct NameList<'a> {
    /// Little-endian 32-bit words: where each name ends in `text`.
    #[serde(serialize_with = "all_at_once")]
    pub(crate) ends: &'a [u8],
    /// All names, one after the other.
    pub(crate) text: &'a str,
}

/// Bytes as such, not as a list of very many numbers; what is written is the same.
fn all_at_once<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

impl<'a> NameList<'a> {
    /// The name at `position`; empty where there is none.
    pub(crate) fn get(&self, position: u32) -> &'a str {
        let ends = records::<1>(self.ends);
        let position = index(position);
        let start = match position.checked_sub(1) {
            None => 0,
            Some(previous) => word(ends, previous).map_or(usize::MAX, index),
        };
        let end = word(ends, position).map_or(0, index);
        self.text.get(start..end).unwrap_or_default()
    }

    /// Proves that there are `count` names and that each can be cut out of the text.
    pub(crate) fn prove(&self, part: &'static str, count: usize) -> Result<(), TableError> {
        let part = Part(part);
        let expected = count.saturating_mul(4);
        let found = self.ends.len();
        part.ensure(found == expected, "bytes of name ends", 0, number(expected), number(found))?;
        let mut start = 0;
        for (position, [end]) in records::<1>(self.ends).iter().enumerate() {
            let end = index(u32::from_le_bytes(*end));
            let holds = start <= end && self.text.is_char_boundary(end);
            let expected = Value::Words("the end of a name, not before its start");
            part.ensure(holds, "end of a name", position, expected, number(end))?;
            start = end;
        }
        let length = self.text.len();
        part.ensure(start == length, "length of the names", count, number(length), number(start))
    }
}

/// What may stand in names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alphabet {
    /// What can be sent as the value of a header.
    Sent,
    /// What a terminal shows and does not obey.
    Shown,
}

impl Alphabet {
    /// Proves that nothing else stands in any name of a list.
    pub(crate) fn prove(self, list: NameList<'_>, part: &'static str) -> Result<(), TableError> {
        let text = list.text;
        let (other, expected) = match self {
            // Of very many clients and keys these are most of a table.
            Self::Sent => (
                text.bytes().position(|byte| byte != b' ' && !byte.is_ascii_graphic()),
                "printable ASCII, as names are sent in headers",
            ),
            Self::Shown => (text.find(char::is_control), "no control character"),
        };
        match other.and_then(|at| Some((at, text.as_bytes().get(at)?))) {
            None => Ok(()),
            Some((at, byte)) => {
                let found = Value::Number((*byte).into());
                Err(Part(part).refuse("name", at, Value::Words(expected), found))
            }
        }
    }
}
