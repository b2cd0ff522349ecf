//! Tables of which each gives some keys other rights than the one before.

use anyhow::{Context, Result};
use policy_table::write::*;
use portcullis_benches::envoy::message;
use portcullis_benches::listed::one_client;
use portcullis_benches::reference::{key, settings};
use sha2::{Digest, Sha256};

/// Keys that requests carry.
pub(crate) const KEYS: usize = 10_000;

/// Keys change in turn, so many parts of them.
const PARTS: u64 = 8;

/// The status that a request with this key gets from the table of this version: in each version an
/// eighth of the keys is absent, one is switched off, and one may not be used from here.
pub(crate) fn verdict(key: usize, version: u64) -> u16 {
    match (key as u64).wrapping_add(version) % PARTS {
        0 | 1 => 401,
        2 => 403,
        _ => 200,
    }
}

/// The request with this key.
pub(crate) fn message_of(number: usize) -> Vec<u8> {
    message("/orders/4711?page=2", &[("x-api-key", &key(number))])
}

/// The table of a version; no two of them are equal, as its realm says which it is.
pub(crate) fn table(version: u64) -> Result<Vec<u8>> {
    let realm = format!("soak-{version}");
    let (mut writer, client) = one_client(Settings { realm: &realm, ..settings() });
    let mut rule = |first: u32, last: u32| {
        let mut allowed = AddressSet::default();
        allowed.insert_v4(first.into(), last.into());
        writer.address_rule(&AddressSet::default(), &allowed)
    };
    let here = rule(0x7F00_0000, 0x7FFF_FFFF);
    let elsewhere = rule(0x0A00_0000, 0x0AFF_FFFF);
    for number in 0..KEYS {
        let part = (number as u64).wrapping_add(version) % PARTS;
        if part == 0 {
            continue;
        }
        writer.key(Key {
            name: "k".into(),
            digest: Sha256::digest(key(number).as_bytes()).into(),
            client,
            active: part != 1,
            rule: if part == 2 { elsewhere } else { here },
            grant: None,
            not_before: None,
            expires: None,
        });
    }
    writer.finish().context("the policy does not fit a table")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_changes_what_some_keys_may_do_and_is_another_table() {
        for version in 0..PARTS {
            let changed =
                (0..KEYS).filter(|key| verdict(*key, version) != verdict(*key, version + 1));
            assert!(changed.count() > KEYS / 10);
        }
        assert_ne!(table(0).unwrap(), table(PARTS).unwrap());
    }
}
