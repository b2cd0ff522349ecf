//! What a decision may ask about a request.

use core::net::IpAddr;

use crate::bytes::{same_but_for_case, same_but_for_marks};

/// A request, as a proxy, a test or an `explain` line has it.
///
/// Everything is bytes, because that is what requests carry. What may cost a call to the host,
/// the address and the time, is asked for only when a rule needs it.
pub trait Request {
    /// The method, as sent.
    fn method(&self) -> &[u8];
    /// The authority or `Host`, with or without a port.
    fn host(&self) -> &[u8];
    /// Path and query, as sent.
    fn path(&self) -> &[u8];
    /// All header fields in their order, repeated ones repeated.
    fn headers(&self) -> impl Iterator<Item = (&[u8], &[u8])>;
    /// Header fields with all that have a name of one of these lengths, and few others; found
    /// without a look at any name.
    fn headers_of(&self, lengths: NameLengths) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.headers().filter(move |(name, _)| lengths.contains(name.len()))
    }
    /// The values of all header fields of this name, which is in lower case; theirs may be in any.
    fn values<'r>(&'r self, name: &'r [u8]) -> impl Iterator<Item = &'r [u8]> {
        let fields = self.headers_of(NameLengths::NONE.and(name));
        fields.filter(|(other, _)| same_but_for_case(name, other)).map(|(_, value)| value)
    }
    /// Whether content is known to follow the header fields, whatever they say.
    fn has_content(&self) -> bool {
        false
    }
    /// The address of the connection's peer; `None` where there is none.
    fn connection_address(&self) -> Option<IpAddr>;
    /// Now, in seconds of Unix time; `None` where the host cannot tell.
    fn now(&self) -> Option<i64>;
}

/// Whether a server may take a field of this name for the one called `header`, though it is another.
///
/// CGI, and what came after it, makes `_` of every `-` of a name (RFC 3875, section 4.1.18), and some
/// servers of all that is neither letter nor digit: to them `x_client_id` is `x-client-id`.
#[must_use]
pub fn is_lookalike(header: &[u8], name: &[u8]) -> bool {
    // Nearly always it is the header itself, which is soon seen.
    header.len() == name.len()
        && !same_but_for_case(header, name)
        && same_but_for_marks(header, name)
}

/// Lengths of field names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameLengths(u64);

impl NameLengths {
    /// None.
    pub const NONE: Self = Self(0);
    /// Every length.
    pub const ALL: Self = Self(u64::MAX);

    /// These and the length of `name`.
    #[must_use]
    pub const fn and(self, name: &[u8]) -> Self {
        self.and_length(name.len())
    }

    /// These and a length.
    #[must_use]
    pub const fn and_length(self, length: usize) -> Self {
        Self(self.0 | Self::bit(length))
    }

    /// Whether some may be in both.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether this length may be one of them: those that differ by 64 are taken for one.
    #[must_use]
    pub const fn contains(self, length: usize) -> bool {
        self.0 & Self::bit(length) != 0
    }

    const fn bit(length: usize) -> u64 {
        1 << (length % 64)
    }
}

/// A request whose parts are all at hand.
#[derive(Debug, Clone, Copy)]
pub struct PlainRequest<'a> {
    /// The method, as sent.
    pub method: &'a [u8],
    /// The authority or `Host`.
    pub host: &'a [u8],
    /// Path and query.
    pub path: &'a [u8],
    /// All header fields.
    pub headers: &'a [(&'a [u8], &'a [u8])],
    /// The address of the connection's peer.
    pub address: Option<IpAddr>,
    /// Seconds of Unix time.
    pub now: i64,
}

impl Request for PlainRequest<'_> {
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
        self.headers.iter().copied()
    }

    fn connection_address(&self) -> Option<IpAddr> {
        self.address
    }

    fn now(&self) -> Option<i64> {
        Some(self.now)
    }
}
