//! Which key a command is about: by its names or by its digest, never by its text.

use policy_table::settings::CredentialSource;
use policy_table::walk::KeptDigest;
use policy_table::{KeyIndex, Table};

use super::{Outcome, output};

/// The key of a name, `CLIENT/KEY`; ids stand for names that were left out.
pub(super) fn named(table: &Table<'_>, text: &str) -> Result<KeyIndex, Outcome> {
    // A name may hold a slash itself, so that every way to cut the text is tried.
    let matches = |client: &str, key: &str| {
        let rest = text.strip_prefix(client).and_then(|rest| rest.strip_prefix('/'));
        rest == Some(key)
    };
    let found = table
        .keys()
        .find(|facts| matches(&table.client_name(facts.client), &table.key_name(facts.key)));
    found.map(|facts| facts.key).ok_or_else(|| {
        output::refuse(format!(
            "there is no key `{text}`: write `CLIENT/KEY` as the policy has them"
        ))
    })
}

/// The first 128 bits of a SHA-256 in hexadecimal, of which more may be given.
pub(super) fn read_digest(text: &str) -> Result<KeptDigest, &'static str> {
    const MESSAGE: &str = "write the SHA-256 of the key, or its first 32 hexadecimal digits";
    let digits = text.as_bytes();
    let holds = (32..=64).contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit);
    let kept = digits.get(..32).filter(|_| holds).ok_or(MESSAGE)?;
    let kept = std::str::from_utf8(kept).map_err(|_| MESSAGE)?;
    u128::from_str_radix(kept, 16).map(u128::to_be_bytes).map_err(|_| MESSAGE)
}

/// The first place in which a table looks for a key.
pub(super) fn usual_place<'t>(table: &Table<'t>) -> Result<CredentialSource<'t>, Outcome> {
    let places = &table.settings().credentials;
    places.first().copied().ok_or_else(|| output::refuse("the policy looks for keys nowhere"))
}
