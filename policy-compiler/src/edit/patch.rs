//! An edit as a patch.

use std::path::Path;

use similar::TextDiff;

/// The unified patch between two texts of a file, as `patch -p0` and `git apply` take it: the
/// first takes `./policy.yaml` as it is, the second without its first part, as it would `a/`.
pub(super) fn unified(path: &Path, before: &str, after: &str) -> String {
    let name = shown(path);
    // What follows a tab is no part of a name, blanks before it are.
    let end = if name.contains(' ') { "\t" } else { "" };
    let diff = TextDiff::from_lines(before, after);
    let hunks = diff.unified_diff().context_radius(3).to_string();
    format!("--- {name}{end}\n+++ {name}{end}\n{hunks}")
}

/// The path as it is from the current folder; the whole path for a file that is not below it.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().and_then(|folder| folder.canonicalize());
    let relative = here
        .ok()
        .and_then(|here| Some(path.canonicalize().ok()?.strip_prefix(here).ok()?.to_owned()));
    match relative {
        Some(relative) => format!("./{}", relative.display()),
        None => path.display().to_string(),
    }
}
