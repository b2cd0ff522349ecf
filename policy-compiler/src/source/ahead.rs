//! Key files that a document names, read while the document itself is.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::read_text;
use crate::threads;

/// Texts of files by the paths that lead to them.
pub(crate) type Ahead = Vec<(PathBuf, io::Result<String>)>;

/// Does some work while the key files of a document are read, which will be asked for: disks, and a
/// million rows, take their time. Its paths are relative to `base`.
pub(crate) fn reading_ahead<T>(
    document: &str,
    base: &Path,
    work: impl FnOnce() -> T,
) -> (T, Ahead) {
    let paths = key_files(document).into_iter().map(|path| base.join(path));
    // Of anything else nobody knows what reading it does, and the document may yet have errors.
    let paths: Vec<PathBuf> = paths.filter(|path| path.is_file()).collect();
    if paths.is_empty() {
        return (work(), Ahead::new());
    }
    let read = || paths.iter().map(|path| read_text(path)).collect::<Vec<_>>();
    let (done, texts) = threads::both(work, read);
    (done, paths.into_iter().zip(texts).collect())
}

/// The paths of key files as far as they can be seen without reading the document: those of a field
/// that stands at the beginning of a line, as it does in nearly all. To see none is no mistake.
fn key_files(document: &str) -> Vec<String> {
    const FIELD: &str = "key_files:";
    let field = memchr::memmem::find_iter(document.as_bytes(), FIELD)
        .filter_map(|start| document.split_at_checked(start))
        .find(|(before, _)| before.is_empty() || before.ends_with('\n'));
    let Some((_, field)) = field else { return Vec::new() };
    let is_next = |line: &str| line.starts_with(|first: char| first.is_ascii_alphabetic());
    let lines = field.split_inclusive('\n');
    let length = lines.enumerate().take_while(|(number, line)| *number == 0 || !is_next(line));
    let length = length.map(|(_, line)| line.len()).sum();
    let fields: Option<BTreeMap<String, Vec<String>>> =
        field.get(..length).and_then(|field| serde_saphyr::from_str(field).ok());
    fields.into_iter().flat_map(BTreeMap::into_values).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_files_are_seen_wherever_the_field_begins_a_line() {
        for document in [
            "key_files: [ a.csv, b.csv ]\n",
            "version: 1\nkey_files:\n  - a.csv\n  - \"b.csv\" # of the shop\nclients: {}\n",
            "clients: { acme: { key_files: [ c.csv ] } }\nkey_files:\n- a.csv\n- b.csv",
            "clients:\n  acme:\n    key_files: [ c.csv ]\nkey_files: [\n  a.csv,\n  b.csv\n]\nversion: 1\n",
        ] {
            assert_eq!(key_files(document), ["a.csv", "b.csv"], "{document}");
        }
    }

    #[test]
    fn where_none_are_seen_nothing_is_read() {
        for document in [
            "",
            "clients: { acme: { key_files: [ c.csv ] } }\n",
            "{ key_files: [ a.csv ] }\n",
            "key_files: a.csv\n",
            "key_files: [ a.csv\n",
            "key_files: *others\n",
            "key_files: [ { a: b } ]\n",
        ] {
            assert_eq!(key_files(document), [""; 0], "{document}");
        }
    }
}
