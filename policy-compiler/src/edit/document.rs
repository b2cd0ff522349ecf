//! A policy that is about to be edited, and an edit that was proved.

use std::fs;
use std::path::{Path, PathBuf};

use foldhash::HashSet;

use super::error::{CannotEdit, NoPlace};
use super::hold::{Held, clear_leftovers};
use super::patch::{self, Patch};
use super::{Change, csv, yaml};
use crate::compile::{Names, write_table};
use crate::diagnostic::{Code, Report};
use crate::files::{Finished, Identity};
use crate::load::{Loaded, load_replaced};
use crate::model::{Client, Key, Policy};
use crate::source::Replaced;
use crate::text::{FileIndex, Place, read_text};

/// A policy and the texts it was read from.
#[derive(Debug)]
pub struct Document {
    path: PathBuf,
    text: String,
    policy: Policy,
    /// Keeps the texts of the key files.
    warnings: Report,
    /// While these live nobody else edits the document and its key files; none for a look at it.
    held: Vec<Held>,
}

/// An edit that does what it is meant to do and nothing else; it is not written yet.
#[derive(Debug)]
pub struct Proposal<'d> {
    path: PathBuf,
    before: String,
    after: String,
    /// Only a document that is held may be written.
    held: &'d [Held],
}

/// Which text is edited.
enum Target {
    Document,
    KeyFile { path: PathBuf, text: String },
}

impl Document {
    /// Reads a policy to be edited, when no other edit of it or of its key files is under way;
    /// `waiting` is told when it has to wait.
    ///
    /// # Errors
    /// When a file cannot be held or read, or is no policy.
    pub fn hold(path: &Path, waiting: impl Fn(&Path)) -> Result<Self, CannotEdit> {
        let acquire = |path: &Path| {
            Held::acquire(path, &waiting).map_err(|error| CannotEdit::file("edit", path, error))
        };
        let mut held = vec![acquire(path)?];
        let mut document = Self::look_at(path)?;
        // Other documents may name the same key files. All take them in the same order, so that
        // no two wait for each other.
        let mut key_files: Vec<PathBuf> = document.key_files().map(|(path, _)| path).collect();
        key_files.sort_by_cached_key(|path| fs::canonicalize(path).ok());
        // One file may have several names.
        let mut known: HashSet<Identity> = held.iter().map(Held::identity).cloned().collect();
        for key_file in &key_files {
            if !Identity::at(key_file).is_ok_and(|there| known.contains(&there)) {
                let one = acquire(key_file)?;
                known.insert(one.identity().clone());
                held.push(one);
            }
        }
        if document.key_files().any(|(path, text)| unchanged(&path, text).is_err()) {
            document = Self::look_at(path)?;
        }
        document.held = held;
        Ok(document)
    }

    /// Reads a policy to see what an edit would be.
    ///
    /// # Errors
    /// When the file cannot be read or is no policy.
    pub fn look_at(path: &Path) -> Result<Self, CannotEdit> {
        let text = read_text(path).map_err(|error| CannotEdit::file("read", path, error))?;
        let Loaded { policy, warnings } =
            load_replaced(path, text.clone(), None).map_err(CannotEdit::InvalidBefore)?;
        Ok(Self { path: path.to_owned(), text, policy, warnings, held: Vec::new() })
    }

