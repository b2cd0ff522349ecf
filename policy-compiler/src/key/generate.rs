//! A key in the product's format, from the entropy of the operating system.

use std::fmt;

use policy_table::key_format::{ALPHABET, ENTROPY_CHARACTERS, checksum};

use crate::model::{Digest, KeyPrefix};

/// A key that nobody has seen yet. It has no `Debug` and no `Clone`: it is shown once.
pub struct NewKey(String);

/// The operating system gives no random bytes.
#[derive(Debug)]
pub struct NoEntropy;

impl NewKey {
    /// Makes `<prefix>_<30 random base62 characters><6 characters of CRC-32>`: 178 bits of
    /// entropy.
    ///
    /// # Errors
    /// When there is no entropy to be had.
    pub fn generate(prefix: &KeyPrefix) -> Result<Self, NoEntropy> {
        let mut entropy = Vec::with_capacity(ENTROPY_CHARACTERS);
        while entropy.len() < ENTROPY_CHARACTERS {
            let mut bytes = [0_u8; 2 * ENTROPY_CHARACTERS];
            getrandom::fill(&mut bytes).map_err(|_| NoEntropy)?;
            let missing = ENTROPY_CHARACTERS.saturating_sub(entropy.len());
            entropy.extend(bytes.into_iter().filter_map(base62).take(missing));
        }
        let sum = checksum(&entropy);
        let characters = entropy.into_iter().chain(sum).map(char::from);
        Ok(Self(format!("{}_{}", prefix.as_str(), characters.collect::<String>())))
    }

    /// The SHA-256 of the key, all that is kept of it.
    pub fn digest(&self) -> Digest {
        Digest::of(self.0.as_bytes())
    }

    /// The key itself, to be shown once.
    pub fn reveal(self) -> String {
        self.0
    }
}

impl fmt::Display for NoEntropy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the operating system gives no random bytes")
    }
}

impl std::error::Error for NoEntropy {}

/// A base62 character from a random byte; the last eight values would make some characters
/// likelier than others.
fn base62(byte: u8) -> Option<u8> {
    (byte < 248).then(|| ALPHABET.get(usize::from(byte % 62)).copied()).flatten()
}

#[cfg(test)]
mod tests {
    use sha2::Digest as _;

    use super::*;

    #[test]
    fn a_new_key_has_the_form_that_the_filter_checks() {
        let prefix = KeyPrefix::default();
        let keys = [(); 100].map(|()| NewKey::generate(&prefix).unwrap().reveal());
        for key in &keys {
            assert_eq!(key.len(), "pc_live_".len() + 36);
            assert!(policy_table::key_format::holds(key.as_bytes(), "pc_live"));
        }
        assert!(keys.iter().enumerate().all(|(at, key)| !keys[..at].contains(key)));
    }

    #[test]
    fn the_digest_is_that_of_the_whole_key() {
        let key = NewKey::generate(&KeyPrefix::default()).unwrap();
        let digest = key.digest();
        let expected: [u8; 32] = sha2::Sha256::digest(key.reveal()).into();
        assert_eq!(digest.as_bytes(), &expected);
    }
}
