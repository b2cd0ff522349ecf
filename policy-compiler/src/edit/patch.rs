//! An edit as a patch.

use std::path::{Path, PathBuf};

use similar::TextDiff;

/// What changes in a file, as a unified patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// The patch as `patch -p0` and `git apply` take it: the first takes `./policy.yaml` as it is, the
    /// second without its first part, as it would `a/`.
    pub text: String,
    /// The folder that it is to be applied in; none for the current one.
    pub folder: Option<PathBuf>,
}

/// The patch between two texts of a file.
pub(super) fn unified(path: &Path, before: &str, after: &str) -> Patch {
    let (folder, name) = place(path);
    // What follows a tab is no part of a name, blanks before it are.
    let end = if name.contains(' ') { "\t" } else { "" };
    let diff = TextDiff::from_lines(before, after);
    let hunks = diff.unified_diff().context_radius(3).to_string();
    Patch { text: format!("--- {name}{end}\n+++ {name}{end}\n{hunks}"), folder }
}

/// The folder to apply a patch in, and the name of the file there: neither tool leaves its folder. That
/// is the current one for all that is below it, else the root of the repository, else the folder of the file.
fn place(path: &Path) -> (Option<PathBuf>, String) {
    let file = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let here = std::env::current_dir().and_then(|folder| folder.canonicalize()).ok();
    let below = |folder: &Path| Some(format!("./{}", file.strip_prefix(folder).ok()?.display()));
    if let Some(name) = here.as_deref().and_then(below) {
        return (None, name);
    }
    let repository = file.ancestors().skip(1).find(|folder| folder.join(".git").exists());
    match repository.or(file.parent()).and_then(|folder| Some((folder, below(folder)?))) {
        Some((folder, name)) => (Some(folder.to_owned()), name),
        None => (None, path.display().to_string()),
    }
}
