//! The digest of a credential, which is what tables have of keys.

use sha2::block_api::compress256;
use sha2::{Digest, Sha256};

/// The SHA-256 of a credential (FIPS 180-4). One block holds nearly every key; made here it takes
/// none of the buffers that a text of any length needs, which cost a module more than half as much
/// again as the hash.
pub(super) fn sha256(credential: &[u8]) -> [u8; 32] {
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
