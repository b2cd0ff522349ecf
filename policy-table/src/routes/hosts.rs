//! Host patterns: exact, with one label in front, or any.

use core::cmp::Ordering;

use super::texts::{self, Wanted, prove_text, slice};
use crate::bytes;
use crate::error::{Part, TableError, Value};
use crate::host::{AddressText, Host, is_ipv4};
use crate::wire::{Records, length, words};

/// The host patterns of a table, sorted by kind, hash and name; the position is the root of a tree.
#[derive(Clone, Copy)]
pub(super) struct Hosts<'a> {
    /// Kind, hash of the name, start and length in `text`.
    records: Records<'a, 4>,
    text: &'a [u8],
    exact: usize,
    wildcard: usize,
}

pub(crate) const EXACT: u32 = 0;
pub(crate) const WILDCARD: u32 = 1;
pub(crate) const ANY: u32 = 2;

impl<'a> Hosts<'a> {
    /// Proves that patterns are sorted, distinct, names of hosts, and that `any` stands alone.
    pub(super) fn read(records: Records<'a, 4>, text: &'a [u8]) -> Result<Self, TableError> {
        let part = Part("hosts");
        let count = |kind| records.iter().filter(|record| words(record)[0] == kind).count();
        let hosts = Self { records, text, exact: count(EXACT), wildcard: count(WILDCARD) };
        let mut previous: Option<(u32, u32, &[u8])> = None;
        for (at, record) in records.iter().enumerate() {
            let [kind, hash, start, size] = words(record);
            part.ensure(
                kind <= ANY,
                "kind of pattern",
                at,
                Value::AtMost(ANY.into()),
                Value::Number(kind.into()),
            )?;
            let name = prove_text(part, "text of a pattern", at, text, [start, size])?;
            let expected = Value::Words("the name of a host in its one form, none for any host");
            let (holds, found) = (is_text_of(kind, name), Value::Words("another text"));
            part.ensure(holds, "text of a pattern", at, expected, found)?;
            let own = bytes::hash(name);
            let (expected, found) = (Value::Number(own.into()), Value::Number(hash.into()));
            part.ensure(hash == own, "hash of a pattern", at, expected, found)?;
            let holds = previous.is_none_or(|before| before < (kind, hash, name));
            let expected = Value::Words("patterns that rise by kind, hash and name");
            part.ensure(
                holds,
                "order of patterns",
                at,
                expected,
                Value::Words("one not above the one before"),
            )?;
            previous = Some((kind, hash, name));
        }
        Ok(hosts)
    }

    /// How many patterns, and so trees, there are.
    pub(super) fn count(&self) -> usize {
        self.records.len()
    }

    /// Kind and name of the pattern at `position`.
    #[cfg(feature = "walk")]
    pub(super) fn pattern(&self, position: usize) -> Option<(u32, &'a [u8])> {
        let [kind, _, start, size] = words(self.records.get(position)?);
        Some((kind, slice(self.text, start, size)?))
    }

    /// The first of what `find` gives for the roots of the trees of all patterns that match, the most specific
    /// pattern first.
    pub(super) fn find<T>(
        &self,
        host: Host<'_>,
        mut find: impl FnMut(u32) -> Option<T>,
    ) -> Option<T> {
        let exact = self.exact(host).and_then(&mut find);
        let wildcard = exact.or_else(|| self.wildcard(host).and_then(&mut find));
        wildcard.or_else(|| self.any().and_then(find))
    }

    // Most policies have patterns of one kind: what there is none of is not looked for.

    fn exact(&self, host: Host<'_>) -> Option<u32> {
        if self.exact == 0 {
            return None;
        }
        self.position(0, self.exact, host.name())
    }

    fn wildcard(&self, host: Host<'_>) -> Option<u32> {
        if self.wildcard == 0 {
            return None;
        }
        self.position(self.exact, self.exact + self.wildcard, host.domain()?)
    }

    fn any(&self) -> Option<u32> {
        let any = self.exact + self.wildcard;
        (any < self.records.len()).then(|| length(any))
    }

    /// The position of `name` among the sorted patterns from `from` to before `to`.
    fn position(&self, from: usize, to: usize, name: &[u8]) -> Option<u32> {
        let patterns = self.records.get(from..to)?;
        let found = match patterns {
            // Many policies have one host: nothing to search.
            [only] => {
                let [_, _, start, size] = words(only);
                let pattern = slice(self.text, start, size)?;
                bytes::same_but_for_case(pattern, name).then_some(0)
            }
            _ => texts::position(patterns, self.text, &HostName::new(name)),
        };
        found.map(|found| length(from + found))
    }
}

/// Whether a text is that of a pattern of a kind: as the host of a request is read, in lower case. No request
/// would be found by any other.
#[inline(never)]
fn is_text_of(kind: u32, name: &[u8]) -> bool {
    if kind == ANY {
        return name.is_empty();
    }
    let mut room = AddressText::new();
    let host = Host::read(name, &mut room);
    let is_whole = host.is_some_and(|host| host.name() == name);
    // An address has no label before it.
    let fits = kind == EXACT || !(name.starts_with(b"[") || is_ipv4(name));
    is_whole && fits && !name.iter().any(u8::is_ascii_uppercase)
}

/// The name of a host in any case; patterns are in lower case, and hosts have no case (RFC 9110,
/// section 4.2.3).
struct HostName<'r> {
    name: &'r [u8],
    hash: u32,
}

impl<'r> HostName<'r> {
    fn new(name: &'r [u8]) -> Self {
        Self { name, hash: bytes::hash_in_lower_case(name) }
    }
}

impl Wanted for HostName<'_> {
    fn hash(&self) -> u32 {
        self.hash
    }

    fn is(&self, pattern: &[u8]) -> bool {
        bytes::same_but_for_case(pattern, self.name)
    }

    fn order_of(&self, pattern: &[u8]) -> Ordering {
        pattern.iter().copied().cmp(self.name.iter().map(u8::to_ascii_lowercase))
    }
}
