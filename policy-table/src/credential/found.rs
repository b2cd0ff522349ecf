//! What was found of credentials in the places of a request, put together.

use super::carrier::{Carrier, Decoded};
use super::parse::{cookie_pairs, query_parameters};
use super::{MAX_CREDENTIAL_BYTES, Presented, is_query_credential, joined, of_scheme};
use crate::settings::{CredentialSource, Settings};

/// The credentials found so far.
#[derive(Default)]
pub(super) struct Found<'r> {
    first: Option<Carrier<'r>>,
    /// A bit for each source that gave one.
    seen: u8,
    ambiguous: bool,
    /// How many lines of `Authorization` there are, without empty ones.
    authorizations: usize,
    /// Whether any of them has a credential.
    authorized: bool,
}

impl<'r> Found<'r> {
    /// Takes a credential from the source at `position`; whether it is one: an empty one counts as
    /// none.
    pub(super) fn add(&mut self, position: usize, carrier: Carrier<'r>) -> bool {
        const { assert!(crate::settings::MAX_CREDENTIAL_SOURCES <= 8, "a bit for each source") };
        if carrier.is_empty() {
            return false;
        }
        let bit = 1_u8.checked_shl(crate::wire::length(position)).unwrap_or(0);
        // Both may have to be decoded: not once more for each of thousands.
        self.ambiguous = self.ambiguous
            || self.seen & bit != 0
            || self.first.as_ref().is_some_and(|first| !first.same(&carrier));
        self.seen |= bit;
        self.first.get_or_insert(carrier);
        true
    }

    // Kept apart from what most requests need: code that is not run would stand between what is,
    // and a proxy's caches are full of other things.

    /// Takes what stands in a line of `Authorization`, blanks around it gone. Only one may be sent
    /// (RFC 9110, section 5.3): of several, joined by the host or not, servers disagree which one
    /// counts, so that a credential in any of them is ambiguous. No credential has a comma
    /// (RFC 9110, section 11.2).
    #[inline(never)]
    pub(super) fn add_from_authorization(&mut self, settings: &Settings<'_>, value: &'r [u8]) {
        if value.is_empty() {
            return;
        }
        self.authorizations = self.authorizations.saturating_add(1);
        let is_joined = value.contains(&b',');
        let mut decoded = Decoded::EMPTY;
        for (position, source) in settings.credentials.iter().enumerate() {
            if is_joined {
                let mut given =
                    |line| of_scheme(source, line, &mut decoded).is_some_and(|one| !one.is_empty());
                self.ambiguous = self.ambiguous || joined(value).any(&mut given);
            } else if let Some(carrier) = of_scheme(source, value, &mut decoded) {
                self.authorized |= self.add(position, carrier);
            }
        }
    }

    #[inline(never)]
    pub(super) fn add_from_cookies(&mut self, position: usize, cookie: &[u8], value: &'r [u8]) {
        for (_, value) in cookie_pairs(value).filter(|(name, _)| *name == cookie) {
            self.add(position, Carrier::Plain(value));
        }
    }

    #[inline(never)]
    pub(super) fn add_from_query(&mut self, settings: &Settings<'_>, query: &'r [u8]) {
        for (position, source) in settings.credentials.iter().enumerate() {
            if let CredentialSource::Query(parameter) = source {
                let named = |(name, _): &(&[u8], &[u8])| is_query_credential(parameter, name);
                for (_, value) in query_parameters(query).filter(named) {
                    self.add(position, Carrier::Percent(value));
                }
            }
        }
    }

    pub(super) fn judge(self, find: impl FnOnce(&[u8]) -> Presented) -> Presented {
        let several = self.authorized && self.authorizations > 1;
        if self.ambiguous || several {
            return Presented::Ambiguous;
        }
        let Some(carrier) = self.first else {
            return Presented::Missing;
        };
        match carrier {
            Carrier::Plain(bytes) if bytes.len() <= MAX_CREDENTIAL_BYTES => find(bytes),
            _ => carrier.with_bytes(find).unwrap_or(Presented::Malformed),
        }
    }
}
