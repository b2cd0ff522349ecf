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
        let text: &[u8; 64] = text.as_bytes().try_into().ok()?;
        let mut digest = [0_u8; 32];
        // Judged once for all digits: a branch for each would cost more than the digits.
        let mut wrong = 0;
        for (byte, [high, low]) in digest.iter_mut().zip(text.as_chunks().0) {
            let (high, low) = (hex_digit(*high), hex_digit(*low));
            wrong |= high | low;
            *byte = high << 4 | low & 0x0f;
        }
        (wrong <= 0x0f).then_some(Self(digest))
    }

    /// The bytes of the digest.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Its first eight bytes as a number, which orders digests as they do.
    pub(super) fn begins(&self) -> u64 {
        u64::from_be_bytes(self.0.first_chunk().copied().unwrap_or_default())
    }

    /// Reads a digest; what is none may be a key, and is not repeated.
    pub(super) fn read(
        reader: &mut Reader,
        context: &Context,
        place: Place,
        text: &str,
    ) -> Option<Self> {
        if let Some(digest) = Self::parse(text) {
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

/// The value of a hexadecimal digit; above 15 for what is none.
fn hex_digit(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte & 0x0f,
        b'a'..=b'f' | b'A'..=b'F' => (byte & 0x0f).saturating_add(9),
        _ => u8::MAX,
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
