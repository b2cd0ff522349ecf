//! The client's address, as proxies write it.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::bytes::same_but_for_case;
use crate::decision::Reason;
use crate::request::{NameLengths, Request};
use crate::settings::ClientAddress;

const FORWARDED_FOR: &[u8] = b"x-forwarded-for";
const EARLY_DATA: &[u8] = b"early-data";

/// The client's address, or the reason why no rule can be asked about it: there is none, or it is not proved.
///
/// In early data of QUIC a client may be anywhere: it writes whatever address it likes into its packets, and has not been
/// asked yet to answer from there (RFC 9000, section 8.1). A proxy says so by a field, of which no value means anything
/// else (RFC 8470, section 5.1).
///
/// Of X-Forwarded-For it is the entry number `trusted_hops` from the right, counted from 1 over all headers in their
/// order: the one that the outermost trusted proxy wrote. What stands to its left may be forged and is not looked at.
/// There is no address where there are fewer entries, or that one is none.
///
/// An IPv4-mapped IPv6 address is its IPv4 address (RFC 4291, section 2.5.5.2).
pub(crate) fn proved<R: Request>(from: ClientAddress, request: &R) -> Result<IpAddr, Reason> {
    let early_data = NameLengths::NONE.and(EARLY_DATA);
    let wanted = match from {
        ClientAddress::Connection => early_data,
        ClientAddress::XForwardedFor { .. } => early_data.and(FORWARDED_FOR),
    };
    let (mut forwarded_for, mut several) = (None, false);
    for (name, value) in request.headers_of(wanted) {
        if same_but_for_case(EARLY_DATA, name) {
            return Err(Reason::TooEarly);
        }
        if same_but_for_case(FORWARDED_FOR, name) {
            several |= forwarded_for.replace(value).is_some();
        }
    }
    let address = match from {
        ClientAddress::Connection => request.connection_address(),
        ClientAddress::XForwardedFor { trusted_hops } if several => {
            of_several(request, trusted_hops)
        }
        ClientAddress::XForwardedFor { trusted_hops } => of_one(forwarded_for, trusted_hops),
    };
    address.map(|address| address.to_canonical()).ok_or(Reason::AddressUnknown)
}

/// Nearly always there is one header, and often one entry: what stands to the left is not even read.
fn of_one(header: Option<&[u8]>, trusted_hops: u8) -> Option<IpAddr> {
    let header = header?;
    if trusted_hops == 1
        && let Some(only) = plain_v4(header)
    {
        return Some(IpAddr::V4(only));
    }
    let mut entries = header.rsplit(is_comma);
    parse_address(entries.nth(usize::from(trusted_hops).checked_sub(1)?)?)
}

#[cold]
#[inline(never)]
fn of_several<R: Request>(request: &R, trusted_hops: u8) -> Option<IpAddr> {
    let entries = || request.values(FORWARDED_FOR).flat_map(|value| value.split(is_comma));
    parse_address(entries().nth(entries().count().checked_sub(trusted_hops.into())?)?)
}

fn is_comma(byte: &u8) -> bool {
    *byte == b','
}

/// An address, with or without a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`,
/// `[2001:db8::1]`, `[2001:db8::1]:80`. The zone of a link-local address (RFC 4007, section 11)
/// is no part of it.
#[must_use]
pub fn parse_address(entry: &[u8]) -> Option<IpAddr> {
    plain_v4(entry).map(IpAddr::V4).or_else(|| parse_any(entry))
}

/// What nearly all entries are: an IPv4 address, with or without a port, and nothing around it.
/// The standard library's parsers, which have to try one form after the other, take a tenth of a
/// decision for it. A `None` says nothing.
// One loop for all numbers, without a case for each: it takes little of the processor's caches.
fn plain_v4(entry: &[u8]) -> Option<Ipv4Addr> {
    if entry.len() > "255.255.255.255:65535".len() {
        return None;
    }
    // The numbers that are whole, as an address and as all their bits; a one and then a bit for each separator: set
    // for a colon.
    let (mut address, mut bits, mut separators) = (0, 0, 1);
    let (mut number, mut digits) = (0, 0);
    for byte in entry {
        if byte.is_ascii_digit() {
            // No zeros in front.
            if digits == 5 || (digits > 0 && number == 0) {
                return None;
            }
            number = number * 10 + u32::from(byte - b'0');
            digits += 1;
        } else {
            if digits == 0 || !matches!(byte, b'.' | b':') {
                return None;
            }
            separators = separators << 1 | u32::from(*byte == b':');
            address = address << 8 | number;
            bits |= number;
            (number, digits) = (0, 0);
        }
    }
    let address = match separators {
        0b1000 if bits | number <= 255 => address << 8 | number,
        // The last one is a port.
        0b1_0001 if bits <= 255 && number <= 65_535 => address,
        _ => return None,
    };
    (digits > 0).then(|| Ipv4Addr::from_bits(address))
}

fn parse_any(entry: &[u8]) -> Option<IpAddr> {
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
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// A proxy that writes a header of its own and one that adds to the last are told apart by nothing.
        #[test]
        fn entries_count_alike_in_one_header_and_in_several(
            entries in prop::collection::vec("[0-9]{0,3}|10\\.0\\.0\\.[1-9]", 1..6),
            trusted_hops in 0..8_u8,
        ) {
            let joined = entries.join(",");
            let one: [(&[u8], &[u8]); 1] = [(b"X-Forwarded-For", joined.as_bytes())];
            let several: std::vec::Vec<(&[u8], &[u8])> =
                entries.iter().map(|entry| (&b"x-forwarded-for"[..], entry.as_bytes())).collect();
            let expected = entries
                .len()
                .checked_sub(usize::from(trusted_hops))
                .and_then(|position| parse_address(entries.get(position)?.as_bytes()));
            for headers in [&one[..], &several] {
                let request = crate::PlainRequest {
                    method: b"GET",
                    host: b"",
                    path: b"/",
                    headers,
                    address: None,
                    now: 0,
                };
                let found = proved(ClientAddress::XForwardedFor { trusted_hops }, &request);
                prop_assert_eq!(found, expected.ok_or(Reason::AddressUnknown));
            }
        }

        /// In any form, near a form, and in none.
        #[test]
        fn a_plain_address_is_what_any_parser_takes_it_for(
            entry in "( |)[0-9]{1,4}(\\.[0-9]{1,3}){2,4}(:[0-9]{0,6}|)|[0-9.:]{0,24}",
        ) {
            if let Some(plain) = plain_v4(entry.as_bytes()) {
                prop_assert_eq!(parse_any(entry.as_bytes()), Some(IpAddr::V4(plain)));
            }
        }
    }

    #[test]
    fn most_addresses_are_plain() {
        for entry in ["192.0.2.1", "255.255.255.255:65535", "0.0.0.0:0", "10.20.30.40:1"] {
            let plain = plain_v4(entry.as_bytes()).map(IpAddr::V4);
            assert!(plain.is_some() && plain == parse_any(entry.as_bytes()), "{entry}");
        }
        for entry in ["192.0.2.01", "256.0.0.1", "1.2.3", "1.2.3.4.5", "1.2.3.4:", "1.2.3.4:65536"]
        {
            assert_eq!(plain_v4(entry.as_bytes()), None, "{entry}");
        }
    }

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
