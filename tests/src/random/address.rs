//! IP entries over few addresses, so that they overlap and touch.

use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use proptest::sample::select;

/// Entries at the ends of the address spaces, and those that span both families.
const SPECIAL: &[&str] = &[
    "0.0.0.0",
    "0.0.0.0/0",
    "0.0.0.0/1",
    "128.0.0.0/1",
    "255.255.255.255",
    "10.0.0.0-255.255.255.255",
    "::",
    "::/0",
    "::/64",
    "::ffff:0:0/95",
    "::ffff:0:0/96",
    "::ffff:10.0.0.0/124",
    "::ffff:10.0.0.5",
    "::ffff:10.0.0.2-::ffff:10.0.0.9",
    "2001:db8::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
];

/// An address, a prefix or a range.
pub(super) fn entry() -> impl Strategy<Value = String> {
    let near = (any::<bool>(), 0..32_u8, 0..32_u8, 0..=6_u8);
    prop_oneof![
        4 => near.clone().prop_map(|(six, at, _, _)| address(six, at)),
        4 => near.clone().prop_map(|(six, at, _, bits)| {
            let longest = if six { 128 } else { 32 };
            format!("{}/{}", address(six, at), longest - bits)
        }),
        4 => near.prop_map(|(six, one, other, _)| {
            format!("{}-{}", address(six, one.min(other)), address(six, one.max(other)))
        }),
        1 => select(SPECIAL).prop_map(str::to_owned),
    ]
}

fn address(six: bool, at: u8) -> String {
    if six {
        Ipv6Addr::new(0x2001, 0xDB8, 0, 0, 0, 0, 0, at.into()).to_string()
    } else {
        Ipv4Addr::new(10, 0, 0, at).to_string()
    }
}
