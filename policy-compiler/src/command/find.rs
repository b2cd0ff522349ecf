//! What a command is about: a client or a key, by its name or its digest, never by the key's text.

use policy_table::settings::CredentialSource;
use policy_table::walk::{KeptDigest, KeyFacts};
use policy_table::{ClientIndex, KeyIndex, Reason, Table, key_format};

use super::{Outcome, output};
use crate::diagnostic::did_you_mean_name;
use crate::escape::hexadecimal;
use crate::model::{Client, Digest, Key, Policy};

/// What to do where a table was compiled with `--names omit`.
const NO_NAMES: &str =
    "the table has ids instead of names: write the id, which TABLE.names has beside the name";

/// The client of a policy with this name.
pub(super) fn client<'p>(policy: &'p Policy, name: &str) -> Result<&'p Client, Outcome> {
    let found = policy.clients.iter().find(|client| client.name.as_str() == name);
    found.ok_or_else(|| {
        let names = policy.clients.iter().map(|client| client.name.as_str());
        no_client(name, did_you_mean_name(name, names), "add it to `clients` first")
    })
}

/// The key of a client with this name.
pub(super) fn key<'p>(client: &'p Client, name: &str) -> Result<&'p Key, Outcome> {
    key_or_profile(client, "key", name)
}

/// The key or access profile of a client with this name; `what` is what the user takes it for.
pub(super) fn key_or_profile<'p>(
    client: &'p Client,
    what: &str,
    name: &str,
) -> Result<&'p Key, Outcome> {
    let found = client.keys.iter().find(|key| key.name.as_str() == name);
    found.ok_or_else(|| {
        let names = client.keys.iter().map(|key| key.name.as_str());
        let help = did_you_mean_name(name, names)
            .unwrap_or_else(|| "`portcullis key list` shows its keys".to_owned());
        output::fail(format!("client `{}` has no {what} `{name}`; {help}", client.name))
    })
}

/// The client of a table with this name; ids stand for names that were left out.
pub(super) fn client_in_table(table: &Table<'_>, name: &str) -> Result<ClientIndex, Outcome> {
    let clients = || (0..table.counts().clients).filter_map(|position| table.client(position));
    let mut found = clients().filter(|client| table.client_name(*client) == *name);
    match (found.next(), found.next()) {
        (Some(client), None) => Ok(client),
        (None, _) => {
            let names = clients().map(|client| table.client_name(client).to_string());
            let otherwise = match table.has_client_names() {
                true => "write its name as the policy has it",
                false => NO_NAMES,
            };
            Err(no_client(name, did_you_mean_name(name, names), otherwise))
        }
        (Some(_), Some(_)) => Err(output::refuse(format!(
            "`{name}` stands for several clients; ask for their keys by digest, or ask the policy or a table with names"
        ))),
    }
}

/// The key of a table with this name, `CLIENT/KEY`; ids stand for names that were left out.
pub(super) fn key_in_table(table: &Table<'_>, name: &str) -> Result<KeyIndex, Outcome> {
    // A name may hold a slash itself, so that every way to cut the text is tried.
    let matches = |client: &str, key: &str| {
        let rest = name.strip_prefix(client).and_then(|rest| rest.strip_prefix('/'));
        rest == Some(key)
    };
    let found: Vec<KeyFacts> = table
        .keys()
        .filter(|facts| matches(&table.client_name(facts.client), &table.key_name(facts.key)))
        .collect();
    match found.as_slice() {
        [facts] => Ok(facts.key),
        [] => {
            let names = table.keys().map(|facts| {
                format!("{}/{}", table.client_name(facts.client), table.key_name(facts.key))
            });
            let otherwise = match table.has_client_names() && table.has_key_names() {
                true => "write `CLIENT/KEY` as the policy has them",
                false => NO_NAMES,
            };
            let help = did_you_mean_name(name, names).unwrap_or_else(|| otherwise.to_owned());
            Err(output::fail(format!("there is no key `{name}`; {help}")))
        }
        several => Err(ambiguous(table, name, several)),
    }
}

/// Which of several keys is meant, only their digests tell.
fn ambiguous(table: &Table<'_>, name: &str, keys: &[KeyFacts]) -> Outcome {
    let keys: Vec<String> = keys
        .iter()
        .map(|facts| {
            let digest = hexadecimal(&facts.digest);
            let (client, key) = (table.client_name(facts.client), table.key_name(facts.key));
            format!("key `{key}` of client `{client}`: `--sha256 {digest}`")
        })
        .collect();
    output::refuse(format!(
        "`{name}` can be read in {} ways; name the key by its digest:\n  {}",
        keys.len(),
        keys.join("\n  ")
    ))
}

/// The key of a table with this text.
pub(super) fn key_with_text(table: &Table<'_>, text: &[u8]) -> Result<KeyIndex, Outcome> {
    let prefix = table.settings().key_prefix;
    if !key_format::holds(text, prefix) {
        return Err(output::fail(format!(
            "whatever the policy says of it, every request with this key is denied as `{}`: it begins with `{prefix}_`, but has not the form and the checksum of such keys",
            Reason::CredentialMalformed.code()
        )));
    }
    key_with_digest(table, Digest::of(text).kept())
}

/// The key of a table with this digest.
pub(super) fn key_with_digest(table: &Table<'_>, digest: KeptDigest) -> Result<KeyIndex, Outcome> {
    table.find_key(digest).ok_or_else(|| output::fail("the policy has no such key"))
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

fn no_client(name: &str, meant: Option<String>, otherwise: &str) -> Outcome {
    let help = meant.unwrap_or_else(|| otherwise.to_owned());
    output::fail(format!("there is no client `{name}`; {help}"))
}
