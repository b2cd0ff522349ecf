//! `portcullis who-can`, `what-can` and `blast-radius`.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use policy_table::walk::{KeptDigest, Routed, route};
use policy_table::{PlainRequest, Reason, Table};

use super::policy::require_stdin_once;
use super::stdin::read_key;
use super::{Outcome, find, moment, output, policy, table};
use crate::compile::{CompileOptions, compile_text};
use crate::review::{OpensView, Question, Span, compare};

/// Tells who may send a request, and from where
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  portcullis who-can policy.table --method DELETE --host api.example.com --path /orders/7\n\nLists keys with the addresses and times for which the request is let in, from now on.\nExits 0, also when nobody may."
)]
pub(super) struct WhoCanArguments {
    /// The policy: a document or a table; `-` is stdin
    policy: PathBuf,
    /// The method of the request
    #[arg(long)]
    method: String,
    /// The path of the request
    #[arg(long)]
    path: String,
    /// The host of the request; left out, one that no policy names
    #[arg(long, default_value = "host.invalid")]
    host: String,
    /// Only who may from this address
    #[arg(long)]
    address: Option<IpAddr>,
    #[command(flatten)]
    when: moment::When,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

/// Tells what a client or a key may do, from where and when
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  portcullis what-can policy.table --client acme\n  portcullis what-can policy.yaml --key acme/production --at 2027-01-01\n\nPublic collections are open to all and not listed. Exits 0, also when it may do nothing, and 1 when\nthe policy has no such client or key."
)]
pub(super) struct WhatCanArguments {
    /// The policy: a document or a table; `-` is stdin
    policy: PathBuf,
    /// The client
    #[arg(long, required_unless_present_any = ["key", "sha256"], conflicts_with_all = ["key", "sha256"])]
    client: Option<String>,
    /// The key by its names
    #[arg(long, value_name = "CLIENT/KEY", conflicts_with = "sha256")]
    key: Option<String>,
    /// The key by its SHA-256: 64 hexadecimal digits, or the first 32
    #[arg(long, value_name = "DIGITS", value_parser = find::read_digest)]
    sha256: Option<KeptDigest>,
    #[command(flatten)]
    when: moment::When,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

/// Tells what a leaked key opens, from how many addresses, and until when
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  portcullis blast-radius policy.table --key acme/production\n  portcullis blast-radius policy.table --stdin < leaked-key.txt\n\nA key is never an argument: others can see those. Exits 0, 1 when the policy has no such key."
)]
pub(super) struct BlastRadiusArguments {
    /// The policy: a document or a table; `-` is stdin
    policy: PathBuf,
    /// The key by its names
    #[arg(long, value_name = "CLIENT/KEY", required_unless_present_any = ["sha256", "stdin"], conflicts_with_all = ["sha256", "stdin"])]
    key: Option<String>,
    /// The key by its SHA-256: 64 hexadecimal digits, or the first 32
    #[arg(long, value_name = "DIGITS", value_parser = find::read_digest, conflicts_with = "stdin")]
    sha256: Option<KeptDigest>,
    /// The key itself, read from standard input
    #[arg(long)]
    stdin: bool,
    #[command(flatten)]
    when: moment::When,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn who_can(arguments: &WhoCanArguments) -> Outcome {
    let request = PlainRequest {
        method: arguments.method.as_bytes(),
        host: arguments.host.as_bytes(),
        path: arguments.path.as_bytes(),
        headers: &[],
        address: arguments.address,
        now: 0,
    };
    ask(&arguments.policy, &arguments.when, arguments.json, |table| {
        let is_small = arguments.method.bytes().any(|byte| byte.is_ascii_lowercase());
        let denied = match route(table, &request) {
            Err(Reason::PathAmbiguous) => {
                Some((Reason::PathAmbiguous, "write the path as it is sent, with its first `/`"))
            }
            Err(reason) => Some((reason, "write the host as it is sent, without a scheme")),
            Ok(Routed::MethodNotAllowed) if is_small => {
                Some((Reason::MethodNotAllowed, "write the method in capitals, as `GET`"))
            }
            Ok(_) => None,
        };
        if let Some((reason, help)) = denied {
            output::say_line(format!(
                "note: whoever sends it, it is denied as `{}`; {help}",
                reason.code()
            ));
        }
        Ok(Question::Who(&request))
    })
}

pub(super) fn what_can(arguments: &WhatCanArguments) -> Outcome {
    ask(&arguments.policy, &arguments.when, arguments.json, |table| {
        match (&arguments.client, arguments.sha256) {
            (Some(name), _) => find::client_in_table(table, name).map(Question::Client),
            (None, Some(digest)) => find::key_with_digest(table, digest).map(Question::Key),
            (None, None) => {
                let name = arguments.key.as_deref().unwrap_or_default();
                find::key_in_table(table, name).map(Question::Key)
            }
        }
    })
}

pub(super) fn blast_radius(arguments: &BlastRadiusArguments) -> Outcome {
    if let Err(outcome) = require_stdin_once(&arguments.policy, arguments.stdin) {
        return outcome;
    }
    ask(&arguments.policy, &arguments.when, arguments.json, |table| {
        let key = match (&arguments.key, arguments.sha256) {
            (Some(name), _) => find::key_in_table(table, name)?,
            (None, Some(digest)) => find::key_with_digest(table, digest)?,
            (None, None) => find::key_with_text(table, &read_key()?)?,
        };
        Ok(Question::Key(key))
    })
}

/// Opens a policy, asks it and writes the answer.
fn ask<'q>(
    path: &Path,
    when: &moment::When,
    json: bool,
    question: impl FnOnce(&Table<'_>) -> Result<Question<'q>, Outcome>,
) -> Outcome {
    policy::open(path, |table| {
        let question = question(table)?;
        let nothing = compile_text(
            "nothing",
            "version: 1\n".to_owned(),
            Path::new(""),
            &CompileOptions::default(),
        )
        .map_err(output::refuse)?;
        let nothing = table::prove(Path::new("nothing"), &nothing.table)?;
        let span: Span = when.span()?;
        // What a table opens is its difference from one that opens nothing.
        let mut opened = compare(&nothing, table, span);
        opened.answer(question);
        let view = OpensView::new(&opened, &path.to_string_lossy());
        Ok(if json { output::json(&view) } else { output::data(view.to_human(output::paint())) })
    })
}
