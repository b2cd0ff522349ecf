//! A request as the host has it.

use std::net::IpAddr;

use policy_table::{NameLengths, Request};

use crate::pairs::Pairs;

/// What is asked of the host only when a rule needs it.
pub trait Source {
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
    /// Finds method, host and path among the fields; a host or path that is missing is empty and
    /// matches nothing. `None` without a method, which every request has: a map without one is not
    /// that of a request, and a policy that lets unknown paths pass must not be asked about it.
    pub fn new(pairs: Pairs<'a>, source: S) -> Option<Self> {
        let mut request = Self { pairs, method: &[], host: &[], path: &[], source };
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
                // Hosts put the pseudo-fields first (RFC 9113, section 8.3), but one that does
                // not has to be understood all the same.
                break;
            } else if name == b"host" && request.host.is_empty() {
                request.host = value;
            }
        }
        (!request.method.is_empty()).then_some(request)
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

    fn connection_address(&self) -> Option<IpAddr> {
        self.source.connection_address()
    }

    fn now(&self) -> Option<i64> {
        self.source.now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::serialize;

    struct Nothing;

    impl Source for Nothing {
        fn connection_address(&self) -> Option<IpAddr> {
            None
        }

        fn now(&self) -> Option<i64> {
            None
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
