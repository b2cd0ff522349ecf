//! Sets against their addresses one by one.

use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;
use crate::intervals::meet;

fn set(texts: &[&str]) -> Intervals {
    Intervals::new(texts.iter().map(|text| AddressRange::parse(text).unwrap().range))
}

fn union(own: &[&str], named: &[&str]) -> Union {
    Union { own: set(own).into(), named: set(named).into() }
}

fn covers(set: &Union, text: &str) -> bool {
    let range = AddressRange::parse(text).unwrap().range;
    set.covers(range.first(), range.last())
}

#[test]
fn neighbours_are_one_interval() {
    let halves = union(&["10.128.0.0/9", "10.0.0.0/9", "10.0.0.0/24"], &[]);
    assert_eq!(halves.own.len(), 1);
    assert!(covers(&halves, "10.0.0.0/8"));
    assert!(!covers(&halves, "10.0.0.0/7"));
    assert!(!covers(&halves, "9.255.255.255-10.0.0.1"));
}

#[test]
fn parts_cover_together_what_none_covers_alone() {
    let both = union(&["10.0.0.0-10.0.0.9"], &["10.0.0.5-10.0.0.20", "10.0.0.22"]);
    assert!(covers(&both, "10.0.0.0-10.0.0.20"));
    assert!(!covers(&both, "10.0.0.0-10.0.0.22"));
}

#[test]
fn families_do_not_touch() {
    let all = union(&["0.0.0.0/0", "::/0"], &[]);
    assert_eq!(*all.own, *Sets::default().all);
    assert!(covers(&all, "255.255.255.255") && covers(&all, "ffff::/16"));
    assert_eq!(after("255.255.255.255".parse().unwrap()), None);
    assert!(meet(&[&all.own], &[&set(&["0.0.0.0/0"])]));
    assert!(!meet(&[&all.own], &[&set(&["0.0.0.0/0"]), &set(&["::/0"])]));
}

/// Joined one by one, they would be copied half a million times.
#[test]
fn very_many_lists_are_joined_by_halves() {
    let mut sets = Sets::default();
    let lists: Vec<_> =
        (0..1_000_u32).map(|list| Ipv4Addr::from_bits(list * 2).to_string()).collect();
    let lists: Vec<_> = lists.iter().map(|list| Rc::new(set(&[list]))).collect();
    assert_eq!(sets.any(&lists).len(), 1_000);
    assert!(sets.weight <= 10_000, "{}", sets.weight);
    assert!(sets.any(&[]).is_empty());
}

/// Ranges at both ends of both families, and what they hold as bits.
fn some() -> impl Strategy<Value = (Vec<String>, u32)> {
    prop::collection::vec((0_u32..32, 0_u32..9), 0..6).prop_map(|ranges| {
        let address = |at: u32| match at {
            0..8 => format!("0.0.0.{at}"),
            8..16 => format!("255.255.255.{}", at + 240),
            16..24 => format!("::{}", at - 16),
            _ => format!("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff{:x}", at - 16),
        };
        let (mut texts, mut bits) = (Vec::new(), 0_u32);
        for (first, more) in ranges {
            // Within one of the four stretches.
            let last = (first + more).min(first | 7);
            texts.push(format!("{}-{}", address(first), address(last)));
            bits |= (first..=last).fold(0, |bits, at| bits | 1 << at);
        }
        (texts, bits)
    })
}

proptest! {
    #[test]
    fn combinations_are_those_of_their_addresses(one in some(), other in some(), third in some()) {
        let sets = [&one, &other, &third].map(|(texts, _)| {
            set(&texts.iter().map(String::as_str).collect::<Vec<_>>())
        });
        let bits = |set: &Intervals| (0..32_u32).fold(0_u32, |bits, at| {
            let address: IpAddr = match at {
                0..8 => Ipv4Addr::from_bits(at).into(),
                8..16 => Ipv4Addr::from_bits(u32::MAX - (15 - at)).into(),
                16..24 => Ipv6Addr::from_bits(u128::from(at - 16)).into(),
                _ => Ipv6Addr::from_bits(u128::MAX - u128::from(31 - at)).into(),
            };
            bits | u32::from(set.end_around(address).is_some()) << at
        });
        let [first, second, last] = &sets;
        for (combination, expected) in [
            (Combination::Both, one.1 & other.1),
            (Combination::Either, one.1 | other.1),
            (Combination::Without, one.1 & !other.1),
        ] {
            let set = first.combine(combination, second);
            prop_assert_eq!(bits(&set), expected);
            // In the one form that such a set has.
            prop_assert_eq!(Intervals::joined(set.ranges().collect()), set);
        }
        prop_assert_eq!(meet(&[first, second], &[last]), one.1 & other.1 & !third.1 != 0);
    }
}
