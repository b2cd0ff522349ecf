//! Which file it is that paths and streams lead to.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::Path;

/// What tells a file from all others, whatever it is called: its device and its number there.
#[cfg(unix)]
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Identity(u64, u64);

/// What tells a file from all others: its path without links. An open file cannot be replaced there.
#[cfg(not(unix))]
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Identity(std::path::PathBuf);

/// Whether two paths lead to the same file; where one leads to none, they do not.
pub(crate) fn same_file(one: &Path, other: &Path) -> bool {
    Identity::at(one).is_ok_and(|file| Identity::at(other).is_ok_and(|there| there == file))
}

/// Whether a path leads to the file that standard input comes from.
pub(crate) fn is_behind_stdin(path: &Path) -> bool {
    behind(&io::stdin(), path).is_ok_and(|file| file.is_some_and(|file| file.is_file()))
}

/// Whether a path leads to what standard output goes to: a file, a pipe or a device.
pub(crate) fn is_behind_stdout(path: &Path) -> bool {
    behind(&io::stdout(), path).is_ok_and(|file| file.is_some())
}

#[cfg(unix)]
impl Identity {
    /// That of the file to which a path leads now.
    pub(crate) fn at(path: &Path) -> io::Result<Self> {
        fs::metadata(path).map(|metadata| Self::of(&metadata))
    }

    /// That of a file which was opened by a path.
    pub(crate) fn of_open(file: &File, _: &Path) -> io::Result<Self> {
        file.metadata().map(|metadata| Self::of(&metadata))
    }

    fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self(metadata.dev(), metadata.ino())
    }
}

#[cfg(not(unix))]
impl Identity {
    /// That of the file to which a path leads now.
    pub(crate) fn at(path: &Path) -> io::Result<Self> {
        fs::canonicalize(path).map(Self)
    }

    /// That of a file which was opened by a path.
    pub(crate) fn of_open(_: &File, path: &Path) -> io::Result<Self> {
        Self::at(path)
    }
}

/// What a stream leads to, where a path leads there, too.
#[cfg(unix)]
fn behind(stream: &impl std::os::fd::AsFd, path: &Path) -> io::Result<Option<Metadata>> {
    let opened = File::from(stream.as_fd().try_clone_to_owned()?).metadata()?;
    Ok(Some(opened).filter(|opened| Identity::at(path).is_ok_and(|it| it == Identity::of(opened))))
}

/// Systems that do not number files do not tell.
#[cfg(not(unix))]
fn behind<Stream>(_: &Stream, _: &Path) -> io::Result<Option<Metadata>> {
    Ok(None)
}
