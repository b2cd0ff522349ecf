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
            rules.v4.prove("v4_starts", position, v4_from, v4_to, u32::from_le_bytes)?;
            rules.v6.prove("v6_starts", position, v6_from, v6_to, u128::from_le_bytes)?;
        }
        let [v4_end, v6_end] = rules.starts.last().map_or([0, 0], words);
        rules.v4.prove_end("v4_starts", v4_end)?;
        rules.v6.prove_end("v6_starts", v6_end)?;
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
        part: &'static str,
        rule: usize,
        from: u32,
        to: u32,
        read: impl Fn([u8; BYTES]) -> Address,
    ) -> Result<(), TableError> {
        let part = Part(part);
        let range = index(from)..index(to);
        let (Some(starts), Some(outcomes)) =
            (self.starts.get(range.clone()), self.outcomes.get(range))
        else {
            let found = Value::Number(to.into());
            return Err(part.refuse("intervals of a rule", rule + 1, BETWEEN, found));
        };
        let zero = starts.first().map(|start| read(*start)) == Some(Address::default());
        let expected = Value::Words("address zero");
        part.ensure(
            zero,
            "first interval of a rule",
            rule,
            expected,
            Value::Words("another address"),
        )?;
        let mut previous: Option<(Address, Outcome)> = None;
        for (start, outcome) in starts.iter().zip(outcomes) {
            let start = read(*start);
            let Some(outcome) = Outcome::read(*outcome) else {
                return Err(part.refuse(
                    "outcome",
                    rule,
                    Value::AtMost(2),
                    Value::Number((*outcome).into()),
                ));
            };
            let holds = previous.is_none_or(|(before, other)| before < start && other != outcome);
            let expected = Value::Words("rising addresses and another outcome than before");
            part.ensure(
                holds,
                "interval of a rule",
                rule,
                expected,
                Value::Words("neither or one"),
            )?;
            previous = Some((start, outcome));
        }
        Ok(())
    }

    fn prove_end(&self, part: &'static str, end: u32) -> Result<(), TableError> {
        let part = Part(part);
        let (starts, outcomes) = (length(self.starts.len()), length(self.outcomes.len()));
        part.ensure(
            end == starts,
            "end of the last rule",
            0,
            number(self.starts.len()),
            Value::Number(end.into()),
        )?;
        part.ensure(
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
