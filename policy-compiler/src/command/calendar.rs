//! `portcullis calendar`.

use std::path::PathBuf;

use clap::Args;

use super::policy::Opened;
use super::{Outcome, moment, output};
use crate::review::{Event, calendar, events};

/// Lists when keys become valid and expire, and when legacy access profiles are frozen and end
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  portcullis calendar policy.yaml --over 90d\n  portcullis calendar policy.yaml --ics > policy.ics\n\nFrom now on, without an end unless `--over` gives one. The dates of legacy access profiles are\nlisted for a document that has some; a table does not know them. Exits 0."
)]
pub(super) struct CalendarArguments {
    /// The policy: a document or a table; `-` is stdin
    policy: PathBuf,
    #[command(flatten)]
    when: moment::When,
    /// Write JSON
    #[arg(long, conflicts_with = "ics")]
    json: bool,
    /// Write an iCalendar file
    #[arg(long)]
    ics: bool,
}

pub(super) fn run(arguments: &CalendarArguments) -> Outcome {
    let listed = Opened::read(&arguments.policy).and_then(|opened| {
        let table = opened.prove()?;
        let span = arguments.when.span()?;
        let mut listed: Vec<Event> = events(&table, span);
        listed
            .extend(opened.legacy.iter().flat_map(|legacy| calendar::legacy_events(legacy, span)));
        listed.sort_by_key(|event| (event.moment, event.event));
        Ok(listed)
    });
    let listed = match listed {
        Ok(listed) => listed,
        Err(outcome) => return outcome,
    };
    if arguments.json {
        output::json(&listed)
    } else if arguments.ics {
        output::text(calendar::to_ics(&listed, super::now()))
    } else if listed.is_empty() {
        output::data("nothing changes by itself")
    } else {
        let lines: Vec<String> = listed.iter().map(Event::words).collect();
        output::data(lines.join("\n"))
    }
}
