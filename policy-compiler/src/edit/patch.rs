//! An edit as a patch.

use std::path::Path;

use similar::TextDiff;

/// The unified patch between two texts of a file, as `patch -p0` and `git apply` take it: the
/// first goes by the line `Index:`, as `a/...` is no file, the second by the names behind `a/`
/// and `b/`.
pub(super) fn unified(path: &Path, before: &str, after: &str) -> String {
    let name = shown(path);
    // What follows a tab is no part of a name, blanks before it are.
    let end = if name.contains(' ') { "\t" } else { "" };
    let diff = TextDiff::from_lines(before, after);
    let hunks = diff.unified_diff().context_radius(3).to_string();
    format!("Index: {name}\n--- a/{name}{end}\n+++ b/{name}{end}\n{hunks}")
}

/// The path as it is from the current folder.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().and_then(|folder| folder.canonicalize());
    let relative = here
        .ok()
        .and_then(|here| Some(path.canonicalize().ok()?.strip_prefix(here).ok()?.to_owned()));
    relative.as_deref().unwrap_or(path).display().to_string()
}
