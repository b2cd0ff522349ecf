//! Files that a document names.

use std::fs;
use std::io;
use std::path::{Component, Path};
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::escape::shown;
use crate::source::{Reader, quote};
use crate::text::{FileIndex, FileKind, Place, SourceFile, read_text};

/// Reads a file whose path is relative to the document, unless its text was read `ahead`; `place` is
/// where it is named.
pub(super) fn read_file(
    reader: &mut Reader,
    place: Place,
    path: &str,
    kind: FileKind,
    ahead: Option<io::Result<String>>,
) -> Option<(FileIndex, Arc<SourceFile>)> {
    let full = reader.base.join(path);
    let replaced = reader.replaced.as_ref().filter(|replaced| replaced.path == full);
    let text = match replaced {
        Some(replaced) => Ok(replaced.text.clone()),
        None => ahead.unwrap_or_else(|| read_regular(&full)),
    };
    match text {
        Ok(text) if is_own(&full, &reader.base) => Some(reader.sources.add(full, text, kind)),
        Ok(text) => Some(reader.sources.add_foreign(full, text, kind)),
        Err(error) => {
            reader.report(
                Diagnostic::error(
                    Code::FileUnreadable,
                    place,
                    format!("cannot read {}: {error}", quote(path)),
                )
                .found(path)
                .help(format!(
                    "paths are relative to the document: this one is `{}`",
                    shown(&full)
                )),
            );
            None
        }
    }
}

/// Reads a file, but nothing that might never end or never begin: a document that somebody else has
/// changed may name any path of the machine that checks it.
fn read_regular(path: &Path) -> io::Result<String> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"));
    }
    read_text(path)
}

/// Whether a file belongs to the policy: it lies below the folder of the document, or below the current
/// one, wherever links lead, and is not hidden there, as `.git/config` and `.env` are.
fn is_own(file: &Path, base: &Path) -> bool {
    let Ok(file) = fs::canonicalize(file) else { return false };
    let is_hidden = |name: Component<'_>| name.as_os_str().as_encoded_bytes().starts_with(b".");
    // No base is the current folder; one that cannot be found has no files.
    let folders =
        [base, Path::new(".")].into_iter().filter(|folder| !folder.as_os_str().is_empty());
    let mut folders = folders.filter_map(|folder| fs::canonicalize(folder).ok());
    folders.any(|folder| {
        file.strip_prefix(folder).is_ok_and(|below| !below.components().any(is_hidden))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_cannot_be_found_has_no_files() {
        let elsewhere = std::env::current_exe().unwrap();
        assert!(!is_own(&elsewhere, Path::new("no-such-folder")));
        assert!(!is_own(&elsewhere, Path::new("")));
        assert!(is_own(&elsewhere, elsewhere.parent().unwrap()));
        assert!(is_own(Path::new("Cargo.toml"), Path::new("")));
    }
}
