//! The host of a request, read in the only way in which it can be read.

use core::fmt::Write as _;
use core::net::Ipv6Addr;

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
    /// end, or an IPv6 address in brackets, then nothing or a port up to 65535. No authority is a host without a name.
    ///
    /// `None` for anything else: where one server sees a user (`one@other`), an escape, a path or two
    /// hosts with a comma between, and another one a name, each is asked for a host of its own.
    // Once for each request: the call would take more than the rest.
    #[inline(always)]
    pub(crate) fn read(authority: &'a [u8], room: &'a mut AddressText) -> Option<Self> {
        match authority.split_at_checked(bytes::end_of_host_name(authority))? {
            // The same name to a server that takes the dot off, and to another one none that it knows.
            ([.., b'.'], _) => None,
            (name, []) => Some(Self(name)),
            (name, [b':', port @ ..]) => is_port(port).then_some(Self(name)),
            ([], [b'[', ..]) => Self::read_address(authority, room),
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
            ("", ""),
            ("api.example.com", "api.example.com"),
            ("API.example.com:8443", "API.example.com"),
            ("api.example.com:65535", "api.example.com"),
            ("api.example.com:00080", "api.example.com"),
            ("a_b-c", "a_b-c"),
            (".a", ".a"),
            ("192.0.2.1:80", "192.0.2.1"),
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
