//! Digests of keys.

use std::fmt;

use policy_table::walk::KeptDigest;
use sha2::{Digest as _, Sha256};

use super::context::Context;
use crate::diagnostic::{Code, Diagnostic, secret};
use crate::source::Reader;
use crate::text::Place;

/// The SHA-256 of a key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The SHA-256 of a key.
    pub fn of(key: &[u8]) -> Self {
        Self(Sha256::digest(key).into())
    }

    /// The digest with these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads 64 hexadecimal characters of either case.
    pub fn parse(text: &str) -> Option<Self> {
        let text: &[u8; 64] = text.as_bytes().try_into().ok()?;
        let mut digest = [0_u8; 32];
        // Judged once for all digits: a branch for each would cost more than the digits.
        let mut right = EIGHT * 0x80;
        for (bytes, digits) in digest.as_chunks_mut().0.iter_mut().zip(text.as_chunks().0) {
            let (number, judged) = eight_digits(*digits);
            *bytes = number.to_be_bytes();
            right &= judged;
        }
        (right == EIGHT * 0x80).then_some(Self(digest))
    }

    /// The bytes of the digest.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What a table keeps of it.
    pub(crate) fn kept(&self) -> KeptDigest {
        self.0.first_chunk().copied().unwrap_or_default()
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
        reader.report(if secret::begins_like_key(text, context.key_prefix.as_str()) {
            Diagnostic::key_here(place)
        } else {
            let message = format!(
                "a digest is 64 hexadecimal characters, this text of {} characters is none",
                text.chars().count()
            );
            Diagnostic::error(Code::InvalidDigest, place, message).help(
                "write the SHA-256 of the key, as `portcullis key hash` prints it; if this is the key itself, that one is to be replaced: `portcullis key new`",
            )
        });
        None
    }
}

/// Eight bytes of 1; multiplied by a byte, eight of these.
const EIGHT: u64 = 0x0101_0101_0101_0101;

/// The number that eight hexadecimal digits make, and a mask with the upper bit of the byte of
/// each that is one. All eight are looked at at once, each in its byte of a word.
fn eight_digits(digits: [u8; 8]) -> (u32, u64) {
    let digits = u64::from_be_bytes(digits);
    let low = digits & (EIGHT * 0x7f);
    // The upper bit of a byte where it is `first` or above: no sum goes beyond its byte.
    let from = |bytes: u64, first: u8| {
        bytes.wrapping_add(EIGHT.wrapping_mul(u64::from(0x80_u8.wrapping_sub(first))))
    };
    let letters = low | (EIGHT * 0x20);
    let decimal = from(low, b'0') & !from(low, b'9' + 1);
    let letter = from(letters, b'a') & !from(letters, b'f' + 1);
    let right = (decimal | letter) & !digits & (EIGHT * 0x80);
    // A letter has the bit that no decimal digit has, and is worth 9 more than its lower bits.
    let values = (low & (EIGHT * 0x0f)).wrapping_add((low >> 6 & EIGHT).wrapping_mul(9));
    let bytes = (values | values >> 4) & 0x00ff_00ff_00ff_00ff;
    let pairs = (bytes | bytes >> 8) & 0x0000_ffff_0000_ffff;
    // INVARIANT: four bytes are left.
    (u32::try_from((pairs | pairs >> 16) & 0xffff_ffff).unwrap_or_default(), right)
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A digest digit by digit.
    fn slowly(text: &str) -> Option<Digest> {
        let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
        let byte = |pair: &[u32]| u8::try_from(pair[0] * 16 + pair[1]).unwrap();
        let bytes: Vec<u8> = digits?.chunks_exact(2).map(byte).collect();
        (text.len() == 64).then(|| Digest(bytes.try_into().unwrap()))
    }

    #[test]
    fn every_byte_is_a_digit_or_none() {
        for byte in 0..=u8::MAX {
            for at in 0..64 {
                let mut text = *b"0123456789abcdefABCDEF0123456789fedcba98765432100f1e2d3c4b5a6978";
                text[at] = byte;
                if let Ok(text) = std::str::from_utf8(&text) {
                    assert_eq!(Digest::parse(text), slowly(text), "{text}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn digests_are_read_as_digit_by_digit(text in "[0-9a-fA-F]{60}[0-9a-fA-F]{3,5}|[0-9a-gG/:@`\u{e9}]{61,64}") {
            prop_assert_eq!(Digest::parse(&text), slowly(&text));
        }
    }
}
