//! From a file to a model: source, model and lint in one call.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Report};
use crate::lint::{self, LintOptions};
use crate::model::{Ahead, KeyComparison, Policy, read_policy};
use crate::progress::{Step, Watcher};
use crate::source::{Reader, Replaced, read_document};
use crate::text::{FileIndex, FileKind, Place, Sources, Span, read_text};

/// A policy without errors.
#[derive(Debug)]
pub struct Loaded {
    /// The policy.
    pub policy: Policy,
    /// What its author should look at.
    pub warnings: Report,
}

/// How a policy is read.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// What lints go by.
    pub lint: LintOptions,
    /// Who is told how far it is.
    pub watcher: Watcher,
}

/// Reads a policy from a file; the files that it names are relative to it.
///
/// # Errors
/// Everything that is wrong with the document and its files, in one report.
pub fn load_file(path: &Path, options: &LoadOptions) -> Result<Loaded, Report> {
    options.watcher.begin(Step::Read);
    let text = read_text(path).map_err(|error| unreadable(path, &error))?;
    load_text(path, text, folder_of(path), options)
}

/// Reads a policy from a text; `name` is what messages call it, and the files that it names
/// are relative to `base`.
///
/// # Errors
/// Everything that is wrong with the document and its files, in one report.
pub fn load_text(
    name: impl Into<PathBuf>,
    text: String,
    base: &Path,
    options: &LoadOptions,
) -> Result<Loaded, Report> {
    load(name.into(), text, base, None, options)
}

/// Reads a policy as if its document, and one of its files, had another text.
///
/// # Errors
/// Everything that is wrong with the document and its files, in one report.
pub(crate) fn load_replaced(
    path: &Path,
    text: String,
    replaced: Option<Replaced>,
) -> Result<Loaded, Report> {
    load(path.to_owned(), text, folder_of(path), replaced, &LoadOptions::default())
}

/// Where the files that a document names are looked for.
pub(crate) fn folder_of(document: &Path) -> &Path {
    document.parent().unwrap_or(Path::new(""))
}

fn load(
    name: PathBuf,
    text: String,
    base: &Path,
    replaced: Option<Replaced>,
    options: &LoadOptions,
) -> Result<Loaded, Report> {
    let (policy, findings) = read(name, text, base, replaced, options)?;
    let warnings = findings.check(&policy, options)?;
    Ok(Loaded { policy, warnings })
}

/// What was found in a policy whose keys nobody has compared yet, and that no lint has looked at.
#[derive(Debug)]
pub(crate) struct Findings {
    document: FileIndex,
    diagnostics: Diagnostics,
    sources: Sources,
    /// None where there is no policy.
    keys: Option<KeyComparison>,
}

/// Reads a policy; what is left for later, so that it need not be waited for, may yet find errors
/// in it: [`Findings::check`].
///
/// # Errors
/// Everything that is wrong with the document and its files, in one report.
pub(crate) fn read(
    name: PathBuf,
    text: String,
    base: &Path,
    replaced: Option<Replaced>,
    options: &LoadOptions,
) -> Result<(Policy, Findings), Report> {
    let mut sources = Sources::default();
    let (document, source) = sources.add(name, text, FileKind::Document);
    // A file with another text than it has is not to be read.
    let ahead = if replaced.is_none() { Ahead::begin(&source, base) } else { Ahead::default() };
    let root = read_document(document, &source, &options.watcher);
    let mut reader = Reader {
        sources,
        diagnostics: Diagnostics::default(),
        base: base.to_owned(),
        replaced,
        file: document,
        source: Arc::clone(&source),
        guarded: false,
        watcher: options.watcher.clone(),
    };
    let policy = match root {
        Ok(root) => read_policy(&mut reader, &root, ahead),
        Err(diagnostic) => {
            reader.report(diagnostic);
            None
        }
    };
    let Reader { diagnostics, sources, .. } = reader;
    let (policy, keys) = policy.unzip();
    let findings = Findings { document, diagnostics, sources, keys };
    match policy {
        Some(policy) if !findings.diagnostics.has_errors() => Ok((policy, findings)),
        policy => Err(findings.complete(policy.as_ref(), options)),
    }
}

impl Findings {
    /// Looks at all that was left for later.
    ///
    /// # Errors
    /// Everything that is wrong with the document and its files, in one report.
    pub(crate) fn check(self, policy: &Policy, options: &LoadOptions) -> Result<Report, Report> {
        let report = self.complete(Some(policy), options);
        if report.errors() > 0 { Err(report) } else { Ok(report) }
    }

    /// Everything that is to be said about a document, which may be no policy.
    fn complete(self, policy: Option<&Policy>, options: &LoadOptions) -> Report {
        let Self { document, mut diagnostics, sources, keys } = self;
        if let Some((policy, keys)) = policy.zip(keys) {
            keys.check(&policy.clients, &sources, &mut diagnostics);
            // An error may be what a lint says: the others are told with it.
            if diagnostics.only_lints() {
                options.watcher.begin(Step::Check);
                lint::check(policy, &options.lint, &mut diagnostics);
            }
        }
        if !options.lint.every {
            diagnostics.gather(document);
        }
        diagnostics.into_report(sources)
    }
}

/// The report on a document that cannot be read.
pub(crate) fn unreadable(name: &Path, error: &io::Error) -> Report {
    let mut sources = Sources::default();
    let message = format!("cannot read the document: {error}");
    let (file, _) = sources.add(name.to_owned(), String::new(), FileKind::Document);
    let place = Place { file, span: Span::default() };
    let mut diagnostics = Diagnostics::default();
    diagnostics.push(
        Diagnostic::error(Code::FileUnreadable, place, message)
            .help("give the path of a policy document in YAML"),
    );
    diagnostics.into_report(sources)
}
