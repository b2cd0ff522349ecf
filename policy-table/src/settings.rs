//! What the document says about the gateway: the words of the section `gateway`.

use arrayvec::ArrayVec;
use serde::{Deserialize, Serialize};

use crate::error::{Part, TableError, Value};

/// Most places in which a document may look for a credential.
pub const MAX_CREDENTIAL_SOURCES: usize = 8;

/// Longest user name of a Basic credential that a policy should have, in bytes: with it, a longest
/// credential is still read.
pub const MAX_USER_BYTES: usize = crate::format::MAX_TEXT_BYTES;

/// Most proxies that may stand in front and add to `X-Forwarded-For`.
pub const MAX_TRUSTED_HOPS: u8 = 16;

/// The gateway's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings<'a> {
    /// Where the client's address comes from.
    pub client_address: ClientAddress,
    /// Where a credential may stand, in the order of the document.
    #[serde(borrow)]
    pub credentials: ArrayVec<CredentialSource<'a>, MAX_CREDENTIAL_SOURCES>,
    /// What the upstream is told.
    #[serde(borrow)]
    pub forward: Forward<'a>,
    /// Whether the credential is removed before the request goes on.
    pub strip_credential: bool,
    /// What happens to a path that no endpoint matches.
    pub unmatched: Unmatched,
    /// What happens to a CORS preflight.
    pub preflight: Preflight,
    /// The protection space named in `WWW-Authenticate` (RFC 9110, section 11.5).
    pub realm: &'a str,
    /// What keys of our own format begin with, before the `_`.
    pub key_prefix: &'a str,
}

/// Where the client's address comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClientAddress {
    /// The peer of the connection, as the proxy sees it.
    Connection,
    /// The entry of `X-Forwarded-For` that the outermost trusted proxy wrote:
    /// number `trusted_hops` from the right, counted from 1.
    XForwardedFor {
        /// How many trusted proxies add to the header; 1 to [`MAX_TRUSTED_HOPS`].
        trusted_hops: u8,
    },
}

/// A place in which a credential may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CredentialSource<'a> {
    /// The value of this header; the name is in lower case.
    Header(&'a str),
    /// `Authorization: Bearer <key>` (RFC 6750, section 2.1).
    Bearer,
    /// `Authorization: Basic` (RFC 7617) with this user name and the key as password.
    Basic {
        /// The user name.
        user: &'a str,
    },
    /// The value of this query parameter.
    Query(&'a str),
    /// The value of this cookie.
    Cookie(&'a str),
}

/// Headers that tell the upstream who was let in; names are in lower case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forward<'a> {
    /// Carries the name of the client.
    pub client: Option<&'a str>,
    /// Carries the name of the key.
    pub key: Option<&'a str>,
    /// Carries the name of the collection.
    pub collection: Option<&'a str>,
}

/// What happens to a path that no endpoint matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unmatched {
    /// 404.
    Deny,
    /// The request goes on without a credential.
    Allow,
}

/// What happens to a CORS preflight (Fetch standard, "CORS-preflight request").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Preflight {
    /// It is decided as any other request.
    Authorize,
    /// It goes on without a credential.
    Allow,
}

impl<'a> CredentialSource<'a> {
    /// The name of the header field that carries it, in lower case; `None` for a query.
    #[must_use]
    pub fn field(&self) -> Option<&'a str> {
        match self {
            Self::Header(name) => Some(name),
            Self::Bearer | Self::Basic { .. } => Some("authorization"),
            Self::Cookie(_) => Some("cookie"),
            Self::Query(_) => None,
        }
    }
}

impl Settings<'_> {
    /// Proves that nothing here can do harm where it is used: in header names, in a challenge,
    /// in comparisons with lower-case names.
    pub(crate) fn prove(&self) -> Result<(), TableError> {
        let part = Part("settings");
        let words = |holds: bool, what: &'static str, at: usize, expected: &'static str| {
            part.ensure(holds, what, at, Value::Words(expected), Value::Words("another value"))
        };
        let lower_case = "a lower-case header name";
        for (at, source) in self.credentials.iter().enumerate() {
            match source {
                CredentialSource::Header(name) => {
                    words(is_header_name(name), "credential header", at, lower_case)?;
                }
                CredentialSource::Query(name)
                | CredentialSource::Cookie(name)
                | CredentialSource::Basic { user: name } => {
                    let may_be_empty = matches!(source, CredentialSource::Basic { .. });
                    let holds =
                        !name.contains(char::is_control) && (may_be_empty || !name.is_empty());
                    words(holds, "credential name", at, "a name without control characters")?;
                }
                CredentialSource::Bearer => {}
            }
        }
        for (at, name) in self.forward.names().enumerate() {
            words(is_header_name(name), "forwarded header", at, lower_case)?;
        }
        if let ClientAddress::XForwardedFor { trusted_hops } = self.client_address {
            let holds = (1..=MAX_TRUSTED_HOPS).contains(&trusted_hops);
            let found = Value::Number(trusted_hops.into());
            part.ensure(holds, "trusted hops", 0, Value::Words("1 to 16"), found)?;
        }
        words(is_quotable(self.realm), "realm", 0, "printable ASCII without quote and backslash")?;
        let prefix = self.key_prefix.as_bytes();
        let holds = !prefix.is_empty()
            && prefix.len() <= crate::key_format::MAX_PREFIX_BYTES
            && prefix.iter().all(u8::is_ascii_graphic);
        words(holds, "key prefix", 0, "1 to 18 printable characters")
    }
}

impl<'a> Forward<'a> {
    /// The header names in use, in the order client, key, collection.
    pub fn names(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        [self.client, self.key, self.collection].into_iter().flatten()
    }
}

/// A field name as HTTP/2 sends it: a token without upper case.
fn is_header_name(name: &str) -> bool {
    is_token(name.as_bytes()) && !name.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// RFC 9110, section 5.6.2.
// Once in a module, not once for each kind of name.
#[inline(never)]
pub(crate) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(is_token_byte)
}

/// Whether a byte may stand in a token.
pub(crate) fn is_token_byte(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte)
}

/// Text that can stand between quotes in a header without an escape.
fn is_quotable(text: &str) -> bool {
    text.bytes()
        .all(|byte| (byte == b' ' || byte.is_ascii_graphic()) && byte != b'"' && byte != b'\\')
}
