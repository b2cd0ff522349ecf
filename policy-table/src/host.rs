//! The host of a request, read in the only way in which it can be read.

use core::fmt::Write as _;
use core::net::{Ipv4Addr, Ipv6Addr};

use arrayvec::ArrayString;

use crate::bytes;

/// The name of a host, in any case: an authority about which two servers could not disagree,
/// without its port. It has passed check 3.
///
/// An IPv6 address, which can be written in many ways, is in brackets (RFC 3986, section 3.2.2) and
/// in the one form in which tables have it (RFC 5952).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Host<'a>(&'a [u8]);

/// Room for the text of an IPv6 address: few hosts are one, and none else is copied.
pub(crate) type AddressText = ArrayString<ADDRESS_BYTES>;

/// The longest text of an IPv6 address, in brackets.
const ADDRESS_BYTES: usize = "[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]".len();

impl<'a> Host<'a> {
    /// Reads an authority (RFC 9110, section 7.2): letters, digits, `-`, `.` and `_`, not with a dot at the
    /// end, or an IPv6 address in brackets, then nothing or a port up to 65535. What ends in a number is an IPv4
    /// address in its one form.
    ///
    /// `None` for anything else: where one server sees a user (`one@other`), an escape, a path or two
    /// hosts with a comma between, and another one a name, each is asked for a host of its own. Where there is no
    /// name, some take the first segment of the path for it.
    // Once for each request: the call would take more than the rest.
    #[inline(always)]
    pub(crate) fn read(authority: &'a [u8], room: &'a mut AddressText) -> Option<Self> {
        let (name, port) = authority.split_at_checked(bytes::end_of_host_name(authority))?;
        match name {
            [] if port.starts_with(b"[") => return Self::read_address(authority, room),
            // With a dot at the end it is the same name to a server that takes the dot off, and to another one none
            // that it knows.
            [] | [.., b'.'] => return None,
            [.., last] if may_end_a_number(*last) && is_odd_number(name) => return None,
            _ => {}
        }
        match port {
            [] => Some(Self(name)),
            [b':', port @ ..] => is_port(port).then_some(Self(name)),
            _ => None,
        }
    }

    #[cold]
    #[inline(never)]
    fn read_address(authority: &[u8], room: &'a mut AddressText) -> Option<Self> {
        let text = core::str::from_utf8(authority).ok()?;
        let (address, port) = text.strip_prefix('[')?.split_once(']')?;
        if !port.is_empty() && !port.strip_prefix(':').is_some_and(|port| is_port(port.as_bytes()))
        {
            return None;
        }
        let address: Ipv6Addr = address.parse().ok()?;
        write!(room, "[{address}]").ok()?;
        Some(Self(room.as_bytes()))
    }

    /// The name.
    pub(crate) fn name(self) -> &'a [u8] {
        self.0
    }

    /// The domain below the first label, where there are both.
    pub(crate) fn domain(self) -> Option<&'a [u8]> {
        let label = bytes::find(self.0, b'.').filter(|label| *label > 0)?;
        self.0.get(label + 1..)
    }
}

/// Whether a name that ends so must be looked at: most end in `.com` and the like.
fn may_end_a_number(last: u8) -> bool {
    last.is_ascii_hexdigit() || matches!(last, b'x' | b'X')
}

/// Whether a name ends in a number (WHATWG URL, "ends in a number checker"), but is no IPv4 address as all write it:
/// to a server that reads URLs `0xC0.0.2.1`, `3221225985` and `192.0.513` are `192.0.2.1`, to others names.
#[cold]
#[inline(never)]
fn is_odd_number(name: &[u8]) -> bool {
    let label = name.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    let is_number = match label {
        [b'0', b'x' | b'X', digits @ ..] => digits.iter().all(u8::is_ascii_hexdigit),
        digits => digits.iter().all(u8::is_ascii_digit),
    };
    is_number && !is_ipv4(name)
}

/// Whether a name is an IPv4 address: four decimal numbers without leading zeros.
pub(crate) fn is_ipv4(name: &[u8]) -> bool {
    core::str::from_utf8(name).is_ok_and(|text| text.parse::<Ipv4Addr>().is_ok())
}

