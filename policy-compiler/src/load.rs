//! From a file to a model: source, model and lint in one call.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Report};
use crate::lint::{self, LintOptions};
use crate::model::{Policy, read_policy};
use crate::progress::{Step, Watcher};
use crate::source::{FileIndex, FileKind, Place, Reader, Sources, Span, read_document, read_text};

/// A file that the document names, with another text than the file system has.
#[derive(Debug)]
pub(crate) struct Replaced {
    /// Its path, as the document leads to it.
    pub(crate) path: PathBuf,
    /// The text that counts.
    pub(crate) text: String,
}

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
    let warnings = findings.check(&policy, options);
    Ok(Loaded { policy, warnings })
}

/// What was found in a policy that no lint has looked at yet.
#[derive(Debug)]
pub(crate) struct Findings {
    document: FileIndex,
    diagnostics: Diagnostics,
    sources: Sources,
}

/// Reads a policy; lints are left for later, so that they need not be waited for.
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
    let policy = match read_document(document, &source, &options.watcher) {
        Ok(root) => read_policy(&mut reader, &root),
        Err(diagnostic) => {
            reader.report(diagnostic);
            None
        }
    };
    let Reader { diagnostics, sources, .. } = reader;
    let findings = Findings { document, diagnostics, sources };
    match policy {
        Some(policy) if !findings.diagnostics.has_errors() => Ok((policy, findings)),
        // An error may be what a lint says: the others are told with it.
        Some(policy) => Err(findings.check(&policy, options)),
        None => Err(findings.into_report(options)),
    }
}

impl Findings {
    /// Adds what the author of the policy should look at.
    pub(crate) fn check(mut self, policy: &Policy, options: &LoadOptions) -> Report {
        if self.diagnostics.only_lints() {
            options.watcher.begin(Step::Check);
            lint::check(policy, &options.lint, &mut self.diagnostics);
        }
        self.into_report(options)
    }

    fn into_report(mut self, options: &LoadOptions) -> Report {
        if !options.lint.every {
            self.diagnostics.gather(self.document);
        }
        self.diagnostics.into_report(self.sources)
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
