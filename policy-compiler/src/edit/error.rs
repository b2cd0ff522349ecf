//! Why an edit was not made.

use std::fmt;
use std::io;
use std::path::PathBuf;

use policy_table::write::WriteError;

use crate::diagnostic::Report;
use crate::escape::shown;

/// Why an edit was not made; the files are as they were.
#[derive(Debug)]
pub enum CannotEdit {
    /// A file cannot be read, held or written.
    File {
        /// What was to be done with it: "read".
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        error: io::Error,
    },
    /// The policy has errors before anything is changed.
    InvalidBefore(Report),
    /// The policy would have these errors afterwards.
    InvalidAfter(Report),
    /// No table can hold the policy afterwards.
    NoTable(WriteError),
    /// There is no place in the text that could be changed safely.
    NoPlace(NoPlace),
    /// The text would mean something else, too.
    OtherMeaning,
    /// The policy was only looked at.
    NotHeld,
    /// Somebody who does not ask for the lock has written the file meanwhile.
    Overtaken(PathBuf),
}

/// Why there is no place in a text for a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPlace {
    /// What is to be changed is given through an alias, or on one line with others.
    Shared,
    /// It does not stand in the text.
    Missing,
    /// A comment stands where it would have to move or end.
    Comment,
    /// A key file cannot say it: an empty cell means something else.
    EmptyCell,
    /// The changes belong to more than one file.
    SeveralFiles,
}

impl CannotEdit {
    pub(super) fn file(what: &'static str, path: impl Into<PathBuf>, error: io::Error) -> Self {
        Self::File { what, path: path.into(), error }
    }

    /// What the policy's errors are, where these are the reason.
    pub fn report(&self) -> Option<&Report> {
        match self {
            Self::InvalidBefore(report) | Self::InvalidAfter(report) => Some(report),
            _ => None,
        }
    }
}

impl From<NoPlace> for CannotEdit {
    fn from(reason: NoPlace) -> Self {
        Self::NoPlace(reason)
    }
}

impl fmt::Display for CannotEdit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { what, path, error } => {
                write!(formatter, "cannot {what} `{}`: {error}", shown(path))
            }
            Self::InvalidBefore(_) => formatter.write_str("correct the policy first"),
            Self::InvalidAfter(_) => formatter.write_str("with this change the policy would not hold"),
            Self::NoTable(error) => {
                write!(formatter, "no table can hold the policy with this change: {error}")
            }
            Self::NoPlace(reason) => write!(formatter, "{reason}"),
            Self::OtherMeaning => formatter.write_str(
                "the change would change something else, too: write out first what is shared by an anchor and aliases, and put a text in quotes that is written with `|` or `>` where the change belongs, or edit the document by hand",
            ),
            Self::NotHeld => formatter.write_str("the policy was opened to be looked at only"),
            Self::Overtaken(path) => write!(
                formatter,
                "`{}` was written by something else while it was edited; try again",
                shown(path)
            ),
        }
    }
}

impl std::error::Error for CannotEdit {}

impl fmt::Display for NoPlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Shared => {
                "it is written in a way that cannot be edited safely (an alias, an anchor, or several entries in one line); write it as a block mapping or in braces"
            }
            Self::Missing => "it was not found where the document is written; edit it by hand",
            Self::Comment => {
                "a comment is in the way; write the entries as a block mapping, or edit it by hand"
            }
            Self::EmptyCell => {
                "the key may use no collection, which a key file cannot say, as an empty cell means all of its client's: grant one that it names to the client, or move the key into the document"
            }
            Self::SeveralFiles => "the keys stand in several files; edit them one by one",
        })
    }
}
