//! `portcullis key check`.

use std::path::PathBuf;

use clap::Args;
use policy_table::Reason;
use serde::Serialize;

use super::super::edit::refused;
use super::super::moment::Moment;
use super::super::stdin::read_key;
use super::super::{Outcome, output};
use crate::edit::Document;
use crate::key::{Form, Status};
use crate::model::{Client, Digest, Key, Policy};

/// Tells whose a key is and whether it can be used now
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  portcullis key check policy.yaml < key.txt\n\nReads one line from standard input, without its end. The key is no argument, as others could\nsee it, and is not repeated. Exits 0 when a key of the policy is active, 1 otherwise; addresses and\ncollections are what `portcullis explain` looks at."
)]
pub(super) struct CheckArguments {
    /// The policy document
    policy: PathBuf,
    #[command(flatten)]
    moment: Moment,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

/// What is known about a key; never the key.
#[derive(Serialize)]
struct Judgement<'p> {
    form: &'static str,
    checksum: Option<bool>,
    client: Option<&'p str>,
    key: Option<&'p str>,
    status: &'static str,
    reason: Option<&'static str>,
}

pub(super) fn run(arguments: &CheckArguments) -> Outcome {
    let document = match Document::look_at(&arguments.policy) {
        Ok(document) => document,
        Err(reason) => return refused(&reason),
    };
    let key = match read_key() {
        Ok(key) => key,
        Err(outcome) => return outcome,
    };
    let judgement = judge(document.policy(), &key, arguments.moment.now());
    if judgement.client.is_none()
        && let Some((client, of)) = hashed_with_line_end(document.policy(), &key)
    {
        output::say_line(format!(
            "note: key `{}` of client `{}` has the digest of this key with a line end behind it; give it that of the key alone, which `portcullis key hash` prints",
            of.name, client.name
        ));
    }
    let shown = if arguments.json {
        output::json(&judgement)
    } else {
        output::data(output::aligned(&judgement.lines()))
    };
    match judgement.reason {
        Some(_) if shown == Outcome::Success => Outcome::Failure,
        _ => shown,
    }
}

fn judge<'p>(policy: &'p Policy, key: &[u8], now: i64) -> Judgement<'p> {
    let form = Form::of(key, &policy.gateway.key_prefix);
    let owner = owner(policy, Digest::of(key));
    let (status, reason) = match (form, owner) {
        // A key with a wrong checksum is refused before anybody looks whose it is.
        (Form::Damaged, _) => ("malformed", Some(Reason::CredentialMalformed)),
        (_, None) => ("unknown", Some(Reason::CredentialUnknown)),
        (_, Some((client, key))) => {
            let status = Status::of(client, key, now);
            (status.words(), status.reason())
        }
    };
    Judgement {
        form: form.code(),
        checksum: match form {
            Form::Whole => Some(true),
            Form::Damaged => Some(false),
            Form::Foreign => None,
        },
        client: owner.map(|(client, _)| client.name.as_str()),
        key: owner.map(|(_, key)| key.name.as_str()),
        status,
        reason: reason.map(Reason::code),
    }
}

/// Whose key it is.
fn owner(policy: &Policy, digest: Digest) -> Option<(&Client, &Key)> {
    let mut keys =
        policy.clients.iter().flat_map(|client| client.keys.iter().map(move |key| (client, key)));
    keys.find(|(_, key)| key.digest == digest)
}

/// The key that was hashed as a line, as `echo` and `sha256sum` do: nobody could ever use it.
fn hashed_with_line_end<'p>(policy: &'p Policy, key: &[u8]) -> Option<(&'p Client, &'p Key)> {
    let ends: [&[u8]; 2] = [b"\n", b"\r\n"];
    ends.into_iter().find_map(|end| owner(policy, Digest::of(&[key, end].concat())))
}

impl Judgement<'_> {
    fn lines(&self) -> Vec<(&'static str, String)> {
        let form = match self.checksum {
            Some(true) => "a key of this policy's form, its checksum is right",
            Some(false) => {
                "the prefix of this policy, but a wrong form or checksum: a typing error?"
            }
            None => "no key of this policy's form: another system issued it",
        };
        let nobody = || "nobody's".to_owned();
        vec![
            ("form", form.to_owned()),
            ("client", self.client.map_or_else(nobody, str::to_owned)),
            ("key", self.key.map_or_else(nobody, str::to_owned)),
            ("status", self.status.to_owned()),
        ]
    }
}
