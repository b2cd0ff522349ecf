//! `portcullis diff`.

use std::path::PathBuf;

use clap::Args;

use super::{Outcome, moment, output, policy, table};
use crate::review::{DifferenceView, Span, compare};

/// Tells who gains and who loses access between two policies
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  portcullis diff main.yaml policy.yaml\n  portcullis diff old.table new.table --markdown > comment.md\n  portcullis diff old.table policy.yaml --at 2027-01-01 --json\n\nEvery difference in what is decided from now on, not in text; each with a request that proves it.\nExits 0 when nobody gains access, 1 when somebody does (or may: see docs/review.md) and\n`--allow-gain` is not given, 2 when a policy cannot be read."
)]
pub(super) struct DiffArguments {
    /// The policy before: a document or a table
    old: PathBuf,
    /// The policy after: a document or a table
    new: PathBuf,
    #[command(flatten)]
    when: moment::When,
    /// Exit 0 even when access is gained
    #[arg(long)]
    allow_gain: bool,
    /// Write JSON
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Write a comment for a pull request
    #[arg(long)]
    markdown: bool,
}

pub(super) fn run(arguments: &DiffArguments) -> Outcome {
    // Failure is access that was gained: what cannot be read is another matter.
    difference(arguments).unwrap_or(Outcome::Misuse)
}

fn difference(arguments: &DiffArguments) -> Result<Outcome, Outcome> {
    let (old, new) = (policy::read(&arguments.old)?, policy::read(&arguments.new)?);
    let old_table = table::prove(&arguments.old, &old)?;
    let new_table = table::prove(&arguments.new, &new)?;
    let span: Span = arguments.when.span()?;
    let difference = compare(&old_table, &new_table, span);
    let names = [&arguments.old, &arguments.new].map(|path| path.to_string_lossy());
    let view = DifferenceView::new(&difference, names.each_ref().map(AsRef::as_ref));
    let written = if arguments.json {
        output::json(&view)
    } else if arguments.markdown {
        output::data(view.to_markdown())
    } else {
        output::data(view.to_human(output::paint()))
    };
    let gained = view.has_gain() && !arguments.allow_gain;
    Ok(match written {
        Outcome::Success if gained => Outcome::Failure,
        outcome => outcome,
    })
}