    /// What the policy says.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The text with these changes, if it means exactly what it is to mean.
    ///
    /// # Errors
    /// Where that cannot be had; see [`CannotEdit`].
    pub fn propose(&self, changes: &[Change]) -> Result<Proposal<'_>, CannotEdit> {
        let target = self.target(changes)?;
        let (path, text) = match &target {
            Target::Document => (&self.path, &self.text),
            Target::KeyFile { path, text } => (path, text),
        };
        let (path, text) = (path.clone(), text.clone());
        let mut after = text.clone();
        // What the text means so far; each change looks up in it where it belongs.
        let mut expected = self.policy.clone();
        for change in changes {
            after = match &target {
                Target::Document => yaml::edit(&after, change, &expected)?,
                Target::KeyFile { .. } => csv::edit(&after, change, &expected)?,
            };
            if !change.apply(&mut expected) {
                return Err(NoPlace::Missing.into());
            }
        }
        let means = match target {
            Target::Document => load_replaced(&self.path, after.clone(), None),
            Target::KeyFile { path, .. } => {
                let replaced = Replaced { path, text: after.clone() };
                load_replaced(&self.path, self.text.clone(), Some(replaced))
            }
        };
        let means = means.map_err(invalid_after)?.policy;
        if !same_meaning(means, expected, changes)? {
            return Err(CannotEdit::OtherMeaning);
        }
        Ok(Proposal { path, before: text, after, held: &self.held })
    }

    /// The paths of the key files, and what they say.
    fn key_files(&self) -> impl Iterator<Item = (PathBuf, &str)> {
        self.warnings.key_files().map(|file| (file.path().to_owned(), file.text()))
    }

    /// The one text that all changes belong to.
    fn target(&self, changes: &[Change]) -> Result<Target, CannotEdit> {
        let mut files = changes.iter().map(|change| self.file_of(change));
        let first = files.next().flatten();
        if files.any(|other| other != first) {
            return Err(NoPlace::SeveralFiles.into());
        }
        let key_file = first.and_then(|index| self.warnings.source(index));
        Ok(match key_file.filter(|file| file.is_key_file()) {
            Some(file) => {
                Target::KeyFile { path: file.path().to_owned(), text: file.text().to_owned() }
            }
            None => Target::Document,
        })
    }

    /// The key file that a change belongs to; nothing for the document.
    fn file_of(&self, change: &Change) -> Option<FileIndex> {
        let clients = &self.policy.clients;
        let client = clients.iter().find(|client| client.name == *change.client())?;
        let key = client.keys.iter().find(|key| Some(&key.name) == change.anchor())?;
        let Place { file, .. } = key.place.0;
        self.warnings.source(file).filter(|file| file.is_key_file()).map(|_| file)
    }
}

impl Proposal<'_> {
    /// The file that changes.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The edited text.
    pub fn text(&self) -> &str {
        &self.after
    }

    /// Whether the file is already as it is to be.
    pub fn is_empty(&self) -> bool {
        self.before == self.after
    }

    /// What changes, as a unified patch.
    pub fn patch(&self) -> Patch {
        patch::unified(&self.path, &self.before, &self.after)
    }

    /// Puts the edited file in place, unless somebody has written it who does not ask for locks.
    ///
    /// # Errors
    /// When it cannot be written; the file is then as it was.
    pub fn write(&self) -> Result<(), CannotEdit> {
        if self.held.is_empty() {
            return Err(CannotEdit::NotHeld);
        }
        // Many editors save by putting another file in the place of the one that is held.
        if !self.held.iter().any(|held| held.is_of(&self.path)) {
            return Err(CannotEdit::Overtaken(self.path.clone()));
        }
        clear_leftovers(&self.path);
        let cannot_write = |error| CannotEdit::file("write", &self.path, error);
        let finished = Finished::write(&self.path, self.after.as_bytes()).map_err(cannot_write)?;
        unchanged(&self.path, &self.before)?;
        finished.put_in_place().map_err(cannot_write)
    }
}

/// Whether a file is still what was read.
fn unchanged(path: &Path, text: &str) -> Result<(), CannotEdit> {
    let now = fs::read(path).map_err(|error| CannotEdit::file("read", path, error))?;
    if now == text.as_bytes() { Ok(()) } else { Err(CannotEdit::Overtaken(path.to_owned())) }
}

/// Why a text that was edited is no policy. If it is no YAML any more, some of it says what is written
/// elsewhere, as an alias does whose anchor is gone; nobody has seen the text that the report is about.
fn invalid_after(report: Report) -> CannotEdit {
    let is_syntax = report.diagnostics().iter().any(|problem| problem.code == Code::Syntax);
    if is_syntax { CannotEdit::OtherMeaning } else { CannotEdit::InvalidAfter(report) }
}

/// Whether two policies are the same but for the order of the keys of clients that change, and so
/// are their tables.
fn same_meaning(
    mut one: Policy,
    mut other: Policy,
    changes: &[Change],
) -> Result<bool, CannotEdit> {
    let changed = |client: &Client| changes.iter().any(|change| *change.client() == client.name);
    for client in one.clients.iter_mut().chain(&mut other.clients).filter(|one| changed(one)) {
        client.keys.sort_by(|one: &Key, other: &Key| one.name.cmp(&other.name));
    }
    if one != other {
        return Ok(false);
    }
    let table = |policy| write_table(policy, Names::Include).map_err(CannotEdit::NoTable);
    Ok(table(&one)? == table(&other)?)
}
