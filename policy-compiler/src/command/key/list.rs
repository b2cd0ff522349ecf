//! `portcullis key list`.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::super::edit::refused;
use super::super::moment::Moment;
use super::super::{Outcome, find, output};
use crate::edit::Document;
use crate::key::Status;
use crate::model::{Client, Key, Policy, show_time};

/// Lists the keys of a policy, with their status and dates
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  portcullis key list policy.yaml\n  portcullis key list --client acme --at 2027-01-01 --json policy.yaml\n\nOf digests the first 12 characters are shown. When a key was last used is not known here: the\nlog of the proxy tells it."
)]
pub(super) struct ListArguments {
    /// Only the keys of this client
    #[arg(long)]
    client: Option<String>,
    #[command(flatten)]
    moment: Moment,
    /// Write JSON
    #[arg(long)]
    json: bool,
    /// The policy document
    policy: PathBuf,
}

/// One key.
#[derive(Serialize)]
struct Row<'p> {
    client: &'p str,
    key: &'p str,
    kind: &'static str,
    status: &'static str,
    not_before: Option<String>,
    expires: Option<String>,
    allowed_ips: Vec<String>,
    blocked_ips: Vec<String>,
    collections: Vec<&'p str>,
    digest: String,
    /// Not known here.
    last_use: Option<String>,
}

/// How many characters of a digest are shown.
const DIGEST_CHARACTERS: usize = 12;

/// How many addresses people are shown,
const SHOWN_ADDRESSES: usize = 2;
/// and how many collections.
const SHOWN_COLLECTIONS: usize = 10;

const HEADER: [&str; 8] =
    ["CLIENT", "KEY", "STATUS", "NOT BEFORE", "EXPIRES", "ADDRESSES", "COLLECTIONS", "DIGEST"];

pub(super) fn run(arguments: &ListArguments) -> Outcome {
    let document = match Document::look_at(&arguments.policy) {
        Ok(document) => document,
        Err(reason) => return refused(&reason),
    };
    let policy = document.policy();
    let clients: Vec<&Client> = match &arguments.client {
        None => policy.clients.iter().collect(),
        Some(name) => match find::client(policy, name) {
            Ok(client) => vec![client],
            Err(outcome) => return outcome,
        },
    };
    let now = arguments.moment.now();
    let keys =
        clients.into_iter().flat_map(|client| client.keys.iter().map(move |key| (client, key)));
    let rows: Vec<Row<'_>> = keys.map(|(client, key)| row(policy, client, key, now)).collect();
    if arguments.json {
        return output::json(&rows);
    }
    output::say_line("when a key was last used is not known here: the log of the proxy tells it");
    show(&rows)
}

fn row<'p>(policy: &'p Policy, client: &'p Client, key: &'p Key, now: i64) -> Row<'p> {
    let grant = key.grant.as_deref().unwrap_or(&client.grant).iter();
    let collections = grant.filter_map(|index| policy.collection(*index));
    Row {
        client: client.name.as_str(),
        key: key.name.as_str(),
        kind: if key.legacy.is_some() { "access profile" } else { "key" },
        status: Status::of(client, key, now).words(),
        not_before: key.window.not_before().map(show_time),
        expires: key.window.expires().map(show_time),
        allowed_ips: key.rule.allowed.texts(),
        blocked_ips: key.rule.blocked.texts(),
        collections: collections.map(|collection| collection.name.as_str()).collect(),
        digest: key.digest.to_string().chars().take(DIGEST_CHARACTERS).collect(),
        last_use: None,
    }
}

fn show(rows: &[Row<'_>]) -> Outcome {
    let header = HEADER.map(str::to_owned);
    let cells: Vec<[String; 8]> =
        std::iter::once(header).chain(rows.iter().map(Row::cells)).collect();
    let mut widths = [0_usize; 8];
    for row in &cells {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.len().max(*width);
        }
    }
    let mut lines = output::Lines::new();
    for row in &cells {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            line.push_str(cell);
            // Not by a width of `format!`, which panics beyond 65,535.
            line.extend(std::iter::repeat_n(
                ' ',
                width.saturating_sub(cell.len()).saturating_add(2),
            ));
        }
        if !lines.text(line.trim_end()) {
            break;
        }
    }
    lines.finish()
}

impl Row<'_> {
    fn cells(&self) -> [String; 8] {
        let date = |date: &Option<String>| date.clone().unwrap_or_else(|| "-".to_owned());
        let status = match self.kind {
            "key" => self.status.to_owned(),
            _ => format!("{}, legacy", self.status),
        };
        [
            self.client.to_owned(),
            self.key.to_owned(),
            status,
            date(&self.not_before),
            date(&self.expires),
            self.addresses(),
            match self.collections.as_slice() {
                [] => "none".to_owned(),
                collections => first_of(collections, SHOWN_COLLECTIONS),
            },
            self.digest.clone(),
        ]
    }

    fn addresses(&self) -> String {
        let some = |entries: &[String]| first_of(entries, SHOWN_ADDRESSES);
        match (self.allowed_ips.as_slice(), self.blocked_ips.as_slice()) {
            ([], []) => "any".to_owned(),
            (allowed, []) => some(allowed),
            ([], blocked) => format!("any but {}", some(blocked)),
            (allowed, blocked) => format!("{} but {}", some(allowed), some(blocked)),
        }
    }
}

/// The first so many, and how many more there are.
fn first_of(entries: &[impl AsRef<str>], most: usize) -> String {
    let shown: Vec<&str> = entries.iter().take(most).map(AsRef::as_ref).collect();
    match entries.len().saturating_sub(shown.len()) {
        0 => shown.join(","),
        more => format!("{} and {more} more", shown.join(",")),
    }
}
