//! A key from its making to the one time that it is shown.

use std::path::Path;

use super::super::{Outcome, output};
use crate::escape::shown;
use crate::key::NewKey;
use crate::model::{Client, Digest, Name, Policy};

/// What people are told when no key was made.
pub(super) const NO_KEY: &str = "no key was made, the document is as it was";

/// A key that is not shown yet; none in a dry run.
pub(super) struct Made(Option<NewKey>);

impl Made {
    /// Makes a key; its digest is that of no key in a dry run, which makes none.
    pub(super) fn make(policy: &Policy, dry_run: bool) -> Result<(Digest, Self), Outcome> {
        if dry_run {
            output::say_line("the digest of zeros stands for that of the key, which is not made");
            return Ok((Digest::from_bytes([0; 32]), Self(None)));
        }
        if output::is_lost() {
            return Err(output::refuse(
                "standard output leads nowhere, and the key is shown only there: send it to a file or a terminal",
            ));
        }
        match NewKey::generate(&policy.gateway.key_prefix) {
            Ok(key) => Ok((key.digest(), Self(Some(key)))),
            Err(error) => Err(output::refuse(error)),
        }
    }

    /// Shows the key: the document with its digest is written.
    pub(super) fn show(self, path: &Path, name: &Name) -> Outcome {
        let Self(Some(key)) = self else { return Outcome::Success };
        output::say_line(format!(
            "added the digest of key `{name}` to {}; this is the only time the key is shown:",
            shown(path)
        ));
        match output::reveal(key.reveal()) {
            Ok(()) => Outcome::Success,
            Err(error) => output::refuse(format!(
                "the key could not be shown: {error}; nobody has it, take it out with `portcullis key revoke --remove`"
            )),
        }
    }
}

/// A name for a new key of a client.
pub(super) fn new_name(client: &Client, text: &str) -> Result<Name, Outcome> {
    if client.keys.iter().any(|key| key.name.as_str() == text) {
        return Err(output::fail(format!(
            "client `{}` has a key `{text}` already; choose another name",
            client.name
        )));
    }
    read_name(text)
}

/// A name as an argument gives it.
pub(super) fn read_name(text: &str) -> Result<Name, Outcome> {
    Name::new(text).ok_or_else(|| {
        output::refuse(
            "a key name is 1 to 128 printable ASCII characters, no space at either end, and no key",
        )
    })
}
