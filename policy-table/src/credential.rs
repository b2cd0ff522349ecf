//! Which credential a request carries, and its digest.

use sha2::{Digest, Sha256};

use crate::key_format;
use crate::request::Request;
use crate::settings::{CredentialSource, Settings};

mod carrier;
mod parse;

use carrier::Carrier;
use parse::{basic_token, bearer_token};
pub use parse::{cookie_pairs, query_parameters};

/// Longest credential that is looked at; a longer one is malformed. Bounds the work that a
/// request of any size can cause.
pub const MAX_CREDENTIAL_BYTES: usize = 1024;

/// What a request carries to say who it is.
pub(crate) enum Presented {
    /// No credential.
    Missing,
    /// Several that differ, or one source given twice.
    Ambiguous,
    /// One that cannot be a key.
    Malformed,
    /// The SHA-256 of one.
    Digest([u8; 32]),
}

/// Looks into every place where the document allows a credential.
pub(crate) fn present<R: Request>(
    settings: &Settings<'_>,
    request: &R,
    query: Option<&[u8]>,
) -> Presented {
    let mut found = Found { first: None, seen: 0, ambiguous: false };
    for (name, value) in request.headers() {
        for (position, source) in settings.credentials.iter().enumerate() {
            match source {
                CredentialSource::Header(header) => {
                    if name.eq_ignore_ascii_case(header.as_bytes()) {
                        found.add(position, Carrier::Plain(parse::trim(value)));
                    }
                }
                CredentialSource::Bearer => {
                    if name.eq_ignore_ascii_case(b"authorization")
                        && let Some(token) = bearer_token(value)
                    {
                        found.add_joinable(position, Carrier::Plain(token), token);
                    }
                }
                CredentialSource::Basic { user } => {
                    if name.eq_ignore_ascii_case(b"authorization")
                        && let Some(token) = basic_token(value)
                        && let Some(carrier) = Carrier::basic(token, user)
                    {
                        found.add_joinable(position, carrier, token);
                    }
                }
                CredentialSource::Cookie(cookie) => {
                    if name.eq_ignore_ascii_case(b"cookie") {
                        for (_, value) in
                            cookie_pairs(value).filter(|(name, _)| *name == cookie.as_bytes())
                        {
                            found.add(position, Carrier::Plain(value));
                        }
                    }
                }
                CredentialSource::Query(_) => {}
            }
        }
    }
    if let Some(query) = query {
        for (position, source) in settings.credentials.iter().enumerate() {
            if let CredentialSource::Query(parameter) = source {
                let named = |(name, _): &(&[u8], &[u8])| is_query_credential(parameter, name);
                for (_, value) in query_parameters(query).filter(named) {
                    found.add(position, Carrier::Percent(value));
                }
            }
        }
    }
    found.judge(settings)
}

/// Whether the whole value of a header field is a credential that `source` would take: what has
/// to go before a request may go on. A cookie is only a part of its field.
#[must_use]
pub fn is_whole_field_credential(source: &CredentialSource<'_>, name: &[u8], value: &[u8]) -> bool {
    let authorization = || name.eq_ignore_ascii_case(b"authorization");
    match source {
        CredentialSource::Header(header) => name.eq_ignore_ascii_case(header.as_bytes()),
        CredentialSource::Bearer => authorization() && bearer_token(value).is_some(),
        CredentialSource::Basic { user } => {
            authorization()
                && basic_token(value).and_then(|token| Carrier::basic(token, user)).is_some()
        }
        CredentialSource::Query(_) | CredentialSource::Cookie(_) => false,
    }
}

/// Whether a query parameter of this name, as it stands, is the one called `parameter`.
#[must_use]
pub fn is_query_credential(parameter: &str, name: &[u8]) -> bool {
    parse::percent_decoded(name).eq(parameter.bytes())
}

/// The credentials found so far.
struct Found<'r> {
    first: Option<Carrier<'r>>,
    /// A bit for each source that gave one.
    seen: u8,
    ambiguous: bool,
}

impl<'r> Found<'r> {
    /// Takes a credential from the source at `position`; an empty one counts as none.
    fn add(&mut self, position: usize, carrier: Carrier<'r>) {
        const { assert!(crate::settings::MAX_CREDENTIAL_SOURCES <= 8, "a bit for each source") };
        if carrier.is_empty() {
            return;
        }
        let bit = 1_u8.checked_shl(crate::wire::length(position)).unwrap_or(0);
        let differs = self.first.as_ref().is_some_and(|first| !first.same(&carrier));
        self.ambiguous |= self.seen & bit != 0 || differs;
        self.seen |= bit;
        self.first.get_or_insert(carrier);
    }

    /// As `add`, for a scheme whose credentials have no comma (RFC 7235, section 2.1): with one,
    /// the host has joined two `Authorization` headers.
    fn add_joinable(&mut self, position: usize, carrier: Carrier<'r>, token: &[u8]) {
        self.ambiguous |= token.contains(&b',');
        self.add(position, carrier);
    }

    fn judge(self, settings: &Settings<'_>) -> Presented {
        if self.ambiguous {
            return Presented::Ambiguous;
        }
        let Some(carrier) = self.first else {
            return Presented::Missing;
        };
        let digest = carrier.with_bytes(|credential| {
            key_format::holds(credential, settings.key_prefix)
                .then(|| Sha256::digest(credential).into())
        });
        digest.flatten().map_or(Presented::Malformed, Presented::Digest)
    }
}
