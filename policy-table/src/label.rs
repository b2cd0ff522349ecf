//! What stands for a client or a key where people look: its name or, where names were left out, an
//! id that stays the same from table to table.

use core::fmt::{self, Write};
use core::ops::Deref;

use arrayvec::ArrayString;
use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use crate::format::{CLIENT_ID_BYTES, KEY_ID_BYTES};

/// A name, or the id that stands for it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Label<'a> {
    /// The name in the policy.
    Name(&'a str),
    /// `client-` and the first 48 bits of the SHA-256 of the client's name, or `key-` and the
    /// first 64 bits of the SHA-256 of the key, in hexadecimal.
    Id(ArrayString<LONGEST>),
}

/// `client-` and twelve hexadecimal digits, or `key-` and sixteen.
const LONGEST: usize = 20;

impl Label<'static> {
    /// The id that stands for a client of this name.
    #[must_use]
    pub fn id_of_client(name: &str) -> Self {
        Self::client(client_id(name))
    }

    /// The id that stands for a key of this digest.
    #[must_use]
    pub fn id_of_key(digest: &[u8; 32]) -> Self {
        Self::key(digest.first_chunk().copied().unwrap_or_default())
    }

    /// The id of a client from what a table has for it.
    pub(crate) fn client(first: [u8; CLIENT_ID_BYTES]) -> Self {
        Self::id("client-", &first)
    }

    /// The id of a key from what a table has for it.
    pub(crate) fn key(first: [u8; KEY_ID_BYTES]) -> Self {
        Self::id("key-", &first)
    }

    fn id(prefix: &str, bytes: &[u8]) -> Self {
        let mut id = ArrayString::new();
        // INVARIANT: `LONGEST` holds both forms.
        let _ = id.write_str(prefix);
        for byte in bytes {
            let _ = write!(id, "{byte:02x}");
        }
        Self::Id(id)
    }
}

/// What a table has in the place of a client's name.
pub(crate) fn client_id(name: &str) -> [u8; CLIENT_ID_BYTES] {
    let digest: [u8; 32] = Sha256::digest(name.as_bytes()).into();
    digest.first_chunk().copied().unwrap_or_default()
}

impl Label<'_> {
    /// The text of the name or id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Name(name) => name,
            Self::Id(id) => id,
        }
    }
}

impl Deref for Label<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Label<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl fmt::Debug for Label<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}

impl PartialEq<str> for Label<'_> {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Label<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

/// As its text.
impl Serialize for Label<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
