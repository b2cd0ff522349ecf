//! Address rules: from an address to allowed, blocked or not allowed.
//!
//! A rule is a total function, stored as the sorted first addresses of the intervals in which
//! its answer does not change. IPv4 and IPv6 stand apart.

use core::net::IpAddr;

use crate::error::{BETWEEN, Part, TableError, Value, found, number};
use crate::format::{NONE, Section};
use crate::wire::{Records, index, length, records, words};

#[cfg(feature = "write")]
pub(crate) mod write;

/// What a rule says of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Outcome {
    Allowed = 0,
    Blocked = 1,
    NotAllowed = 2,
}

/// The rules of a table.
#[derive(Clone, Copy)]
pub(crate) struct AddressRules<'a> {
    /// Where each rule begins in the IPv4 and in the IPv6 intervals, and one more for the end.
    starts: Records<'a, 2>,
    v4: Intervals<'a, 4>,
    v6: Intervals<'a, 16>,
}

/// First addresses and outcomes of intervals, of all rules in a row.
#[derive(Clone, Copy)]
struct Intervals<'a, const BYTES: usize> {
    starts: &'a [[u8; BYTES]],
    outcomes: &'a [u8],
}

/// What refusals call starts and outcomes.
const V4: [Part; 2] = [Part("v4_starts"), Part("v4_outcomes")];
const V6: [Part; 2] = [Part("v6_starts"), Part("v6_outcomes")];

impl<'a> AddressRules<'a> {
    /// Proves that every rule answers for every address.
    pub(crate) fn read(section: impl Fn(Section) -> &'a [u8]) -> Result<Self, TableError> {
        let rules = Self {
            starts: records(section(Section::RuleStarts)),
            v4: Intervals::new(section(Section::V4Starts), section(Section::V4Outcomes)),
            v6: Intervals::new(section(Section::V6Starts), section(Section::V6Outcomes)),
        };
        let part = Part("rule_starts");
        // Two starts, of which neither may be above zero.
        let first = rules.starts.first().map(words).map(|[v4, v6]| v4.max(v6));
        part.ensure(first == Some(0), "first rule", 0, Value::Number(0), found(first))?;
        let pairs = rules.starts.iter().zip(rules.starts.iter().skip(1));
        for (position, (from, to)) in pairs.enumerate() {
            let ([v4_from, v6_from], [v4_to, v6_to]) = (words(from), words(to));
            rules.v4.prove(V4, position, v4_from, v4_to, u32::from_le_bytes)?;
            rules.v6.prove(V6, position, v6_from, v6_to, u128::from_le_bytes)?;
        }
        let [v4_end, v6_end] = rules.starts.last().map_or([0, 0], words);
        rules.v4.prove_end(V4, v4_end)?;
        rules.v6.prove_end(V6, v6_end)?;
        Ok(rules)
    }

    /// How many rules there are.
    pub(crate) fn count(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// How many intervals the rules have together.
    pub(crate) fn intervals(&self) -> usize {
        self.v4.starts.len() + self.v6.starts.len()
    }

    /// Proves that `rule` can be asked.
    pub(crate) fn prove_index(&self, part: Part, at: usize, rule: u32) -> Result<(), TableError> {
        if rule == NONE { Ok(()) } else { part.below("address rule", at, rule, self.count()) }
    }

    /// What rule `rule` says of `address`, which is canonical: an IPv4-mapped address is IPv4.
    pub(crate) fn outcome(&self, rule: u32, address: IpAddr) -> Outcome {
        let rule = index(rule);
        let bounds = self.starts.get(rule).zip(self.starts.get(rule.saturating_add(1)));
        let Some((from, to)) = bounds else {
            return Outcome::Blocked; // proved not to happen: deny
        };
        let ([v4_from, v6_from], [v4_to, v6_to]) = (words(from), words(to));
        match address {
            IpAddr::V4(address) => {
                self.v4.outcome(v4_from, v4_to, u32::from(address), u32::from_le_bytes)
            }
            IpAddr::V6(address) => {
                self.v6.outcome(v6_from, v6_to, u128::from(address), u128::from_le_bytes)
            }
        }
    }
}

/// First addresses of intervals, and what a rule says of each.
#[cfg(feature = "walk")]
pub(crate) type Stretches<'a, const BYTES: usize> = (&'a [[u8; BYTES]], &'a [u8]);

#[cfg(feature = "walk")]
impl<'a> AddressRules<'a> {
    /// First addresses and outcomes of the IPv4 and the IPv6 intervals of a rule.
    pub(crate) fn of(&self, rule: u32) -> Option<(Stretches<'a, 4>, Stretches<'a, 16>)> {
        let rule = index(rule);
        let [v4_from, v6_from] = words(self.starts.get(rule)?);
        let [v4_to, v6_to] = words(self.starts.get(rule.checked_add(1)?)?);
        Some((self.v4.between(v4_from, v4_to)?, self.v6.between(v6_from, v6_to)?))
    }
}

impl<'a, const BYTES: usize> Intervals<'a, BYTES> {
    #[cfg(feature = "walk")]
    fn between(&self, from: u32, to: u32) -> Option<Stretches<'a, BYTES>> {
        let range = index(from)..index(to);
        Some((self.starts.get(range.clone())?, self.outcomes.get(range)?))
    }

