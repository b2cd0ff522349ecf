//! `portcullis diff`.

use std::path::PathBuf;

use clap::Args;

use super::policy::{Opened, is_stdin, require_stdin_once};
use super::{Outcome, moment, output};
use crate::review::{DifferenceView, Span, compare};

/// Tells who gains and who loses access between two policies
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  portcullis diff main.yaml policy.yaml\n  git show HEAD:policy.yaml | portcullis diff - policy.yaml\n  portcullis diff old.table new.table --markdown > comment.md\n  portcullis diff old.table policy.yaml --at 2027-01-01 --json\n\nEvery difference in what is decided from now on, not in text; each with a request that proves it.\nExits 0 when nobody gains access, 1 when somebody does (or may: see docs/review.md) and\n`--allow-gain` is not given, 2 when a policy cannot be read."
)]
pub(super) struct DiffArguments {
    /// The policy before: a document or a table; `-` is stdin
    old: PathBuf,
    /// The policy after: a document or a table; `-` is stdin
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
    require_stdin_once(&arguments.new, is_stdin(&arguments.old))?;
    let (old, new) = (Opened::read(&arguments.old)?, Opened::read(&arguments.new)?);
    let (old_table, new_table) = (old.prove()?, new.prove()?);
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