/// RFC 3986 (section 3.2.3) lets a port be empty or of any size; to some servers the host is another one then.
fn is_port(text: &[u8]) -> bool {
    let is_number = matches!(text.len(), 1..=5) && text.iter().all(u8::is_ascii_digit);
    let number = || text.iter().fold(0_u32, |number, digit| number * 10 + u32::from(digit & 0xF));
    is_number && number() <= u32::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(authority: &str) -> Option<std::string::String> {
        let mut room = AddressText::new();
        let host = Host::read(authority.as_bytes(), &mut room)?;
        Some(core::str::from_utf8(host.name()).unwrap().into())
    }

    #[test]
    fn a_port_is_no_part_of_a_host() {
        for (authority, name) in [
            ("api.example.com", "api.example.com"),
            ("API.example.com:8443", "API.example.com"),
            ("api.example.com:65535", "api.example.com"),
            ("api.example.com:00080", "api.example.com"),
            ("a_b-c", "a_b-c"),
            (".a", ".a"),
            ("192.0.2.1:80", "192.0.2.1"),
            ("192.0.2.1", "192.0.2.1"),
            ("1a", "1a"),
            ("1.0xg", "1.0xg"),
            ("0x1.example", "0x1.example"),
            ("x", "x"),
            ("[2001:db8::1]", "[2001:db8::1]"),
            ("[::ffff:192.0.2.1]:443", "[::ffff:192.0.2.1]"),
        ] {
            assert_eq!(read(authority).as_deref(), Some(name), "{authority}");
        }
    }

    #[test]
    fn an_address_has_one_text_however_it_is_written() {
        for (authority, text) in [
            ("[2001:DB8:0:0::1]", "[2001:db8::1]"),
            ("[2001:0db8:0000:0000:0000:0000:0000:0001]:80", "[2001:db8::1]"),
            ("[::ffff:c000:201]", "[::ffff:192.0.2.1]"),
            ("[2001:db8::192.0.2.1]", "[2001:db8::c000:201]"),
            ("[0:0:0:0:0:0:0:0]", "[::]"),
        ] {
            assert_eq!(read(authority).as_deref(), Some(text), "{authority}");
        }
        for address in [u128::MAX, u128::MAX << 32, 0xFFFF_FFFF_FFFF] {
            let text = std::format!("[{}]", Ipv6Addr::from_bits(address));
            assert_eq!(read(&text), Some(text));
        }
    }

    #[test]
    fn what_two_servers_could_read_in_two_ways_is_no_host() {
        for authority in [
            "www.example.com:1@api.example.com",
            "user@api.example.com",
            "api.example.com:x",
            "api.example.com:",
            "api.example.com:65536",
            "api.example.com:000080",
            "[2001:db8::1]:",
            "api.example.com:80:80",
            "api.example.com:80,www.example.com",
            "www,api.example.com",
            "api%2Eexample.com",
            "api.example.com/x",
            "api.example.com?x",
            "api.example.com#x",
            "api.example.com\\x",
            "api example.com",
            "api.example.com\0",
            "\u{FF41}pi.example.com",
            "2001:db8::1",
            "[2001:db8::1",
            "[2001:db8::1]x",
            "[2001:db8::1]:x",
            "[2001:db8::1%25eth0]",
            "api.example.com.",
            "api.example.com.:80",
            "api.example.com..",
            "192.0.2.1.",
            ".",
            "[]",
            "[]:80",
            "[.]",
            "[1:2:3]",
            "[192.0.2.1]",
            "[2001:db8::1::]",
            "x[2001:db8::1]",
            "]",
            "",
            ":80",
            "3221225985",
            "192.0.513",
            "192.0.2.01",
            "192.0.2.256",
            "192.0.2.1.1",
            "0xC0.0.2.1",
            "192.0.2.0x1",
            "api.0x",
            "api.1:80",
        ] {
            assert!(read(authority).is_none(), "{authority}");
        }
    }

    proptest! {
        #[test]
        fn eight_bytes_at_a_time_a_name_ends_where_it_does_byte_by_byte(
            text in prop::collection::vec(prop_oneof![9 => Just(b'a'), 1 => any::<u8>()], 0..40),
        ) {
            let is_of_a_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._".contains(byte);
            let end = text.iter().position(|byte| !is_of_a_name(byte)).unwrap_or(text.len());
            prop_assert_eq!(bytes::end_of_host_name(&text), end);
        }
    }
}
