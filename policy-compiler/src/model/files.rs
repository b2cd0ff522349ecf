//! Files that a document names.

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileIndex, FileKind, Place, Reader, SourceFile, quote, read_text};

/// Reads a file whose path is relative to the document; `place` is where it is named.
pub(super) fn read_file(
    reader: &mut Reader,
    place: Place,
    path: &str,
    kind: FileKind,
) -> Option<(FileIndex, Arc<SourceFile>)> {
    let full = reader.base.join(path);
    let replaced = reader.replaced.as_ref().filter(|replaced| replaced.path == full);
    match replaced.map_or_else(|| read_text(&full), |replaced| Ok(replaced.text.clone())) {
        Ok(text) => Some(reader.sources.add(full, text, kind)),
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
                    full.display()
                )),
            );
            None
        }
    }
}
