//! The host of a request, read in the only way in which it can be read.

use core::fmt::Write as _;
use core::net::Ipv6Addr;

use arrayvec::ArrayString;

use crate::bytes;

/// A host: an authority about which two servers could not disagree, without its port. It has
/// passed check 3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Host<'a> {
    /// A name in any case, or an IPv4 address.
    Name(&'a [u8]),
    /// An IPv6 address in brackets (RFC 3986, section 3.2.2), in the one form that tables have it in
    /// (RFC 5952): it can be written in many.
    Address(ArrayString<ADDRESS_BYTES>),
}

/// The longest text of an IPv6 address, in brackets.
const ADDRESS_BYTES: usize = "[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]".len();

impl<'a> Host<'a> {
    /// Reads an authority (RFC 9110, section 7.2): letters, digits, `-`, `.` and `_`, or an IPv6
    /// address in brackets, then nothing or a port. No authority is a host without a name.
    ///
    /// `None` for anything else: where one server sees a user (`one@other`), an escape, a path or two
    /// hosts with a comma between, and another one a name, each is asked for a host of its own.
    pub(crate) fn read(authority: &'a [u8]) -> Option<Self> {
        match authority.split_at_checked(bytes::end_of_host_name(authority))? {
            (name, []) => Some(Self::Name(name)),
            (name, [b':', port @ ..]) => is_port(port).then_some(Self::Name(name)),
            ([], [b'[', ..]) => Self::read_address(authority),
            _ => None,
        }
    }

    #[cold]
    fn read_address(authority: &[u8]) -> Option<Self> {
        let text = core::str::from_utf8(authority).ok()?;
        let (address, port) = text.strip_prefix('[')?.split_once(']')?;
        if !port.is_empty() && !port.strip_prefix(':').is_some_and(|port| is_port(port.as_bytes()))
        {
            return None;
        }
        let address: Ipv6Addr = address.parse().ok()?;
        let mut text = ArrayString::new();
        write!(text, "[{address}]").ok()?;
        Some(Self::Address(text))
    }

    /// Its text, without a port.
    pub(crate) fn text(&self) -> &[u8] {
        match self {
            Self::Name(name) => name,
            Self::Address(address) => address.as_bytes(),
        }
    }

    /// The domain below the first label, where there are both.
    pub(crate) fn domain(&self) -> Option<&'a [u8]> {
        let Self::Name(name) = self else { return None };
        let label = bytes::find(name, b'.').filter(|label| *label > 0)?;
        name.get(label + 1..)
    }
}

/// A port may be empty (RFC 3986, section 3.2.3).
fn is_port(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(authority: &str) -> Option<std::string::String> {
        let host = Host::read(authority.as_bytes())?;
        Some(core::str::from_utf8(host.text()).unwrap().into())
    }

    #[test]
    fn a_port_is_no_part_of_a_host() {
        for (authority, name) in [
            ("", ""),
            ("api.example.com", "api.example.com"),
            ("API.example.com:8443", "API.example.com"),
            ("api.example.com:", "api.example.com"),
            ("a_b-c.", "a_b-c."),
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
