//! Requests as a gateway sees them: nearly all granted, with the fields that clients and proxies send.

use std::net::SocketAddr;

use anyhow::{Result, ensure};
use fastrand::Rng;
use host_sim::{Host, Request};
use policy_table::write::{ClientAddress, CredentialSource, Forward, Names, Settings};
use portcullis_benches::reference::{Granted, Reference, settings};

/// Requests to one policy.
pub(crate) struct Traffic {
    pub(crate) table: Vec<u8>,
    reference: Reference,
    /// Whether the client's address stands in `X-Forwarded-For`.
    forwarded: bool,
    /// Whether keys come as bearer tokens.
    bearer: bool,
}

/// Keys of each policy: they recur, so that the filter remembers nearly all of them.
const KEYS: usize = 300;
/// Requests to each policy.
const REQUESTS: usize = 10_000;

/// Fields that a request may have, each with its chance in ten.
const FIELDS: [(&str, &str, u32); 10] = [
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)", 9),
    ("accept", "application/json", 8),
    ("accept-encoding", "gzip, deflate, br", 7),
    ("accept-language", "en-GB,en;q=0.9", 4),
    ("content-type", "application/json", 3),
    ("content-length", "0", 3),
    ("origin", "https://app.example.com", 2),
    ("cookie", "theme=dark; session=0123456789abcdef", 3),
    ("x-forwarded-proto", "https", 10),
    ("x-request-id", "6b6ad4e9-0a6c-4c47-8b39-6f4f5d1a2b3c", 10),
];

impl Traffic {
    /// To a policy for each thing that policies ask of the host.
    pub(crate) fn all() -> Result<Vec<Self>> {
        let plain = Reference { address_rules: 0, ..Reference::with_keys(KEYS) };
        let with_rules = Reference { address_rules: 100, ..plain };
        let forward =
            Forward { client: Some("x-client-id"), key: Some("x-key-id"), ..Forward::default() };
        let changes = Settings { strip_credential: true, forward, ..settings() };
        let client_address = ClientAddress::XForwardedFor { trusted_hops: 1 };
        let hops = Settings { client_address, ..settings() };
        let credentials = [CredentialSource::Header("x-api-key"), CredentialSource::Bearer];
        let tokens = Settings { credentials: credentials.into_iter().collect(), ..changes.clone() };
        let traffic = |reference: Reference, settings, forwarded, bearer| {
            let table = reference.table_with(settings, Names::Include)?;
            anyhow::Ok(Self { table, reference, forwarded, bearer })
        };
        Ok(vec![
            traffic(plain, settings(), false, false)?,
            traffic(with_rules, settings(), false, false)?,
            traffic(with_rules, hops, true, false)?,
            traffic(plain, changes, false, false)?,
            traffic(with_rules, tokens, false, true)?,
        ])
    }

    /// Sends all requests.
    pub(crate) fn pass(&self, host: &mut Host) -> Result<()> {
        let mut random = Rng::with_seed(1);
        for number in 0..REQUESTS {
            let mut granted = self.reference.granted_request(random.usize(..KEYS), &mut random);
            // Two in a hundred are denied: with no key, or with one that nobody has.
            let denied = number % 50 == 0;
            if denied {
                granted.key =
                    if number % 100 == 0 { String::new() } else { "nobody-has-it".into() };
            }
            let outcome = host.request(self.request(&granted, &mut random));
            ensure!(
                outcome.continued() != denied,
                "request {number} ended otherwise than it should: {:?}",
                outcome.verdict
            );
        }
        Ok(())
    }

    fn request(&self, granted: &Granted, random: &mut Rng) -> Request {
        let Granted { key, path, address } = granted;
        let mut request = Request::get(path).authority("api.example.com");
        for (name, value, chance) in FIELDS {
            if random.u32(..10) < chance {
                request = request.header(name, value);
            }
        }
        if !key.is_empty() {
            request = match self.bearer && random.bool() {
                true => request.header("authorization", format!("Bearer {key}")),
                false => request.header("x-api-key", key),
            };
        }
        if self.forwarded {
            return request
                .header("x-forwarded-for", address.to_string())
                .source_address(SocketAddr::from(([10, 0, 0, 1], 40_000)));
        }
        request.source_address(SocketAddr::new((*address).into(), 40_000))
    }
}
