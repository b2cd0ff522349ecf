//! `portcullis key rotate` and `portcullis key refresh`.

use clap::Args;

use super::super::edit::{EditArguments, Edited, edit, read_end};
use super::super::moment::Moment;
use super::super::{Outcome, find, output};
use super::make::{Made, NO_KEY, new_name};
use crate::edit::Change;
use crate::key::{End, Rotation, fresh_name, rotate};
use crate::model::{Client, Key, Name, parse_period, show_time};

/// Makes a new key in the place of an old one, which goes on for a while
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  portcullis key rotate --client acme --name production --overlap 14d policy.yaml\n  portcullis key rotate --client acme --name ci --overlap 1d --new-name ci-2 --expires 2028-01-01 policy.yaml\n\nThe new key may do what the old one may: it has its addresses, its collections and, unless\n`--expires` says otherwise, its end. It stands where the old one stands, in the document or in a\nkey file. The old one ends after the overlap, unless it ends earlier by itself. The new key goes\nto stdout and nowhere else."
)]
pub(super) struct RotateArguments {
    #[command(flatten)]
    new: NewKeyArguments,
    /// How long the old key goes on: `30m`, `12h`, `14d`
    #[arg(long, value_name = "PERIOD", value_parser = read_overlap)]
    overlap: u64,
    #[command(flatten)]
    edit: EditArguments,
}

/// Makes a new key in the place of an old one, which ends at once
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  portcullis key refresh --client acme --name production policy.yaml\n\nThe same as `key rotate` without an overlap: for a key that may have leaked. Requests with the old\nkey are denied as `key_expired` as soon as the new table is loaded."
)]
pub(super) struct RefreshArguments {
    #[command(flatten)]
    new: NewKeyArguments,
    #[command(flatten)]
    edit: EditArguments,
}

#[derive(Debug, Args)]
struct NewKeyArguments {
    /// The client
    #[arg(long)]
    client: String,
    /// The name of the old key
    #[arg(long)]
    name: String,
    /// The name of the new key [default: the old one's with the day]
    #[arg(long, value_name = "NAME")]
    new_name: Option<String>,
    /// The end of the new key: a date, an RFC 3339 time or `never` [default: the old one's]
    #[arg(long, value_name = "TIME", value_parser = read_end)]
    expires: Option<End>,
    #[command(flatten)]
    moment: Moment,
}

pub(super) fn run(arguments: &RotateArguments) -> Outcome {
    replace(&arguments.new, arguments.overlap, &arguments.edit)
}

pub(super) fn refresh(arguments: &RefreshArguments) -> Outcome {
    replace(&arguments.new, 0, &arguments.edit)
}

fn replace(arguments: &NewKeyArguments, overlap: u64, options: &EditArguments) -> Outcome {
    let now = arguments.moment.now();
    let (mut made, mut told) = (None, Vec::new());
    let edited = edit(options, NO_KEY, |policy| {
        let client = find::client(policy, &arguments.client)?;
        let old = find::key(client, &arguments.name)?;
        let name = choose_name(client, old, arguments, now)?;
        let (digest, key) = Made::make(policy, options.dry_run)?;
        made = Some((key, name.clone()));
        let rotation = Rotation { now, overlap, name, digest, end: arguments.expires };
        let changes = rotate(client, old, rotation)
            .map_err(|reason| output::fail(format!("key `{}`: {reason}", old.name)))?;
        told = outlook(old, &changes);
        Ok(changes)
    });
    if matches!(edited, Edited::Written(_) | Edited::Ended(Outcome::Success)) {
        told.iter().for_each(output::say_line);
    }
    match (edited, made) {
        (Edited::Written(path), Some((key, name))) => key.show(&path, &name),
        (Edited::Written(_), None) => Outcome::Success,
        (Edited::Ended(outcome), _) => outcome,
    }
}

fn choose_name(
    client: &Client,
    old: &Key,
    arguments: &NewKeyArguments,
    now: i64,
) -> Result<Name, Outcome> {
    match &arguments.new_name {
        Some(name) => new_name(client, name),
        None => fresh_name(client, &old.name, now).ok_or_else(|| {
            output::fail(
                "the name of the key is too long for another one with the day; give `--new-name`",
            )
        }),
    }
}

/// What people should know of the two keys.
fn outlook(old: &Key, changes: &[Change]) -> Vec<String> {
    let ends = changes.iter().filter_map(|change| match change {
        Change::AddKey { key, .. } => {
            let end = key.window.expires().map_or("never ends".to_owned(), ends);
            Some(format!("the new key `{}` {end}", key.name))
        }
        Change::SetKeyExpires { key, expires, .. } => {
            Some(format!("the old key `{key}` {}", ends(*expires)))
        }
        _ => None,
    });
    let off = (!old.active).then(|| {
        format!(
            "the old key `{}` is switched off and stays so; the new one is switched on",
            old.name
        )
    });
    ends.chain(off).chain(ends_with(old, changes)).collect()
}

/// A key that was rotated already has an end, which the key of a second rotation gets, too.
fn ends_with(old: &Key, changes: &[Change]) -> Option<String> {
    let [Change::AddKey { key, .. }] = changes else { return None };
    (key.window.expires() == old.window.expires()).then(||
        "note: the old key ends within the overlap by itself, and the new one with it: `--expires` gives it another end"
            .to_owned(),
    )
}

fn ends(moment: i64) -> String {
    format!("ends {}", show_time(moment))
}

fn read_overlap(text: &str) -> Result<u64, String> {
    parse_period(text).ok_or_else(|| {
        "not a period: write a number and a unit, `30m`, `12h` or `14d`; `key refresh` is without".to_owned()
    })
}
