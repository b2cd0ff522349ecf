//! Grants: sets of collections, each distinct set stored once.

use crate::error::{BETWEEN, Part, TableError, Value, found};
use crate::format::Section;
use crate::index::CollectionIndex;
use crate::wire::{Records, index, length, records, word};

/// The grants of a table.
#[derive(Clone, Copy)]
pub(crate) struct Grants<'a> {
    /// Where each grant begins in `members`, and one more for the end.
    starts: Records<'a, 1>,
    /// Collections, rising within a grant.
    members: Records<'a, 1>,
}

impl<'a> Grants<'a> {
    /// Proves that every grant is a rising list of collections that exist.
    pub(crate) fn read(
        section: impl Fn(Section) -> &'a [u8],
        collections: usize,
    ) -> Result<Self, TableError> {
        let grants = Self {
            starts: records(section(Section::GrantStarts)),
            members: records(section(Section::GrantMembers)),
        };
        let part = Part("grant_starts");
        let first = word(grants.starts, 0);
        let expected = Value::Number(0);
        part.ensure(first == Some(0), "first grant", 0, expected, found(first))?;
        for grant in 0..grants.count() {
            let Some(members) = grants.members(grant) else {
                let next = grant + 1;
                let start = found(word(grants.starts, next));
                return Err(part.refuse("start of a grant", next, BETWEEN, start));
            };
            let mut previous = None;
            for (at, [member]) in members.iter().enumerate() {
                let part = Part("grant_members");
                let member = u32::from_le_bytes(*member);
                part.below("collection", at, member, collections)?;
                let expected = Value::Words("rising collections");
                let holds = previous.is_none_or(|before| before < member);
                part.ensure(holds, "collection", at, expected, Value::Number(member.into()))?;
                previous = Some(member);
            }
        }
        let end = grants.starts.last().map(|[end]| u32::from_le_bytes(*end));
        let expected = length(grants.members.len());
        part.ensure(
            end == Some(expected),
            "end of the last grant",
            grants.count(),
            Value::Number(expected.into()),
            found(end),
        )?;
        Ok(grants)
    }

    /// How many grants there are.
    pub(crate) fn count(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Whether `grant` holds `collection`.
    pub(crate) fn contains(&self, grant: u32, collection: CollectionIndex) -> bool {
        self.members(index(grant)).is_some_and(|members| {
            members
                .binary_search_by_key(&collection.0, |[member]| u32::from_le_bytes(*member))
                .is_ok()
        })
    }

    /// The collections of a grant, rising.
    pub(crate) fn members(&self, grant: usize) -> Option<Records<'a, 1>> {
        let start = index(word(self.starts, grant)?);
        let end = index(word(self.starts, grant.checked_add(1)?)?);
        self.members.get(start..end)
    }
}
