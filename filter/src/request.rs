//! A request as the host has it.

use std::net::IpAddr;

use policy_table::{NameLengths, Request, parse_address};

use crate::pairs::Pairs;

/// What does not stand in the headers, asked of the host only when a rule needs it.
pub trait Source {
    /// Whether content follows the headers.
    fn has_content(&self) -> bool;
    /// The address of the connection's peer.
    fn connection_address(&self) -> Option<IpAddr>;
    /// Now, in seconds of Unix time.
    fn now(&self) -> Option<i64>;
}

/// A request: its header map, read once, and a way to the rest.
pub struct HostRequest<'a, S> {
    pairs: Pairs<'a>,
    method: &'a [u8],
    host: &'a [u8],
    path: &'a [u8],
    source: S,
}

impl<'a, S: Source> HostRequest<'a, S> {
    /// Finds method, host and path among the fields, wherever they stand; a host or path that is missing is empty and
    /// matches nothing. The field `host` counts where there is no `:authority`. `None` without a method, which every request has: a map without one is not
    /// that of a request, and a policy that lets unknown paths pass must not be asked about it.
    pub fn new(pairs: Pairs<'a>, source: S) -> Option<Self> {
        let mut request = Self { pairs, method: &[], host: &[], path: &[], source };
        let mut host: &[u8] = &[];
        for (name, value) in pairs.iter() {
            if name.first() == Some(&b':') {
                if name == b":method" {
                    request.method = value;
                } else if name == b":authority" {
                    request.host = value;
                } else if name == b":path" {
                    request.path = value;
                }
            } else if !request.method.is_empty()
                && !request.host.is_empty()
                && !request.path.is_empty()
            {
                // Nearly always before the first other field (RFC 9113, section 8.3).
                break;
            } else if name.eq_ignore_ascii_case(b"host") && host.is_empty() {
                host = value;
            }
        }
        if request.host.is_empty() {
            request.host = host;
        }
        (!request.method.is_empty()).then_some(request)
    }

    /// The trailers of a request: fields and nothing else.
    pub fn of_trailers(pairs: Pairs<'a>, source: S) -> Self {
        Self { pairs, method: &[], host: &[], path: &[], source }
    }
}

impl<S: Source> Request for HostRequest<'_, S> {
    fn method(&self) -> &[u8] {
        self.method
    }

    fn host(&self) -> &[u8] {
        self.host
    }

    fn path(&self) -> &[u8] {
        self.path
    }

    fn headers(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.pairs.iter()
    }

    fn headers_of(&self, lengths: NameLengths) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.pairs.of(lengths)
    }

    fn has_content(&self) -> bool {
        self.source.has_content()
    }

    fn connection_address(&self) -> Option<IpAddr> {
        self.source.connection_address()
    }

    fn now(&self) -> Option<i64> {
        self.source.now()
    }
}

/// The address of the connection's peer, as the host's property `source.address` says it.
///
/// `None` for port 0, which no connection has: Envoy then took the address from a header that the
/// caller may have written (`X-Forwarded-For`, where `use_remote_address` is not set).
#[must_use]
pub fn peer_address(property: &[u8]) -> Option<IpAddr> {
    let is_from_header = property.strip_suffix(b":0").is_some_and(|address| {
        // An IPv6 address without a port has no brackets, and may end so itself.
        address.ends_with(b"]") || !address.contains(&b':')
    });
    if is_from_header { None } else { parse_address(property) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::serialize;

    struct Nothing;

    impl Source for Nothing {
        fn has_content(&self) -> bool {
            false
        }

        fn connection_address(&self) -> Option<IpAddr> {
            None
        }

        fn now(&self) -> Option<i64> {
            None
        }
    }

    #[test]
    fn an_address_without_a_port_of_its_own_is_not_the_peer_s() {
        let cases: [(&[u8], Option<&str>); 8] = [
            (b"203.0.113.5:38088", Some("203.0.113.5")),
            (b"203.0.113.5:10", Some("203.0.113.5")),
            (b"203.0.113.5:0", None),
            (b"203.0.113.5", Some("203.0.113.5")),
            (b"[2001:db8::1]:443", Some("2001:db8::1")),
            (b"[2001:db8::1]:0", None),
            (b"2001:db8::1:0", Some("2001:db8::1:0")),
            (b"/run/envoy.sock", None),
        ];
        for (property, expected) in cases {
            let expected = expected.map(|address| address.parse().unwrap());
            assert_eq!(peer_address(property), expected, "{}", property.escape_ascii());
        }
    }

    #[test]
    fn the_authority_counts_wherever_it_stands_and_else_the_first_host() {
        let all = [(":method", "GET"), (":path", "/"), ("Host", "a"), ("x", "y"), ("host", "b")];
        for (last, host) in
            [((":authority", "c"), "c"), ((":authority", ""), "a"), (("z", ""), "a")]
        {
            let map = serialize(&[&all[..], &[last]].concat());
            let request = HostRequest::new(Pairs::parse(&map).unwrap(), Nothing).unwrap();
            assert_eq!(request.host(), host.as_bytes(), "{last:?}");
        }
    }

    #[test]
    fn a_map_without_a_method_is_not_that_of_a_request() {
        for fields in [&[][..], &[(":path", "/"), (":authority", "a")], &[(":method", "")]] {
            let map = serialize(fields);
            assert!(HostRequest::new(Pairs::parse(&map).unwrap(), Nothing).is_none(), "{fields:?}");
        }
        // CONNECT has no path (RFC 9113, section 8.5).
        let map = serialize(&[(":method", "CONNECT"), (":authority", "a")]);
        let request = HostRequest::new(Pairs::parse(&map).unwrap(), Nothing).unwrap();
        assert_eq!((request.method(), request.path()), (&b"CONNECT"[..], &b""[..]));
    }
}
