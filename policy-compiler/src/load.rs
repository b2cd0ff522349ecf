//! From a file to a model: source, model and lint in one call.

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

/// Reads a policy from a file; the files that it names are relative to it.
///
/// # Errors
/// Everything that is wrong with the document and its files, in one report.
pub fn load_file(path: &Path) -> Result<Loaded, Report> {
    load_file_with(path, &LintOptions::default())
}

/// Reads a policy from a file, with other lint options.
///
/// # Errors
/// Everything that is wrong with the document and its files, in one report.
pub fn load_file_with(path: &Path, options: &LintOptions) -> Result<Loaded, Report> {
    load_file_watched(path, options, &Watcher::default())
}

/// Reads a policy from a file, and tells how far it is.
///
/// # Errors
/// Everything that is wrong with the document and its files, in one report.
pub fn load_file_watched(
    path: &Path,
    options: &LintOptions,
    watcher: &Watcher,
) -> Result<Loaded, Report> {
    watcher.begin(Step::Read);
    let name = path.display().to_string();
    let base = path.parent().unwrap_or(Path::new(""));
    match read_text(path) {
        Ok(text) => load(&name, text, base, None, options, watcher),
        Err(error) => Err(unreadable(name, &error)),
    }
}

/// Reads a policy from a text; `name` is what messages call it, and the files that it names
/// are relative to `base`.
///
/// # Errors
/// Everything that is wrong with the document and its files, in one report.
pub fn load_text(name: &str, text: String, base: &Path) -> Result<Loaded, Report> {
    load_text_with(name, text, base, &LintOptions::default())
}

/// Reads a policy from a text, with other lint options.
///
/// # Errors
/// Everything that is wrong with the document and its files, in one report.
pub fn load_text_with(
    name: &str,
    text: String,
    base: &Path,
    options: &LintOptions,
) -> Result<Loaded, Report> {
    load(name, text, base, None, options, &Watcher::default())
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
    let name = path.display().to_string();
    let base = path.parent().unwrap_or(Path::new(""));
    load(&name, text, base, replaced, &LintOptions::default(), &Watcher::default())
}

fn load(
    name: &str,
    text: String,
    base: &Path,
    replaced: Option<Replaced>,
    options: &LintOptions,
    watcher: &Watcher,
) -> Result<Loaded, Report> {
    let mut sources = Sources::default();
    let (index, file) = sources.add(name.to_owned(), text, FileKind::Document);
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

fn unreadable(name: String, error: &std::io::Error) -> Report {
    let mut sources = Sources::default();
    let message = format!("cannot read the document: {error}");
    let (file, _) = sources.add(name, String::new(), FileKind::Document);
    let place = Place { file, span: Span::default() };
    let mut diagnostics = Diagnostics::default();
    diagnostics.push(
        Diagnostic::error(Code::FileUnreadable, place, message)
            .help("give the path of a policy document in YAML"),
    );
    diagnostics.into_report(sources)
}
