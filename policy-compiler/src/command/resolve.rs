//! `portcullis resolve`.

use std::path::PathBuf;

use clap::Args;

use super::{Outcome, output};
use crate::escape::shown;
use crate::resolve::{Entry, NamesFile};

/// Turns ids that stand for names back into the names
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  portcullis resolve policy.table.names client-948fe603f61d key-9f86d081884c7d65\n\nTABLE.names is written by `portcullis compile --names omit`. Exits 1 when an id is not in it."
)]
pub(super) struct ResolveArguments {
    /// The file of names
    #[arg(value_name = "TABLE.names")]
    names: PathBuf,
    /// Ids from a log, from metrics or from `explain`
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// Write what was found as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &ResolveArguments) -> Outcome {
    let path = shown(&arguments.names);
    let text = match std::fs::read_to_string(&arguments.names) {
        Ok(text) => text,
        Err(error) => return output::unreadable(&arguments.names, &error),
    };
    let names = match NamesFile::parse(&text) {
        Ok(names) => names,
        Err(error) => return output::refuse(format!("`{path}` is no file of names: {error}")),
    };
    let found: Vec<&[Entry<'_>]> = arguments.ids.iter().map(|id| names.find(id)).collect();
    let shown = show(&found.concat(), arguments.json);
    let unknown = arguments.ids.iter().zip(&found).filter(|(_, found)| found.is_empty());
    let unknown: Vec<&String> = unknown.map(|(id, _)| id).collect();
    for id in &unknown {
        output::say_line(format!(
            "error: `{id}` stands for nobody in `{path}`, which belongs to table {}; use the file of the table that wrote the id",
            names.table_id()
        ));
    }
    if unknown.is_empty() || shown != Outcome::Success { shown } else { Outcome::Failure }
}

fn show(found: &[Entry<'_>], json: bool) -> Outcome {
    if json {
        return output::json(&found);
    }
    let lines = found.iter().map(|Entry { id, client, key }| match key {
        Some(key) => format!("{id}  key `{key}` of client `{client}`\n"),
        None => format!("{id}  client `{client}`\n"),
    });
    output::text(lines.collect::<String>())
}
