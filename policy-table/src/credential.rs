//! Which credential a request carries, and its digest.

use sha2::block_api::compress256;
use sha2::{Digest, Sha256};

use crate::bytes::same_but_for_case;
use crate::key_format;
use crate::keys::KeyRecord;
use crate::request::{NameLengths, Request};
use crate::settings::{CredentialSource, Settings};
use crate::table::Table;

mod carrier;
mod parse;

use carrier::{Carrier, Decoded};
use parse::{after_scheme, cookie_pairs};
pub use parse::{cookie_name, query_parameters};

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
    /// One that is no key of the table.
    Unknown,
    /// A key.
    Key(KeyRecord),
}

/// Looks into every place where the document allows a credential; `find` says what the only one is.
pub(crate) fn present<R: Request>(
    table: &Table<'_>,
    request: &R,
    query: Option<&[u8]>,
    find: impl FnOnce(&[u8]) -> Presented,
) -> Presented {
    let (settings, places) = (&table.settings, table.credential_places);
    let mut found = Found::default();
    for (name, value) in request.headers_of(places.fields) {
        for (position, source) in settings.credentials.iter().enumerate() {
            match source {
                CredentialSource::Header(header) => {
                    if same_but_for_case(header.as_bytes(), name) {
                        found.add(position, Carrier::Plain(parse::trim(value)));
                    }
                }
                CredentialSource::Cookie(cookie) => {
                    if same_but_for_case(b"cookie", name) {
                        found.add_from_cookies(position, cookie.as_bytes(), value);
                    }
                }
                CredentialSource::Bearer
                | CredentialSource::Basic { .. }
                | CredentialSource::Query(_) => {}
            }
        }
        if same_but_for_case(b"authorization", name) {
            found.add_from_authorization(settings, parse::trim(value));
        }
    }
    if let Some(query) = query
        && places.query
    {
        found.add_from_query(settings, query);
    }
    found.judge(find)
}

/// Finds a key by the digest of a credential.
pub(crate) fn find_key(table: &Table<'_>, credential: &[u8]) -> Presented {
    if !key_format::holds(credential, table.settings.key_prefix) {
        return Presented::Malformed;
    }
    table.keys.find(&sha256(credential)).map_or(Presented::Unknown, Presented::Key)
}

/// Where credentials may stand, to be asked before anything is compared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places {
    /// The names of the fields that may have one have these lengths.
    fields: NameLengths,
    /// Whether a query may have one.
    query: bool,
}

impl Places {
    /// Those of these sources.
    pub(crate) fn of(settings: &Settings<'_>) -> Self {
        let mut places = Self { fields: NameLengths::NONE, query: false };
        for source in &settings.credentials {
            match source.field() {
                Some(name) => places.fields = places.fields.and(name.as_bytes()),
                None => places.query = true,
            }
        }
        places
    }
}

/// Whether the whole value of a header field is a credential that `source` would take: what has
/// to go before a request may go on. A cookie is only a part of its field.
#[must_use]
pub fn is_whole_field_credential(source: &CredentialSource<'_>, name: &[u8], value: &[u8]) -> bool {
    match source {
        CredentialSource::Header(header) => same_but_for_case(header.as_bytes(), name),
        CredentialSource::Bearer | CredentialSource::Basic { .. } => {
            let mut decoded = Decoded::EMPTY;
            same_but_for_case(b"authorization", name)
                && joined(value).any(|line| of_scheme(source, line, &mut decoded).is_some())
        }
        CredentialSource::Query(_) | CredentialSource::Cookie(_) => false,
    }
}

/// The credential of an `Authorization` line that has the source's scheme and, for Basic, its user;
/// schemes have no case (RFC 6750, section 2.1; RFC 7617, section 2).
fn of_scheme<'r>(
    source: &CredentialSource<'_>,
    line: &'r [u8],
    decoded: &mut Decoded,
) -> Option<Carrier<'r>> {
    match source {
        CredentialSource::Bearer => after_scheme(line, b"bearer").map(Carrier::Plain),
        CredentialSource::Basic { user } => {
            Carrier::basic(after_scheme(line, b"basic")?, user, decoded)
        }
        _ => None,
    }
}

/// The lines of which a host may have made one value (RFC 9110, section 5.3).
fn joined(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',')
}

/// Whether a query parameter of this name, as it stands, is the one called `parameter`.
#[must_use]
pub fn is_query_credential(parameter: &str, name: &[u8]) -> bool {
    parse::percent_decoded(name).eq(parameter.bytes())
}

/// The SHA-256 of a credential (FIPS 180-4). One block holds nearly every key; made here it takes
/// none of the buffers that a text of any length needs, which cost a module more than half as much
/// again as the hash.
fn sha256(credential: &[u8]) -> [u8; 32] {
    const INITIAL: [u32; 8] = [
        0x6A09_E667,
        0xBB67_AE85,
        0x3C6E_F372,
        0xA54F_F53A,
        0x510E_527F,
        0x9B05_688C,
        0x1F83_D9AB,
        0x5BE0_CD19,
    ];
    let mut block = [0; 64];
    let bits = u64::from(crate::wire::length(credential.len())) * 8;
    let Some((end, [padding @ .., _, _, _, _, _, _, _, _])) =
        block.split_at_mut_checked(credential.len())
    else {
        return Sha256::digest(credential).into();
    };
    let Some(one) = padding.first_mut() else {
        return Sha256::digest(credential).into();
    };
    end.copy_from_slice(credential);
    *one = 0x80;
    if let Some(last) = block.last_chunk_mut() {
        *last = bits.to_be_bytes();
    }
    let mut state = INITIAL;
    compress256(&mut state, &[block]);
    let mut digest = [0; 32];
    for (slot, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
        *slot = word.to_be_bytes();
    }
    digest
}

/// The credentials found so far.
#[derive(Default)]
struct Found<'r> {
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
    fn add(&mut self, position: usize, carrier: Carrier<'r>) -> bool {
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
    fn add_from_authorization(&mut self, settings: &Settings<'_>, value: &'r [u8]) {
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
    fn add_from_cookies(&mut self, position: usize, cookie: &[u8], value: &'r [u8]) {
        for (_, value) in cookie_pairs(value).filter(|(name, _)| *name == cookie) {
            self.add(position, Carrier::Plain(value));
        }
    }

    #[inline(never)]
    fn add_from_query(&mut self, settings: &Settings<'_>, query: &'r [u8]) {
        for (position, source) in settings.credentials.iter().enumerate() {
            if let CredentialSource::Query(parameter) = source {
                let named = |(name, _): &(&[u8], &[u8])| is_query_credential(parameter, name);
                for (_, value) in query_parameters(query).filter(named) {
                    self.add(position, Carrier::Percent(value));
                }
            }
        }
    }

    fn judge(self, find: impl FnOnce(&[u8]) -> Presented) -> Presented {
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

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    #[test]
    fn a_short_credential_has_the_digest_that_any_text_has() {
        let text: Vec<u8> = (0..200).collect();
        for length in 0..200 {
            let text = &text[..length];
            let expected: [u8; 32] = Sha256::digest(text).into();
            assert_eq!(sha256(text), expected, "{length}");
        }
    }
}
