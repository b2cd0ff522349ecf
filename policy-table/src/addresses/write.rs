//! From two lists of ranges to the intervals of one rule.

use alloc::vec::Vec;
use core::net::{Ipv4Addr, Ipv6Addr};

use super::Outcome;

/// Any addresses, as ranges in any order and with any overlaps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressSet {
    v4: Vec<(u32, u32)>,
    v6: Vec<(u128, u128)>,
}

/// The intervals of one rule: sorted, adjacent outcomes differ, the first starts at zero.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Rule {
    pub(crate) v4: Vec<(u32, Outcome)>,
    pub(crate) v6: Vec<(u128, Outcome)>,
}

impl AddressSet {
    /// Adds `first` to `last`, both included; nothing where `last` is before `first`.
    pub fn insert_v4(&mut self, first: Ipv4Addr, last: Ipv4Addr) {
        if first <= last {
            self.v4.push((first.into(), last.into()));
        }
    }

    /// Adds `first` to `last`, both included; nothing where `last` is before `first`.
    pub fn insert_v6(&mut self, first: Ipv6Addr, last: Ipv6Addr) {
        if first <= last {
            self.v6.push((first.into(), last.into()));
        }
    }

    /// Adds everything of `other`.
    pub fn extend(&mut self, other: &Self) {
        self.v4.extend_from_slice(&other.v4);
        self.v6.extend_from_slice(&other.v6);
    }

    /// How many ranges were added.
    #[must_use]
    pub fn len(&self) -> usize {
        self.v4.len() + self.v6.len()
    }

    /// Whether no address is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }
}

impl Rule {
    /// The rule of a blocked and an allowed list: blocked wins; an empty `allowed` is any address.
    pub(crate) fn new(blocked: &AddressSet, allowed: &AddressSet) -> Self {
        let otherwise = if allowed.is_empty() { Outcome::Allowed } else { Outcome::NotAllowed };
        Self {
            v4: intervals(&blocked.v4, &allowed.v4, otherwise, 0, |last| last.checked_add(1)),
            v6: intervals(&blocked.v6, &allowed.v6, otherwise, 0, |last| last.checked_add(1)),
        }
    }
}

/// Sweeps over all edges and notes each address at which the outcome changes.
fn intervals<Address: Ord + Copy>(
    blocked: &[(Address, Address)],
    allowed: &[(Address, Address)],
    otherwise: Outcome,
    zero: Address,
    next: impl Fn(Address) -> Option<Address>,
) -> Vec<(Address, Outcome)> {
    // How many ranges of each list begin (+1) or have ended (-1) at an address.
    let mut edges: Vec<(Address, i32, i32)> = Vec::new();
    for (ranges, is_blocked) in [(blocked, true), (allowed, false)] {
        let edge = |address, step| if is_blocked { (address, step, 0) } else { (address, 0, step) };
        for &(first, last) in ranges {
            edges.push(edge(first, 1));
            // A range up to the last address of all never ends.
            edges.extend(next(last).map(|after| edge(after, -1)));
        }
    }
    edges.sort_unstable();
    let mut found = Vec::from([(zero, otherwise)]);
    let (mut in_blocked, mut in_allowed) = (0_i32, 0_i32);
    for group in edges.chunk_by(|left, right| left.0 == right.0) {
        for (_, blocked, allowed) in group {
            in_blocked += blocked;
            in_allowed += allowed;
        }
        let outcome = match (in_blocked, in_allowed) {
            (1.., _) => Outcome::Blocked,
            (_, 1..) => Outcome::Allowed,
            _ => otherwise,
        };
        let Some((address, _, _)) = group.first() else { continue };
        match found.last_mut() {
            Some((start, last)) if start == address => *last = outcome,
            Some((_, last)) if *last == outcome => {}
            _ => found.push((*address, outcome)),
        }
        // Two groups may have cancelled each other out at address zero only; elsewhere a group
        // is met once, so neighbours differ.
    }
    found
}