    fn new(starts: &'a [u8], outcomes: &'a [u8]) -> Self {
        Self { starts: starts.as_chunks().0, outcomes }
    }

    fn outcome<Address: Ord>(
        &self,
        from: u32,
        to: u32,
        address: Address,
        read: impl Fn([u8; BYTES]) -> Address,
    ) -> Outcome {
        let from = index(from);
        let starts = self.starts.get(from..index(to)).unwrap_or_default();
        // INVARIANT: the first interval of a rule starts at address zero, so at least one is at
        // or before any address.
        let after = starts.partition_point(|start| read(*start) <= address);
        let position = from + after.saturating_sub(1);
        self.outcomes
            .get(position)
            .and_then(|outcome| Outcome::read(*outcome))
            .unwrap_or(Outcome::Blocked)
    }

    /// Proves one rule: the first interval starts at zero, starts rise, neighbours differ.
    fn prove<Address: Ord + Default + Copy>(
        &self,
        [starts_part, outcomes_part]: [Part; 2],
        rule: usize,
        from: u32,
        to: u32,
        read: impl Fn([u8; BYTES]) -> Address,
    ) -> Result<(), TableError> {
        let range = index(from)..index(to);
        let (Some(starts), Some(outcomes)) =
            (self.starts.get(range.clone()), self.outcomes.get(range))
        else {
            let found = Value::Number(to.into());
            return Err(starts_part.refuse("intervals of a rule", rule + 1, BETWEEN, found));
        };
        let zero = starts.first().map(|start| read(*start)) == Some(Address::default());
        let expected = Value::Words("address zero");
        starts_part.ensure(
            zero,
            "first interval of a rule",
            index(from),
            expected,
            Value::Words("another address"),
        )?;
        let mut previous: Option<(Address, u8)> = None;
        for ((start, outcome), at) in starts.iter().zip(outcomes).zip(index(from)..) {
            let (start, outcome) = (read(*start), *outcome);
            let rises = previous.is_none_or(|(before, _)| before < start);
            let expected = Value::Words("an address above that of the interval before");
            let found = Value::Words("one that is not");
            starts_part.ensure(rises, "interval of a rule", at, expected, found)?;
            let holds = Outcome::read(outcome).is_some()
                && previous.is_none_or(|(_, other)| other != outcome);
            let expected = Value::Words("0, 1 or 2, and not that of the interval before");
            let found = Value::Number(outcome.into());
            outcomes_part.ensure(holds, "outcome", at, expected, found)?;
            previous = Some((start, outcome));
        }
        Ok(())
    }

    fn prove_end(&self, [part, outcomes_part]: [Part; 2], end: u32) -> Result<(), TableError> {
        let (starts, outcomes) = (length(self.starts.len()), length(self.outcomes.len()));
        part.ensure(
            end == starts,
            "end of the last rule",
            0,
            number(self.starts.len()),
            Value::Number(end.into()),
        )?;
        outcomes_part.ensure(
            starts == outcomes,
            "number of outcomes",
            0,
            number(self.starts.len()),
            number(self.outcomes.len()),
        )
    }
}

impl Outcome {
    pub(crate) fn read(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::Allowed),
            1 => Some(Self::Blocked),
            2 => Some(Self::NotAllowed),
            _ => None,
        }
    }
}
