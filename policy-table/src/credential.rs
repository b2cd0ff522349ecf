//! Which credential a request carries, and its digest.

use crate::bytes::same_but_for_case;
use crate::key_format;
use crate::keys::KeyRecord;
use crate::request::{NameLengths, Request};
use crate::settings::{CredentialSource, Settings};
use crate::table::Table;

mod carrier;
mod digest;
mod found;
mod parse;

use carrier::{Carrier, Decoded};
use digest::sha256;
use found::Found;
use parse::after_scheme;
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
