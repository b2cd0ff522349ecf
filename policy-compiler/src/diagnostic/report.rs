//! Everything that was said about a policy, with the texts it is about.

use std::borrow::Cow;
use std::fmt;

use super::excerpt::Excerpt;
use super::{Diagnostic, Severity};
use crate::text::{FileIndex, Place, Position, SourceFile, Sources, Span};

/// The diagnostics of one run and the files they point into.
#[derive(Debug)]
pub struct Report {
    sources: Sources,
    diagnostics: Vec<Diagnostic>,
    secrets: Vec<Place>,
    key_prefix: String,
}

/// Places of secrets, sorted; those that lie within each other or meet are one.
fn joined(mut secrets: Vec<Place>) -> Vec<Place> {
    secrets.sort_unstable();
    secrets.dedup_by(|next, last| {
        let meets = next.file == last.file && next.span.start() <= last.span.end();
        if meets {
            let length = last.span.end().max(next.span.end()).saturating_sub(last.span.start());
            last.span = Span::new(last.span.start(), length);
        }
        meets
    });
    secrets
}

impl Report {
    pub(super) fn new(
        sources: Sources,
        diagnostics: Vec<Diagnostic>,
        secrets: Vec<Place>,
        key_prefix: String,
    ) -> Self {
        Self { sources, diagnostics, secrets: joined(secrets), key_prefix }
    }

    /// Adds what a later step had to say.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Everything that was said, in the order of files and places.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// A file that was read.
    pub(crate) fn source(&self, index: FileIndex) -> Option<&SourceFile> {
        self.sources.file(index)
    }

    /// Every file that was read.
    pub(crate) fn files(&self) -> impl Iterator<Item = &SourceFile> {
        self.sources.files()
    }

    /// The key files that were read.
    pub(crate) fn key_files(&self) -> impl Iterator<Item = &SourceFile> {
        self.files().filter(|file| file.is_key_file())
    }

    /// How many of them stop the compiler.
    pub fn errors(&self) -> usize {
        self.count(Severity::Error)
    }

    /// How many of them do not.
    pub fn warnings(&self) -> usize {
        self.count(Severity::Warning)
    }

    /// The file's name for people, the line and the column of a place.
    pub fn locate(&self, place: Place) -> (&str, Position) {
        match self.sources.file(place.file) {
            Some(file) => (file.name(), file.position(place.span)),
            None => ("", Position { line: 1, column: 1 }),
        }
    }

    /// The path of a place's file for machines: as it is. The document's for no place.
    pub(super) fn path(&self, place: Option<Place>) -> Cow<'_, str> {
        let file = match place {
            Some(place) => self.sources.file(place.file),
            None => self.sources.first(),
        };
        file.map_or(Cow::Borrowed(""), |file| file.path().to_string_lossy())
    }

    /// Where a place ends: the position after its last character.
    pub(super) fn locate_end(&self, place: Place) -> Position {
        let end = Span { offset: place.span.offset.saturating_add(place.span.length), length: 0 };
        self.locate(Place { span: end, ..place }).1
    }

    /// The line around a place, without anything that may be a key.
    pub(super) fn excerpt(&self, place: Place, diagnostic: &Diagnostic) -> Option<Excerpt> {
        let file = self.sources.file(place.file)?;
        Some(Excerpt::new(file, place, diagnostic.code, &self.secrets, &self.key_prefix))
    }

    /// The name of the document itself.
    fn document_name(&self) -> &str {
        self.sources.first().map_or("", |file| file.name())
    }

    fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }
}

/// One line a diagnostic: `policy.yaml:3:5: error: unknown field `x` [unknown-field]`.
impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for diagnostic in &self.diagnostics {
            let severity = diagnostic.severity.name();
            match diagnostic.place.map(|place| self.locate(place)) {
                Some((file, Position { line, column })) => {
                    write!(formatter, "{file}:{line}:{column}: {severity}: ")?;
                }
                None => write!(formatter, "{}: {severity}: ", self.document_name())?,
            }
            writeln!(formatter, "{} [{}]", diagnostic.message, diagnostic.code.name())?;
        }
        Ok(())
    }
}

impl std::error::Error for Report {}
