//! The client's address, as proxies write it.

use core::net::{IpAddr, Ipv6Addr};

use crate::bytes::same_but_for_case;
use crate::request::Request;

/// The entry number `trusted_hops` from the right, counted from 1 over all headers in their
/// order: the one that the outermost trusted proxy wrote. What stands to its left may be forged
/// and is not looked at. `None` where there are fewer entries or that one is no address.
pub(crate) fn forwarded<R: Request>(request: &R, trusted_hops: u8) -> Option<IpAddr> {
    let entries = || {
        request
            .headers()
            .filter(|(name, _)| same_but_for_case(b"x-forwarded-for", name))
            .flat_map(|(_, value)| value.split(|byte| *byte == b','))
    };
    let position = entries().count().checked_sub(usize::from(trusted_hops))?;
    parse_address(entries().nth(position)?)
}

/// An address, with or without a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`,
/// `[2001:db8::1]`, `[2001:db8::1]:80`. The zone of a link-local address (RFC 4007, section 11)
/// is no part of it.
#[must_use]
pub fn parse_address(entry: &[u8]) -> Option<IpAddr> {
    let text = core::str::from_utf8(entry).ok()?.trim_matches([' ', '\t']);
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address);
    }
    if let Some(inner) = text.strip_prefix('[') {
        let (address, port) = inner.split_once(']')?;
        let well_formed = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return if well_formed { parse_v6(address) } else { None };
    }
    match text.split_once(':') {
        Some((address, port)) if is_port(port) => address.parse().ok().map(IpAddr::V4),
        _ => parse_v6(text),
    }
}

fn parse_v6(text: &str) -> Option<IpAddr> {
    let address = match text.split_once('%') {
        Some((_, "")) => return None,
        Some((address, _zone)) => address,
        None => text,
    };
    address.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_in_these_forms() {
        for entry in [
            "192.0.2.1",
            " 192.0.2.1\t",
            "192.0.2.1:80",
            "2001:db8::1",
            "[2001:db8::1]",
            "[2001:db8::1]:443",
            "fe80::1%eth0",
            "[fe80::1%2]:443",
        ] {
            assert!(parse_address(entry.as_bytes()).is_some(), "{entry}");
        }
        for entry in [
            "",
            "unknown",
            "_hidden",
            "192.0.2.256",
            "192.0.2.01",
            "192.0.2.1:",
            "192.0.2.1:x",
            "192.0.2.1:65536",
            "fe80::1%",
            "[fe80::1%]:443",
            "[192.0.2.1]",
            "[2001:db8::1",
            "2001:db8::1]:1",
            "\u{e9}",
        ] {
            assert!(parse_address(entry.as_bytes()).is_none(), "{entry}");
        }
        assert!(parse_address(&[0xFF, 0xFE]).is_none());
    }
}
