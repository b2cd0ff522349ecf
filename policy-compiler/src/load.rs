//! From a file to a model: source, model and lint in one call.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Report};
use crate::lint::{self, LintOptions};
use crate::model::{Policy, read_policy};
use crate::progress::{Step, Watcher};
use crate::source::{FileKind, Place, Reader, Sources, Span, read_document, read_text};

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
    LoadOptions { lint: options, watcher }: &LoadOptions,
) -> Result<Loaded, Report> {
    let mut sources = Sources::default();
    let (index, file) = sources.add(name, text, FileKind::Document);
    let mut reader = Reader {
        sources,
        diagnostics: Diagnostics::default(),
        base: base.to_owned(),
        replaced,
        file: index,
        source: Arc::clone(&file),
        guarded: false,
        watcher: watcher.clone(),
    };
    let policy = match read_document(index, &file, watcher) {
        Ok(root) => read_policy(&mut reader, &root),
        Err(diagnostic) => {
            reader.report(diagnostic);
            None
        }
    };
    let errors = reader.diagnostics.has_errors();
    if let Some(policy) = policy.as_ref().filter(|_| reader.diagnostics.only_lints()) {
        watcher.begin(Step::Check);
        lint::check(policy, options, &mut reader.diagnostics);
    }
    if !options.every {
        reader.diagnostics.gather(index);
    }
    let report = reader.diagnostics.into_report(reader.sources);
    match policy {
        Some(policy) if !errors => Ok(Loaded { policy, warnings: report }),
        _ => Err(report),
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
