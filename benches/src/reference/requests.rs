//! Requests for the reference policy.

use std::net::{IpAddr, Ipv4Addr};

use fastrand::Rng;
use policy_table::Reason;
use portcullis_bench_guest::Block;

use super::{GRANTS, Reference, key};

/// What a granted request has of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The key in clear.
    pub key: String,
    /// Path and query.
    pub path: String,
    /// Where it comes from.
    pub address: Ipv4Addr,
}

/// Where a decision ends; each does all that the one before does, and more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of the reasons")]
pub enum Ending {
    PathAmbiguous,
    EndpointUnknown,
    CredentialMissing,
    CredentialUnknown,
    Granted,
}

impl Ending {
    /// All of them, the earliest first.
    pub const ALL: [Self; 5] = [
        Self::PathAmbiguous,
        Self::EndpointUnknown,
        Self::CredentialMissing,
        Self::CredentialUnknown,
        Self::Granted,
    ];

    /// The reason that the decision gives.
    #[must_use]
    pub fn reason(self) -> Reason {
        match self {
            Self::PathAmbiguous => Reason::PathAmbiguous,
            Self::EndpointUnknown => Reason::EndpointUnknown,
            Self::CredentialMissing => Reason::CredentialMissing,
            Self::CredentialUnknown => Reason::CredentialUnknown,
            Self::Granted => Reason::Granted,
        }
    }
}

impl Reference {
    /// A request that is granted, with the `number`th key, as [`Block::to_bytes`] makes it.
    #[must_use]
    pub fn request(&self, number: usize, random: &mut Rng) -> Vec<u8> {
        let Granted { key, path, address } = self.granted_request(number, random);
        request(key.as_bytes(), path.as_bytes(), Some(IpAddr::V4(address)))
    }

    /// The parts of a request that is granted: with the `number`th key, from an address of its
    /// rule, to an endpoint of a granted collection, chosen by `random`.
    #[must_use]
    pub fn granted_request(&self, number: usize, random: &mut Rng) -> Granted {
        let granted: Vec<usize> = self.granted(number % self.clients.max(1) % GRANTS).collect();
        let collection = random.choice(granted).unwrap_or(0);
        let endpoint = random.usize(..self.endpoints.max(1));
        let item = random.u32(..1_000_000);
        Granted {
            key: key(self.first + number),
            path: format!("/acme/api-{collection:03}/v1/resource-{endpoint:04}/{item}?page=2"),
            address: Ipv4Addr::from(self.allowed_address(self.rule_of(number), random)),
        }
    }

    /// As [`request`](Self::request), but made to end where `ending` says; all parts are as long
    /// as in one that is granted, so that the differences are the steps between.
    #[must_use]
    pub fn request_ending(&self, ending: Ending, number: usize, random: &mut Rng) -> Vec<u8> {
        let request = self.request(number, random);
        let replaced = |from: &[u8], to: &[u8]| {
            let mut request = request.clone();
            let places: Vec<usize> = request
                .windows(from.len())
                .enumerate()
                .filter_map(|(at, window)| (window == from).then_some(at))
                .collect();
            for at in places {
                if let Some(place) = request.get_mut(at..at + from.len()) {
                    place.copy_from_slice(to);
                }
            }
            request
        };
        match ending {
            Ending::PathAmbiguous => replaced(b"?page=2", b";?age=2"),
            Ending::EndpointUnknown => replaced(b"/resource-", b"/unknown-x"),
            Ending::CredentialMissing => replaced(b"x-api-key", b"x-api-kez"),
            Ending::CredentialUnknown => replaced(b"not-a-real-key", b"not-an-old-key"),
            Ending::Granted => request,
        }
    }
}

/// A request with this key, about ten header fields, from this address.
#[must_use]
pub fn request(key: &[u8], path: &[u8], address: Option<IpAddr>) -> Vec<u8> {
    let (method, host) = (b"GET", b"api.example.com");
    let headers: [(&[u8], &[u8]); 10] = [
        (b":authority", host),
        (b":path", path),
        (b":method", method),
        (b":scheme", b"https"),
        (b"user-agent", b"curl/8.5.0"),
        (b"accept", b"*/*"),
        (b"accept-encoding", b"gzip, deflate"),
        (b"x-api-key", key),
        (b"x-forwarded-proto", b"https"),
        (b"x-request-id", b"7f8b1a36-7a86-4f07-9d0a-3f1f5be1a0c4"),
    ];
    Block { address, method, host, path, key, headers: &headers }.to_bytes()
}
