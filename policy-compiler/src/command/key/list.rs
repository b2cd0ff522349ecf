//! `portcullis key list`.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::super::edit::refused;
use super::super::moment::Moment;
use super::super::{Outcome, find, output};
use crate::edit::Document;
use crate::key::Status;
use crate::model::{AddressEntry, AddressList, Client, Key, Policy, show_time};

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

/// How many addresses people are shown.
const SHOWN_ADDRESSES: usize = 2;

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
        allowed_ips: entries(&key.rule.allowed),
        blocked_ips: entries(&key.rule.blocked),
        collections: collections.map(|collection| collection.name.as_str()).collect(),
        digest: key.digest.to_string().chars().take(DIGEST_CHARACTERS).collect(),
        last_use: None,
    }
}

fn entries(list: &AddressList) -> Vec<String> {
    let entries = list.entries().iter().map(|entry| match entry {
        AddressEntry::List(list) => format!("list:{}", list.name()),
        AddressEntry::Range(range) => range.to_string(),
    });
    entries.collect()
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
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        let line = cells.collect::<Vec<String>>().join("  ");
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
            if self.collections.is_empty() {
                "none".to_owned()
            } else {
                self.collections.join(",")
            },
            self.digest.clone(),
        ]
    }

    fn addresses(&self) -> String {
        let some = |entries: &[String]| match entries.get(..SHOWN_ADDRESSES) {
            Some(shown) if entries.len() > shown.len() => {
                format!(
                    "{} and {} more",
                    shown.join(","),
                    entries.len().saturating_sub(shown.len())
                )
            }
            _ => entries.join(","),
        };
        match (self.allowed_ips.as_slice(), self.blocked_ips.as_slice()) {
            ([], []) => "any".to_owned(),
            (allowed, []) => some(allowed),
            ([], blocked) => format!("any but {}", some(blocked)),
            (allowed, blocked) => format!("{} but {}", some(allowed), some(blocked)),
        }
    }
}
