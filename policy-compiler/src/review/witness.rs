//! Requests that prove what is said: two tables decide them differently.

use std::net::IpAddr;

use policy_table::settings::{ClientAddress, CredentialSource};
use policy_table::walk::{KeptDigest, decide_as};
use policy_table::{Decision, PlainRequest, Table};

use super::classes::Example;

/// A request that one of two tables lets in and the other does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness<'t> {
    /// Host, path and method.
    pub example: Example,
    /// Its headers, without the credential: the text of a key is not known.
    pub headers: Vec<(&'static str, String)>,
    /// The key that it carries, if any, and where.
    pub key: Option<(KeptDigest, CredentialSource<'t>)>,
    /// Where the connection comes from.
    pub address: Option<IpAddr>,
    /// When it is sent, in Unix seconds.
    pub time: i64,
}

impl<'t> Witness<'t> {
    /// A request whose client has this address, wherever the tables look for it.
    pub(super) fn new(
        example: Example,
        key: Option<(KeptDigest, CredentialSource<'t>)>,
        address: Option<IpAddr>,
        time: i64,
        tables: [&Table<'_>; 2],
    ) -> Self {
        let hops = tables.iter().filter_map(|table| match table.settings().client_address {
            ClientAddress::Connection => None,
            ClientAddress::XForwardedFor { trusted_hops } => Some(usize::from(trusted_hops)),
        });
        let forwarded = hops
            .max()
            .zip(address)
            .map(|(hops, address)| ("x-forwarded-for", vec![address.to_string(); hops].join(", ")));
        let preflight = [
            ("origin", "https://example.com".to_owned()),
            ("access-control-request-method", "GET".to_owned()),
        ];
        let preflight = preflight.into_iter().filter(|_| example.preflight);
        let headers = forwarded.into_iter().chain(preflight).collect();
        Self { example, headers, key, address, time }
    }

    /// What a table decides.
    pub fn decide(&self, table: &Table<'_>) -> Decision {
        let headers = self.headers.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
        let headers: Vec<(&[u8], &[u8])> = headers.collect();
        let request = PlainRequest {
            method: self.example.method.as_bytes(),
            host: self.example.host.as_bytes(),
            path: self.example.path.as_bytes(),
            headers: &headers,
            address: self.address,
            now: self.time,
        };
        decide_as(table, &request, self.key)
    }
}
