//! Requests that prove what is said: two tables decide them differently.

use std::net::IpAddr;
use std::path::Path;

use policy_table::settings::{ClientAddress, CredentialSource};
use policy_table::walk::{KeptDigest, decide_as};
use policy_table::{Decision, PlainRequest, Table};

use super::classes::Example;
use super::words;
use crate::escape::hexadecimal;
use crate::model::show_time;
use crate::shell;

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

    /// The command that explains it. What standard input had is gone: where the policy was read from it,
    /// people put the name of a file.
    pub(super) fn command(&self, policy: &str) -> String {
        let example = &self.example;
        let policy = match policy {
            "-" => "POLICY".to_owned(),
            path => shell::path(Path::new(path)),
        };
        let mut words = vec!["portcullis".to_owned(), "explain".to_owned(), policy];
        let mut option = |name: &str, value: String| {
            let value = shell::word(&value);
            // Such a value would be taken for an option.
            if value.starts_with('-') {
                words.push(format!("{name}={value}"));
            } else {
                words.extend([name.to_owned(), value]);
            }
        };
        option("--method", example.method.clone());
        option("--host", example.host.clone());
        option("--path", example.path.clone());
        for (name, value) in &self.headers {
            option("--header", format!("{name}: {value}"));
        }
        if let Some((digest, place)) = &self.key {
            option("--sha256", hexadecimal(digest));
            option("--place", words::place(place));
        }
        if let Some(address) = self.address {
            option("--address", address.to_string());
        }
        option("--at", show_time(self.time));
        words.join(" ")
    }
}
