//! Keys: their form, whose they are, and what they are good for.

use policy_compiler::model::{Client, Key, Policy};
use policy_table::Reason;
use sha2::{Digest, Sha256};

use super::Check;

const BASE62: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Random characters of a key in the product's own form.
const RANDOM: usize = 30;

/// Characters of its checksum.
const CHECKSUM: usize = 6;

/// The key with this credential, and its client.
pub(super) fn find<'a>(policy: &'a Policy, credential: &[u8]) -> Check<(&'a Client, &'a Key)> {
    let prefix = format!("{}_", policy.gateway.key_prefix.as_str());
    if let Some(rest) = credential.strip_prefix(prefix.as_bytes())
        && !has_right_checksum(rest)
    {
        return Err(Reason::CredentialMalformed);
    }
    let digest: [u8; 32] = Sha256::digest(credential).into();
    for client in &policy.clients {
        for key in &client.keys {
            if *key.digest.as_bytes() == digest {
                return Ok((client, key));
            }
        }
    }
    Err(Reason::CredentialUnknown)
}

/// Switched on, and `not_before <= now < expires`.
pub(super) fn check_validity(key: &Key, now: i64) -> Check<()> {
    if !key.active {
        return Err(Reason::KeyInactive);
    }
    if key.window.not_before().is_some_and(|not_before| now < not_before) {
        return Err(Reason::KeyNotYetValid);
    }
    if key.window.expires().is_some_and(|expires| expires <= now) {
        return Err(Reason::KeyExpired);
    }
    Ok(())
}

/// Granted to the client, and to the key where that has a grant of its own.
pub(super) fn check_grant(client: &Client, key: &Key, collection: usize) -> Check<()> {
    let to_client = client.grant.iter().any(|granted| granted.position() == collection);
    let to_key = match &key.grant {
        Some(grant) => grant.iter().any(|granted| granted.position() == collection),
        None => true,
    };
    if to_client && to_key { Ok(()) } else { Err(Reason::CollectionNotGranted) }
}

/// The checksum for the first part of a key: its CRC-32 in base 62, padded with `0` on the left.
pub fn checksum(random: &[u8]) -> String {
    let mut rest = u64::from(crc32(random));
    let mut digits = Vec::new();
    for _ in 0..CHECKSUM {
        digits.extend(usize::try_from(rest % 62).ok().and_then(|digit| BASE62.chars().nth(digit)));
        rest /= 62;
    }
    digits.iter().rev().collect()
}

fn has_right_checksum(rest: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(rest) else { return false };
    let (random, given) = rest.split_at(rest.len().min(RANDOM));
    text.len() == RANDOM + CHECKSUM
        && text.chars().all(|character| BASE62.contains(character))
        && given == checksum(random).as_bytes()
}

/// CRC-32 of ISO 3309, as in zip and PNG, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = !0_u32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            let low = crc & 1;
            crc = (crc >> 1) ^ (low * 0xEDB8_8320);
        }
    }
    !crc
}
