//! What every command does that edits a policy.

use std::path::{Path, PathBuf};

use clap::Args;

use super::moment::read_time;
use super::policy::is_stdin;
use super::{Outcome, output};
use crate::edit::{CannotEdit, Change, Document, Patch};
use crate::escape::shown;
use crate::key::End;
use crate::model::Policy;

/// Which policy is edited, and how.
#[derive(Debug, Args)]
pub(super) struct EditArguments {
    /// Show the edit as a patch for `patch -p0` or `git apply`; write nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// The policy document
    policy: PathBuf,
}

/// What people are told when nothing came of it.
pub(super) const UNTOUCHED: &str = "the document is as it was";

/// How an edit ended.
#[derive(Debug)]
pub(super) enum Edited {
    /// It is written.
    Written(PathBuf),
    /// It was only to be shown, or it did not come to it; this is how the command ends.
    Ended(Outcome),
}

/// Plans changes of a policy and makes them; `assurance` tells people what did not happen when
/// nothing is written.
pub(super) fn edit(
    arguments: &EditArguments,
    assurance: &str,
    plan: impl FnOnce(&Policy) -> Result<Vec<Change>, Outcome>,
) -> Edited {
    match try_edit(arguments, plan) {
        Ok(edited) => edited,
        Err(Failed::Planned(outcome)) => {
            output::say_line(assurance);
            Edited::Ended(outcome)
        }
        Err(Failed::Refused(reason)) => {
            let outcome = refused(&reason);
            output::say_line(assurance);
            Edited::Ended(outcome)
        }
    }
}

/// How a command ends that could not edit or read a policy.
pub(super) fn refused(reason: &CannotEdit) -> Outcome {
    if let Some(report) = reason.report() {
        output::show(report);
    }
    match reason {
        CannotEdit::File { .. } => output::refuse(reason),
        _ => output::fail(reason),
    }
}

/// An end as an argument gives it.
pub(super) fn read_end(text: &str) -> Result<End, String> {
    match text {
        "never" => Ok(End::Never),
        _ => read_time(text).map(End::At).map_err(|problem| format!("{problem}; or `never`")),
    }
}

enum Failed {
    Planned(Outcome),
    Refused(CannotEdit),
}

impl From<CannotEdit> for Failed {
    fn from(reason: CannotEdit) -> Self {
        Self::Refused(reason)
    }
}

fn try_edit(
    arguments: &EditArguments,
    plan: impl FnOnce(&Policy) -> Result<Vec<Change>, Outcome>,
) -> Result<Edited, Failed> {
    let path = &arguments.policy;
    if is_stdin(path) {
        let outcome = output::refuse("standard input cannot be edited: name the document's file");
        return Err(Failed::Planned(outcome));
    }
    let document =
        if arguments.dry_run { Document::look_at(path) } else { Document::hold(path, waiting) }?;
    let changes = plan(document.policy()).map_err(Failed::Planned)?;
    let proposal = document.propose(&changes)?;
    if proposal.is_empty() {
        output::say_line(format!("`{}` says so already", shown(proposal.path())));
        return Ok(Edited::Ended(Outcome::Success));
    }
    if arguments.dry_run {
        output::say_line("this is what would change; nothing was written");
        let Patch { text, folder } = proposal.patch();
        if let Some(folder) = folder {
            output::say_line(format!("the patch is to be applied in `{}`", shown(&folder)));
        }
        return Ok(Edited::Ended(output::text(text)));
    }
    proposal.write()?;
    Ok(Edited::Written(proposal.path().to_owned()))
}

fn waiting(path: &Path) {
    output::say_line(format!("waiting for another edit of `{}`", shown(path)));
}
