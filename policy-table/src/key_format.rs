//! The form of keys that Portcullis makes: `<prefix>_<30 base62 characters><6 of CRC-32>`.
//!
//! The checksum is the rule of GitHub's tokens: CRC-32 (IEEE) of the 30 characters, in base62
//! with the alphabet `0-9A-Za-z`, padded with `0` on the left. Scanners find leaked keys by it,
//! and typing errors are refused before anything is hashed.

/// Longest key: one block of SHA-256.
pub const MAX_KEY_BYTES: usize = 55;

/// Random characters in a key.
pub const ENTROPY_CHARACTERS: usize = 30;

/// Characters of the checksum.
pub const CHECKSUM_CHARACTERS: usize = 6;

/// Longest prefix, so that a whole key fits [`MAX_KEY_BYTES`].
pub const MAX_PREFIX_BYTES: usize = MAX_KEY_BYTES - 1 - ENTROPY_CHARACTERS - CHECKSUM_CHARACTERS;

/// The digits of base62, in order of value.
pub const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// With one table of 256 words: larger ones pay for long texts only.
static CRC_32: crc::Crc<u32, crc::Table<1>> =
    crc::Crc::<u32, crc::Table<1>>::new(&crc::CRC_32_ISO_HDLC);

/// The checksum characters for the random characters of a key.
#[must_use]
pub fn checksum(entropy: &[u8]) -> [u8; CHECKSUM_CHARACTERS] {
    let mut left = CRC_32.checksum(entropy);
    let mut characters = [b'0'; CHECKSUM_CHARACTERS];
    for character in characters.iter_mut().rev() {
        let digit = crate::wire::index(left % 62);
        *character = ALPHABET.get(digit).copied().unwrap_or(b'0');
        left /= 62;
    }
    characters
}

/// Whether a credential that carries our prefix has the right form and checksum. Keys that other
/// systems issued have no prefix of ours and no form: for them this always holds.
#[must_use]
pub fn holds(credential: &[u8], prefix: &str) -> bool {
    after_prefix(credential, prefix).is_none_or(|body| {
        body.split_at_checked(ENTROPY_CHARACTERS).is_some_and(|(entropy, sum)| {
            entropy.iter().all(u8::is_ascii_alphanumeric) && sum == checksum(entropy)
        })
    })
}

/// What stands behind our prefix; `None` for what another system issued.
#[must_use]
pub fn after_prefix<'c>(credential: &'c [u8], prefix: &str) -> Option<&'c [u8]> {
    credential.strip_prefix(prefix.as_bytes())?.strip_prefix(b"_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_rule_of_github_tokens() {
        // The public example of GitHub's own documentation of the format.
        assert_eq!(checksum(b"zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ"), *b"0mLq17");
    }

    #[test]
    fn only_keys_with_our_prefix_have_a_form() {
        assert!(holds(b"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", "ghp"));
        assert!(!holds(b"ghp_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq18", "ghp"));
        assert!(!holds(b"ghp_", "ghp"));
        assert!(!holds(b"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1", "ghp"));
        assert!(holds(b"ghp", "ghp"));
        assert!(holds(b"an imported key", "ghp"));
        assert!(holds(b"", "ghp"));
    }
}
