//! Files that are put in place as a whole or not at all.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::identity::same_file;

/// What the name of an unfinished file ends with.
const SUFFIX: &str = ".portcullis";

/// How many random characters it has.
const RANDOM_CHARACTERS: usize = 6;

/// Puts a file in place as a whole or not at all; an existing one keeps its permissions, and its
/// owner and group where that is allowed. What is written through a link is the file behind it, also
/// where that is yet to be made. A device or a pipe is written to: nothing can take its place.
///
/// # Errors
/// As the file system says; a file is then as it was.
pub fn replace_file(path: &Path, content: &[u8]) -> io::Result<()> {
    Replacement::write(path, content)?.put_in_place()
}

/// A file that is written, but not yet in its place.
#[derive(Debug)]
pub(crate) enum Replacement<'c> {
    File(Finished),
    /// What can only be written to, and is as soon as this is put in place.
    Other(&'c Path, &'c [u8]),
    /// Standard output, likewise.
    Stdout(&'c [u8]),
}

impl<'c> Replacement<'c> {
    /// Writes all that can be written before.
    pub(crate) fn write(path: &'c Path, content: &'c [u8]) -> io::Result<Self> {
        Ok(match target(path)? {
            Target::File(file) => Self::File(Finished::write(&file, content)?),
            Target::Other => Self::Other(path, content),
        })
    }

    pub(crate) fn put_in_place(self) -> io::Result<()> {
        match self {
            Self::File(finished) => finished.put_in_place(),
            Self::Other(path, content) => {
                OpenOptions::new().write(true).open(path)?.write_all(content)
            }
            Self::Stdout(content) => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(content)?;
                stdout.flush()
            }
        }
    }
}

/// What a path leads to, through all links.
enum Target {
    /// A file, there or yet to be made.
    File(PathBuf),
    /// What has no content of its own: a device, a pipe; a folder, too, which refuses to be opened.
    Other,
}

/// Longer ways through links are refused by systems, too.
const MOST_LINKS: usize = 40;

fn target(path: &Path) -> io::Result<Target> {
    match fs::metadata(path) {
        Ok(existing) if existing.is_file() => {
            // The link to an open file that was removed from its folder leads nowhere.
            Ok(match fs::canonicalize(path) {
                Ok(file) if same_file(&file, path) => Target::File(file),
                _ => Target::Other,
            })
        }
        Ok(_) => Ok(Target::Other),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Target::File(behind(path))),
        Err(error) => Err(error),
    }
}

/// The file that links name which lead to none.
fn behind(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&path) {
            Ok(named) => path = parent(&path).join(named),
            Err(_) => break,
        }
    }
    path
}

/// A file that is written, beside the one whose place it is to take.
#[derive(Debug)]
pub(crate) struct Finished {
    file: NamedTempFile,
    target: PathBuf,
}

impl Finished {
    pub(crate) fn write(path: &Path, content: &[u8]) -> io::Result<Self> {
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let existing = fs::metadata(&target).ok();
        let prefix = prefix(target.file_name().unwrap_or_default());
        let mut file = Builder::new();
        file.prefix(&prefix).suffix(SUFFIX).rand_bytes(RANDOM_CHARACTERS);
        if existing.is_none() {
            as_any_new_file(&mut file);
        }
        let mut file = file.tempfile_in(parent(&target))?;
        file.write_all(content)?;
        if let Some(existing) = existing {
            let permissions = keep_owner(file.as_file(), &existing);
            file.as_file().set_permissions(permissions)?;
        }
        file.as_file().sync_all()?;
        Ok(Self { file, target })
    }

    pub(crate) fn put_in_place(self) -> io::Result<()> {
        self.file.persist(&self.target)?;
        // The file is in its place: whatever becomes of its folder, nobody is told that it is not.
        let _ = sync_folder(parent(&self.target));
        Ok(())
    }
}

/// Whether a name is that of an unfinished file which was to take the place of `name`.
pub(crate) fn is_leftover(leftover: &OsStr, name: &OsStr) -> bool {
    let leftover = leftover.as_encoded_bytes();
    let random = leftover
        .strip_prefix(prefix(name).as_encoded_bytes())
        .and_then(|rest| rest.strip_suffix(SUFFIX.as_bytes()));
    random.is_some_and(|random| {
        random.len() == RANDOM_CHARACTERS && random.iter().all(u8::is_ascii_alphanumeric)
    })
}

/// The folder of a file.
pub(crate) fn parent(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// `.policy.yaml.` for `policy.yaml`.
fn prefix(name: &OsStr) -> std::ffi::OsString {
    let mut prefix = std::ffi::OsString::from(".");
    prefix.push(name);
    prefix.push(".");
    prefix
}

/// Gives a file the owner and the group of another one, as far as that is allowed; the permissions that it
/// may then have.
#[cfg(unix)]
fn keep_owner(file: &File, existing: &fs::Metadata) -> fs::Permissions {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let mut permissions = existing.permissions();
    // Before the permissions are set: to change the owner takes some of them away.
    let kept = fchown(file, Some(existing.uid()), Some(existing.gid()))
        .or_else(|_| fchown(file, None, Some(existing.gid())));
    if kept.is_err() {
        // What one group might do is not for another one.
        permissions.set_mode(permissions.mode() & !0o070);
    }
    permissions
}

#[cfg(not(unix))]
fn keep_owner(_: &File, existing: &fs::Metadata) -> fs::Permissions {
    existing.permissions()
}

/// A temporary file is its owner's alone; a new output is as any other new file, which the process's
/// mask says.
#[cfg(unix)]
fn as_any_new_file(file: &mut Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt;
    file.permissions(fs::Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
fn as_any_new_file(_: &mut Builder<'_, '_>) {}

/// The new name of a file surely outlives a loss of power only when its folder was written, which can be
/// asked for where the folder may be read.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_are_known_by_their_names() {
        let is = |leftover: &str| is_leftover(OsStr::new(leftover), OsStr::new("policy.yaml"));
        assert!(is(".policy.yaml.a1B2c3.portcullis"));
        for other in [
            "policy.yaml",
            ".policy.yaml.swp",
            ".policy.yaml.a1B2c.portcullis",
            ".policy.yaml.a1B2.3.portcullis",
            ".other.yaml.a1B2c3.portcullis",
            ".policy.yaml.a1B2c3.portcullis~",
        ] {
            assert!(!is(other), "{other}");
        }
    }
}
