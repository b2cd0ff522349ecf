//! The host of a request, read in the only way in which it can be read.

use crate::bytes;

/// The name of a host, in any case: an authority about which two servers could not disagree,
/// without its port. It has passed check 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Host<'a>(&'a [u8]);

impl<'a> Host<'a> {
    /// Reads an authority (RFC 9110, section 7.2): letters, digits, `-`, `.` and `_`, or an IPv6
    /// address in brackets, then nothing or a port. No authority is a host without a name.
    ///
    /// `None` for anything else: where one server sees a user (`one@other`), an escape, a path or two
    /// hosts with a comma between, and another one a name, each is asked for a host of its own.
    pub(crate) fn read(authority: &'a [u8]) -> Option<Self> {
        match authority.split_at_checked(bytes::end_of_host_name(authority))? {
            (name, []) => Some(Self(name)),
            (name, [b':', port @ ..]) => is_port(port).then_some(Self(name)),
            ([], [b'[', ..]) => Self::read_address(authority),
            _ => None,
        }
    }

    /// An IPv6 address keeps its brackets (RFC 3986, section 3.2.2).
    #[cold]
    fn read_address(authority: &'a [u8]) -> Option<Self> {
        let end = bytes::find(authority, b']')?;
        let (name, port) = authority.split_at_checked(end + 1)?;
        let (_, address) = name.split_first()?;
        let (_, address) = address.split_last()?;
        let is_plain = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
        let has_port = matches!(port, [b':', port @ ..] if is_port(port));
        (address.iter().all(is_plain) && (port.is_empty() || has_port)).then_some(Self(name))
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

/// A port may be empty (RFC 3986, section 3.2.3).
fn is_port(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(authority: &str) -> Option<&str> {
        Host::read(authority.as_bytes()).map(|host| core::str::from_utf8(host.name()).unwrap())
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
            assert_eq!(read(authority), Some(name), "{authority}");
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
            "x[2001:db8::1]",
            "]",
        ] {
            assert_eq!(read(authority), None, "{authority}");
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
