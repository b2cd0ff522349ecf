//! Digests of keys, and the refusal of keys in clear text.

use std::fmt;

use super::context::Context;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Place, Reader};

/// How to get from a key to what may stand in a document.
pub(super) const HASH_HELP: &str = "store only its digest: `printf %s \"$KEY\" | sha256sum`, or make a new key with `portcullis key new`; a key that stood here is to be replaced";

/// The SHA-256 of a key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest with these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads 64 hexadecimal characters of either case.
    pub fn parse(text: &str) -> Option<Self> {
        let mut digest = [0_u8; 32];
        if text.len() != 64 {
            return None;
        }
        for (byte, pair) in digest.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let [high, low] = pair else { return None };
            let high = char::from(*high).to_digit(16)?;
            let low = char::from(*low).to_digit(16)?;
            *byte = u8::try_from((high << 4) | low).ok()?;
        }
        Some(Self(digest))
    }

    /// The bytes of the digest.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads a digest; what is none may be a key, and is not repeated.
    pub(super) fn read(
        reader: &mut Reader,
        context: &Context,
        place: Place,
        text: &str,
    ) -> Option<Self> {
        if let Some(digest) = Self::parse(text) {
            context.digests.borrow_mut().push((digest, place));
            return Some(digest);
        }
        reader.diagnostics.hide(place);
        reader.report(if text.starts_with(context.key_prefix.as_str()) {
            Diagnostic::error(Code::ClearTextKey, place, "a key stands here in clear text")
                .help(HASH_HELP)
        } else {
            let message = format!(
                "a digest is 64 hexadecimal characters, this text of {} characters is none",
                text.chars().count()
            );
            Diagnostic::error(Code::InvalidDigest, place, message).help(
                "write the SHA-256 of the key; if this is the key itself: `printf %s \"$KEY\" | sha256sum`, or `portcullis key new`",
            )
        });
        None
    }
}

/// 64 hexadecimal characters in lower case.
impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// A digest tells keys apart; it is shortened so that logs do not fill with them.
impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short: String = self.to_string().chars().take(8).collect();
        write!(formatter, "Digest({short}..)")
    }
}
