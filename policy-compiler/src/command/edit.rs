//! What every command does that edits a policy.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Outcome, output};
use crate::diagnostic::did_you_mean;
use crate::edit::{CannotEdit, Change, Document};
use crate::key::End;
use crate::model::{Client, Key, Policy, parse_time};

/// Which policy is edited, and how.
#[derive(Debug, Args)]
pub(super) struct EditArguments {
    /// Show the edit as a patch for `patch -p0` or `git apply`; write nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// The policy document
    policy: PathBuf,
}

/// The moment at which a command is run.
#[derive(Debug, Args)]
pub(super) struct MomentArguments {
    /// The moment that counts as now: a date or an RFC 3339 time
    #[arg(long, value_name = "TIME", value_parser = read_time)]
    at: Option<i64>,
}

/// How an edit ended.
#[derive(Debug)]
pub(super) enum Edited {
    /// It is written.
    Written(PathBuf),
    /// It was only to be shown, or it did not come to it; this is how the command ends.
    Ended(Outcome),
}

impl MomentArguments {
    pub(super) fn now(&self) -> i64 {
        self.at.unwrap_or_else(super::now)
    }
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

/// Refuses what the policy does not allow.
pub(super) fn fail<T>(problem: impl Display) -> Result<T, Outcome> {
    output::say_line(format!("error: {problem}"));
    Err(Outcome::Failure)
}

/// How a command ends that could not edit or read a policy.
pub(super) fn refused(reason: &CannotEdit) -> Outcome {
    if let Some(report) = reason.report() {
        output::show(report);
    }
    output::say_line(format!("error: {reason}"));
    match reason {
        CannotEdit::File { .. } => Outcome::Misuse,
        _ => Outcome::Failure,
    }
}

/// The client of this name.
pub(super) fn find_client<'p>(policy: &'p Policy, name: &str) -> Result<&'p Client, Outcome> {
    let found = policy.clients.iter().find(|client| client.name.as_str() == name);
    found.map_or_else(
        || {
            let names = policy.clients.iter().map(|client| client.name.as_str());
            let help =
                did_you_mean(name, names).unwrap_or_else(|| "add it to `clients` first".to_owned());
            fail(format!("there is no client `{name}`; {help}"))
        },
        Ok,
    )
}

/// The key of this name.
pub(super) fn find_key<'p>(client: &'p Client, name: &str) -> Result<&'p Key, Outcome> {
    let found = client.keys.iter().find(|key| key.name.as_str() == name);
    found.map_or_else(
        || {
            let names = client.keys.iter().map(|key| key.name.as_str());
            let help = did_you_mean(name, names)
                .unwrap_or_else(|| "`portcullis key list` shows its keys".to_owned());
            fail(format!("client `{}` has no key `{name}`; {help}", client.name))
        },
        Ok,
    )
}

/// A moment as an argument gives it.
pub(super) fn read_time(text: &str) -> Result<i64, String> {
    parse_time(text)
        .ok_or_else(|| "not a time: write `2027-01-01` or `2027-01-01T00:00:00Z`".to_owned())
}

/// An end as an argument gives it.
pub(super) fn read_end(text: &str) -> Result<End, String> {
    match text {
        "never" => Ok(End::Never),
        _ => read_time(text).map(End::At).map_err(|problem| format!("{problem}, or `never`")),
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
    let document =
        if arguments.dry_run { Document::look_at(path) } else { Document::hold(path, waiting) }?;
    let changes = plan(document.policy()).map_err(Failed::Planned)?;
    let proposal = document.propose(&changes)?;
    if proposal.is_empty() {
        output::say_line(format!("`{}` says so already", proposal.path().display()));
        return Ok(Edited::Ended(Outcome::Success));
    }
    if arguments.dry_run {
        output::say_line("this is what would change; nothing was written");
        return Ok(Edited::Ended(output::text(proposal.patch())));
    }
    proposal.write()?;
    Ok(Edited::Written(proposal.path().to_owned()))
}

fn waiting(path: &Path) {
    output::say_line(format!("waiting for another edit of `{}`", path.display()));
}
