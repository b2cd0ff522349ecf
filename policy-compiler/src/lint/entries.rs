//! Entries of IP lists that do nothing beside others.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::net::IpAddr;

use foldhash::{HashMap, HashMapExt};

use super::intervals::Sets;
use super::{Lint, warning};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::intervals::meet;
use crate::model::{AddressEntry, AddressList, AddressRange, AddressRule, NamedList, Policy};
use crate::source::quote;
use crate::text::Place;

/// Looks at each list and at each rule once, however many keys share it.
pub(super) fn check(
    policy: &Policy,
    rules: &[&AddressRule],
    sets: &mut Sets,
    diagnostics: &mut Diagnostics,
) {
    for list in &policy.ip_lists {
        check_list(list.written(), sets, diagnostics);
    }
    for rule in rules {
        check_rule(rule, sets, diagnostics);
    }
}

fn check_rule(rule: &AddressRule, sets: &mut Sets, diagnostics: &mut Diagnostics) {
    check_list(&rule.blocked, sets, diagnostics);
    check_list(&rule.allowed, sets, diagnostics);
    let blocked = sets.of(&rule.blocked);
    // An empty list neither allows anything nor is anything of it blocked.
    let is_empty = |entry: &AddressEntry| matches!(entry, AddressEntry::List(list) if list.ranges().is_empty());
    let allowed = rule.allowed.placed().filter(|(entry, _)| !is_empty(entry));
    let (dead, alive): (Vec<_>, Vec<_>) = allowed.partition(|(entry, _)| match entry {
        AddressEntry::Range(range) => blocked.covers(range.first(), range.last()),
        AddressEntry::List(list) => {
            let list = sets.named(list);
            !meet(&[&sets.without(&list, &blocked.named)], &[&blocked.own])
        }
    });
    // Where nothing is left, that is what is said.
    if alive.is_empty() {
        return;
    }
    for (entry, place) in dead {
        let message = format!("{} is allowed here and blocked as a whole", shown(entry));
        diagnostics.push(
            warning(Lint::BlockedEntry, place, message)
                .help("blocked wins over allowed: remove the entry, or block less"),
        );
    }
}

fn check_list(list: &AddressList, sets: &mut Sets, diagnostics: &mut Diagnostics) {
    let mut ranges: Vec<(AddressRange, Place)> = Vec::new();
    let mut lists: Vec<(&AddressEntry, &NamedList, Place)> = Vec::new();
    let mut first: HashMap<&str, Place> = HashMap::new();
    for (entry, place) in list.placed() {
        match entry {
            AddressEntry::Range(range) => ranges.push((*range, place)),
            AddressEntry::List(named) => match first.get(named.name().as_str()) {
                Some(first) => diagnostics.push(duplicate(entry, place, *first)),
                None => {
                    first.insert(named.name().as_str(), place);
                    lists.push((entry, named, place));
                }
            },
        }
    }
    let alone = compare(ranges, diagnostics).into_iter();
    let mut alone: BTreeMap<IpAddr, (AddressRange, Place)> =
        alone.map(|(range, place)| (range.first(), (range, place))).collect();
    for (entry, named, place) in lists {
        for (range, inner) in take_within(&mut alone, sets, named) {
            diagnostics.push(shadowed(range, inner, entry, place));
        }
    }
}

/// Takes the ranges, by their first addresses, that lie within a list: one list is enough to say of each.
/// As none of them lies in another, they end in the order in which they begin.
fn take_within(
    alone: &mut BTreeMap<IpAddr, (AddressRange, Place)>,
    sets: &mut Sets,
    list: &NamedList,
) -> Vec<(AddressRange, Place)> {
    let mut taken = Vec::new();
    for (first, last) in sets.named(list).ranges() {
        let within = alone.range(first..).map(|(_, range)| *range);
        let within: Vec<_> = within.take_while(|(range, _)| range.last() <= last).collect();
        for (range, _) in &within {
            alone.remove(&range.first());
        }
        taken.extend(within);
    }
    taken
}

/// Compares ranges with each other in one pass over their order; those that are left lie in
/// no other one.
fn compare(
    mut ranges: Vec<(AddressRange, Place)>,
    diagnostics: &mut Diagnostics,
) -> Vec<(AddressRange, Place)> {
    ranges.sort_unstable_by_key(|(range, place)| (range.first(), Reverse(range.last()), *place));
    let mut alone: Vec<(AddressRange, Place)> = Vec::with_capacity(ranges.len());
    for (range, place) in ranges {
        // The last one that is left reaches farthest.
        let Some((wider, other)) = alone.last().copied().filter(|(wider, _)| meets(wider, &range))
        else {
            alone.push((range, place));
            continue;
        };
        let entry = AddressEntry::Range(wider);
        if wider == range {
            diagnostics.push(duplicate(&entry, place, other));
        } else if range.last() <= wider.last() {
            diagnostics.push(shadowed(range, place, &entry, other));
        } else {
            diagnostics.push(overlapping(range, place, &entry, other));
            alone.push((range, place));
        }
    }
    alone
}

/// Whether a range begins in an earlier one.
fn meets(earlier: &AddressRange, range: &AddressRange) -> bool {
    range.first() <= earlier.last()
}

fn duplicate(entry: &AddressEntry, place: Place, first: Place) -> Diagnostic {
    let message = format!("{} is given twice in one list", shown(entry));
    warning(Lint::DuplicateEntry, place, message)
        .help("remove one of the two")
        .related(first, "it was first given here")
}

fn shadowed(range: AddressRange, place: Place, wider: &AddressEntry, other: Place) -> Diagnostic {
    let beside = match wider {
        AddressEntry::Range(_) => "of the same list",
        AddressEntry::List(_) => "that is named beside it",
    };
    let entry = shown(&AddressEntry::Range(range));
    let message = format!("{entry} lies within {} {beside}", shown(wider));
    warning(Lint::ShadowedEntry, place, message)
        .help("remove it: it adds no address")
        .related(other, "the wider entry is here")
}

fn overlapping(
    range: AddressRange,
    place: Place,
    entry: &AddressEntry,
    other: Place,
) -> Diagnostic {
    let message = format!(
        "{} and {} have addresses in common",
        shown(&AddressEntry::Range(range)),
        shown(entry)
    );
    warning(Lint::OverlappingEntries, place, message)
        .help("write one range for both, or end the first before the second begins")
        .related(other, "the other entry is here")
}

/// An entry for a message.
fn shown(entry: &AddressEntry) -> String {
    match entry {
        AddressEntry::List(list) => format!("list {}", quote(list.name().as_str())),
        AddressEntry::Range(range) => quote(&range.to_string()),
    }
}
