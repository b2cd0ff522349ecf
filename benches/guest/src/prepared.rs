//! A request as one block of bytes, and the block taken apart.

use core::net::IpAddr;
use core::ops::Range;

use policy_table::Request;

/// The parts of a request, to be handed over as one block of bytes.
#[derive(Debug, Clone)]
pub struct Block<'a> {
    /// The address of the connection's peer.
    pub address: Option<IpAddr>,
    /// The method.
    pub method: &'a [u8],
    /// The authority.
    pub host: &'a [u8],
    /// Path and query.
    pub path: &'a [u8],
    /// The key, as it stands in a header; what the digest alone is taken of.
    pub key: &'a [u8],
    /// All header fields, the one with the key too.
    pub headers: &'a [(&'a [u8], &'a [u8])],
}

impl Block<'_> {
    /// The address, then each part with its length in front.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self.address {
            None => bytes.push(0),
            Some(IpAddr::V4(address)) => {
                bytes.push(4);
                bytes.extend(address.octets());
            }
            Some(IpAddr::V6(address)) => {
                bytes.push(16);
                bytes.extend(address.octets());
            }
        }
        let fields = self.headers.iter().flat_map(|(name, value)| [*name, *value]);
        for part in [self.method, self.host, self.path, self.key].into_iter().chain(fields) {
            bytes.extend(u16::try_from(part.len()).unwrap_or(u16::MAX).to_le_bytes());
            bytes.extend(part);
        }
        bytes
    }
}

/// A request that only has to be decided.
#[derive(Debug, Default)]
pub struct Prepared {
    bytes: Vec<u8>,
    address: Option<IpAddr>,
    method: Range<usize>,
    host: Range<usize>,
    path: Range<usize>,
    key: Range<usize>,
    headers: Vec<(Range<usize>, Range<usize>)>,
}

impl Prepared {
    /// Takes a block apart; `None` where it is not one that [`Block::to_bytes`] made.
    /// Memory of the request before is used again, as in a filter.
    pub fn replace(&mut self, block: &[u8]) -> Option<()> {
        self.bytes.clear();
        self.bytes.extend_from_slice(block);
        self.headers.clear();
        let (length, rest) = block.split_first()?;
        self.address = match length {
            0 => None,
            4 => Some(IpAddr::from(*rest.first_chunk::<4>()?)),
            _ => Some(IpAddr::from(*rest.first_chunk::<16>()?)),
        };
        let mut at = 1 + usize::from(*length);
        let mut part = || {
            let length = u16::from_le_bytes(*block.get(at..)?.first_chunk()?);
            let from = at + 2;
            at = from + usize::from(length);
            (at <= block.len()).then_some(from..at)
        };
        (self.method, self.host, self.path, self.key) = (part()?, part()?, part()?, part()?);
        while let Some(name) = part() {
            self.headers.push((name, part()?));
        }
        Some(())
    }

    /// The key alone.
    #[must_use]
    pub fn key(&self) -> &[u8] {
        self.part(&self.key)
    }

    fn part(&self, range: &Range<usize>) -> &[u8] {
        self.bytes.get(range.clone()).unwrap_or_default()
    }
}

impl Request for Prepared {
    fn method(&self) -> &[u8] {
        self.part(&self.method)
    }

    fn host(&self) -> &[u8] {
        self.part(&self.host)
    }

    fn path(&self) -> &[u8] {
        self.part(&self.path)
    }

    fn headers(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.headers.iter().map(|(name, value)| (self.part(name), self.part(value)))
    }

    fn connection_address(&self) -> Option<IpAddr> {
        self.address
    }

    fn now(&self) -> Option<i64> {
        Some(0)
    }
}
