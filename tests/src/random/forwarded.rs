//! X-Forwarded-For: well-formed, forged and malformed.

use std::net::IpAddr;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Entries from which no address can be had.
const MALFORMED: &[&str] = &[
    "",
    " ",
    "unknown",
    "_hidden",
    "10.0.0",
    "10.0.0.256",
    "010.0.0.1",
    "10.0.0.1:",
    "10.0.0.1:x",
    "10.0.0.1:+80",
    "10.0.0.1:65536",
    "10.0.0.1:080",
    "10.0.0.1%eth0",
    "10.0.0.1 10.0.0.2",
    "10.0.0.1/32",
    "[10.0.0.1]",
    "[::1",
    "::1]",
    "[::1]80",
    "[::1]:",
    "[::1]:x",
    "[]",
    "[",
    ":80",
    "::1%",
    "[::1%]",
    "::1%eth0%eth1",
    "[::1]%eth0",
    "2001:db8::1:99999",
    "::ffff:10.0.0.5:80",
    "\"10.0.0.1\"",
    "é",
    "10.0.0.1;",
    "0x0a000001",
    "167772161",
    "for=10.0.0.1",
];

/// An address relative to the policy.
#[derive(Debug, Clone)]
pub(super) struct Edge {
    /// Which end of which range.
    at: Index,
    /// One below, on, or one above.
    step: i8,
    /// An IPv4 address as the IPv6 address that maps it.
    mapped: bool,
}

#[derive(Debug, Clone)]
pub(super) enum Entry {
    Address(Edge, Shape),
    Malformed(&'static str),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    Plain,
    Padded,
    Port,
    Brackets,
    Zone,
    ZonePort,
}

pub(super) fn edge() -> impl Strategy<Value = Edge> {
    let mapped = proptest::bool::weighted(0.1);
    (any::<Index>(), -1..=1_i8, mapped).prop_map(|(at, step, mapped)| Edge { at, step, mapped })
}

/// Header lines, each with entries.
pub(super) fn lines() -> impl Strategy<Value = Vec<Vec<Entry>>> {
    let shape = prop_oneof![
        4 => Just(Shape::Plain),
        2 => select(vec![Shape::Padded, Shape::Port, Shape::Brackets, Shape::Zone, Shape::ZonePort]),
    ];
    let entry = prop_oneof![
        5 => (edge(), shape).prop_map(|(edge, shape)| Entry::Address(edge, shape)),
        1 => select(MALFORMED).prop_map(Entry::Malformed),
    ];
    prop_oneof![3 => vec(vec(entry.clone(), 1..4), 1), 1 => vec(vec(entry, 1..3), 0..3)]
}

impl Edge {
    /// The address, among these ends of ranges.
    pub(super) fn cook(&self, ends: &[IpAddr]) -> IpAddr {
        let step = i128::from(self.step);
        let Some(end) = ends.get(self.at.index(ends.len().max(1))) else {
            return IpAddr::from([10, 0, 0, 1]);
        };
        match end {
            IpAddr::V4(end) => {
                let moved = i128::from(end.to_bits()) + step;
                let moved =
                    std::net::Ipv4Addr::from_bits(u32::try_from(moved).unwrap_or(end.to_bits()));
                if self.mapped { moved.to_ipv6_mapped().into() } else { moved.into() }
            }
            IpAddr::V6(end) => {
                let moved = match step {
                    0 => end.to_bits(),
                    1 => end.to_bits().saturating_add(1),
                    _ => end.to_bits().saturating_sub(1),
                };
                std::net::Ipv6Addr::from_bits(moved).into()
            }
        }
    }
}

impl Entry {
    pub(super) fn cook(&self, ends: &[IpAddr]) -> String {
        match self {
            Self::Malformed(text) => (*text).to_owned(),
            Self::Address(edge, shape) => shape.write(edge.cook(ends)),
        }
    }
}

impl Shape {
    fn write(self, address: IpAddr) -> String {
        match (self, address) {
            (Self::Plain, address) => address.to_string(),
            (Self::Padded, address) => format!(" \t{address} "),
            (Self::Port, IpAddr::V4(address)) => format!("{address}:65535"),
            (Self::Port, IpAddr::V6(address)) => format!("[{address}]:80"),
            (Self::Brackets, address) => format!("[{address}]"),
            (Self::Zone, address) => format!("{address}%eth0"),
            (Self::ZonePort, address) => format!("[{address}%25]:8080"),
        }
    }
}
