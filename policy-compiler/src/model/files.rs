//! Files that a document names.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::escape::shown;
use crate::source::{FileIndex, FileKind, Place, Reader, SourceFile, quote, read_text};
use crate::threads;

/// Reads a file whose path is relative to the document; `place` is where it is named.
pub(super) fn read_file(
    reader: &mut Reader,
    place: Place,
    path: &str,
    kind: FileKind,
) -> Option<(FileIndex, Arc<SourceFile>)> {
    let full = reader.base.join(path);
    let replaced = reader.replaced.as_ref().filter(|replaced| replaced.path == full);
    let text = match replaced {
        Some(replaced) => Ok(replaced.text.clone()),
        None => take_ahead(reader, &full).unwrap_or_else(|| read_text(&full)),
    };
    match text {
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
                    shown(&full)
                )),
            );
            None
        }
    }
}

/// Does some work while files are read that will be asked for: disks, and a million rows, take
/// their time.
pub(super) fn reading_ahead<T>(
    reader: &mut Reader,
    paths: &[String],
    work: impl FnOnce(&mut Reader) -> T,
) -> T {
    let replaced = reader.replaced.as_ref().map(|replaced| &replaced.path);
    let paths = paths.iter().map(|path| reader.base.join(path));
    let paths: Vec<PathBuf> = paths.filter(|path| Some(path) != replaced).collect();
    if paths.is_empty() {
        return work(reader);
    }
    let read = || paths.iter().map(|path| read_text(path)).collect::<Vec<_>>();
    let (done, texts) = threads::both(|| work(reader), read);
    reader.ahead = paths.into_iter().zip(texts).collect();
    done
}

fn take_ahead(reader: &mut Reader, path: &Path) -> Option<io::Result<String>> {
    let position = reader.ahead.iter().position(|(ahead, _)| ahead == path)?;
    Some(reader.ahead.remove(position).1)
}
