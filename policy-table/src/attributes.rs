//! What keys have besides a digest and a client. Each distinct combination of rule, grant and
//! switch is stored once, and so is each distinct window of validity: apart, because dates differ
//! from key to key where nothing else does.

use crate::addresses::AddressRules;
use crate::clients::prove_flags;
use crate::error::{Part, TableError, Value};
use crate::format::{ACTIVE, NONE, Section};
use crate::grants::Grants;
use crate::wire::{Records, index, records, words};

/// The attributes that keys of a table share.
#[derive(Clone, Copy)]
pub(crate) struct AttributeTable<'a>(Records<'a, 3>);

/// The windows of validity that keys of a table share.
#[derive(Clone, Copy)]
pub(crate) struct Windows<'a>(Records<'a, 4>);

/// The attributes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Attributes {
    /// The key's address rule, or [`NONE`].
    pub(crate) rule: u32,
    /// The collections granted to this key, or [`NONE`] for all of the client's.
    pub(crate) grant: u32,
    pub(crate) active: bool,
}

/// When a key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Window {
    /// First second of validity, Unix time; the earliest there is for no begin.
    begin: i64,
    /// First second after validity, Unix time; the latest there is for no end.
    end: i64,
}

impl<'a> AttributeTable<'a> {
    /// Proves that rules and grants exist.
    pub(crate) fn read(
        section: impl Fn(Section) -> &'a [u8],
        grants: &Grants<'_>,
        rules: &AddressRules<'_>,
    ) -> Result<Self, TableError> {
        let table = Self(records(section(Section::Attributes)));
        let part = Part("attributes");
        for (at, record) in table.0.iter().enumerate() {
            let [rule, grant, flags] = words(record);
            prove_flags(part, at, flags, ACTIVE)?;
            rules.prove_index(part, at, rule)?;
            if grant != NONE {
                part.below("grant", at, grant, grants.count())?;
            }
        }
        Ok(table)
    }

    /// How many distinct combinations there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The attributes at `position`.
    pub(crate) fn get(&self, position: u32) -> Option<Attributes> {
        let [rule, grant, flags] = words(self.0.get(index(position))?);
        Some(Attributes { rule, grant, active: flags == ACTIVE })
    }
}

impl<'a> Windows<'a> {
    /// Proves that no window is empty.
    pub(crate) fn read(section: impl Fn(Section) -> &'a [u8]) -> Result<Self, TableError> {
        let windows = Self(records(section(Section::Windows)));
        for (at, record) in windows.0.iter().enumerate() {
            let Window { begin, end } = Window::from_words(words(record));
            let expected = Value::Words("an end after the begin");
            Part("windows").ensure(
                begin < end,
                "validity window",
                at,
                expected,
                Value::Words("an empty window"),
            )?;
        }
        Ok(windows)
    }

    /// How many distinct windows there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The window at `position`.
    pub(crate) fn get(&self, position: u32) -> Option<Window> {
        self.0.get(index(position)).map(|record| Window::from_words(words(record)))
    }
}

impl Window {
    /// The window of these bounds, in seconds of Unix time.
    #[cfg(feature = "write")]
    pub(crate) fn new(not_before: Option<i64>, expires: Option<i64>) -> Self {
        Self { begin: not_before.unwrap_or(i64::MIN), end: expires.unwrap_or(i64::MAX) }
    }

    /// Whether it holds at any time, so that none has to be known.
    pub(crate) fn is_always(self) -> bool {
        self.begin == i64::MIN && self.end == i64::MAX
    }

    /// Whether it has not begun at `now`.
    pub(crate) fn is_ahead(self, now: i64) -> bool {
        now < self.begin
    }

    /// Whether it is over at `now`. A window without end never is.
    pub(crate) fn is_over(self, now: i64) -> bool {
        self.end != i64::MAX && now >= self.end
    }

    /// First second of validity and first second after it, Unix time; `None` for no begin or no end.
    #[cfg(feature = "walk")]
    pub(crate) fn bounds(self) -> (Option<i64>, Option<i64>) {
        let begin = (self.begin != i64::MIN).then_some(self.begin);
        (begin, (self.end != i64::MAX).then_some(self.end))
    }

    fn from_words([begin_low, begin_high, end_low, end_high]: [u32; 4]) -> Self {
        let time = |low: u32, high: u32| (u64::from(high) << 32 | u64::from(low)).cast_signed();
        Self { begin: time(begin_low, begin_high), end: time(end_low, end_high) }
    }

    /// The record of this window.
    #[cfg(feature = "write")]
    pub(crate) fn to_bytes(self) -> [u8; 16] {
        let mut record = [0; 16];
        let fields = self.begin.to_le_bytes().into_iter().chain(self.end.to_le_bytes());
        for (slot, byte) in record.iter_mut().zip(fields) {
            *slot = byte;
        }
        record
    }
}
