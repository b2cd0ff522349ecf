//! What every command does with its output.

use std::fmt::Display;
use std::fs;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use serde::Serialize;
use tempfile::NamedTempFile;

use super::Outcome;
use crate::diagnostic::{Report, Style};
use crate::review::Paint;

/// The style for stderr: colours on a terminal, unless `NO_COLOR` is set (no-color.org).
pub(super) fn style() -> Style {
    if wants_colours(io::stderr().is_terminal()) { Style::Colour } else { Style::Plain }
}

/// How data for people is set off: with colours on a terminal, unless `NO_COLOR` is set.
pub(super) fn paint() -> Paint {
    if wants_colours(io::stdout().is_terminal()) { Paint::Colours } else { Paint::Plain }
}

fn wants_colours(is_terminal: bool) -> bool {
    is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Shows a report to people.
pub(super) fn show(report: &Report) {
    say(report.render(style()));
    let (errors, warnings) = (report.errors(), report.warnings());
    if errors > 0 || warnings > 0 {
        say_line(format!("{}, {}", counted(errors, "error"), counted(warnings, "warning")));
    }
}

/// Writes a line to stderr. Nobody may be reading it: that is no reason to fail.
pub(super) fn say_line(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Refuses a document that is not there: that is no fault of the policy.
pub(super) fn require_file(path: &Path) -> Result<(), Outcome> {
    match fs::File::open(path) {
        Ok(_) => Ok(()),
        Err(error) => Err(refuse(format!("cannot read `{}`: {error}", path.display()))),
    }
}

/// Says why a command could not do its work.
pub(super) fn refuse(text: impl Display) -> Outcome {
    say_line(format!("error: {text}"));
    Outcome::Misuse
}

/// Writes data to stdout.
pub(super) fn data(text: impl Display) -> Outcome {
    let mut stdout = io::stdout().lock();
    let result = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
    written(result)
}

/// Writes lines of data to stdout; none if there are none.
pub(super) fn text(lines: impl Display) -> Outcome {
    let mut stdout = io::stdout().lock();
    let result = write!(stdout, "{lines}").and_then(|()| stdout.flush());
    written(result)
}

/// Writes a value to stdout as indented JSON.
pub(super) fn json(value: &impl Serialize) -> Outcome {
    match serde_json::to_string_pretty(value) {
        Ok(text) => data(text),
        Err(error) => refuse(format!("cannot write JSON: {error}")),
    }
}

/// Many lines of data, written through one buffer.
pub(super) struct Lines {
    stdout: BufWriter<io::StdoutLock<'static>>,
    failed: Option<io::Error>,
}

impl Lines {
    pub(super) fn new() -> Self {
        Self { stdout: BufWriter::new(io::stdout().lock()), failed: None }
    }

    /// Writes a value on one line; whether there is any point in going on.
    pub(super) fn json(&mut self, value: &impl Serialize) -> bool {
        match serde_json::to_string(value) {
            Ok(line) => self.text(&line),
            Err(error) => {
                self.failed = Some(error.into());
                false
            }
        }
    }

    /// Writes a line; whether there is any point in going on.
    pub(super) fn text(&mut self, line: &str) -> bool {
        if let Err(error) = writeln!(self.stdout, "{line}") {
            self.failed = Some(error);
        }
        self.failed.is_none()
    }

    /// Sends what is still in the buffer.
    pub(super) fn finish(mut self) -> Outcome {
        let flushed = self.failed.take().map_or_else(|| self.stdout.flush(), Err);
        written(flushed)
    }
}

/// Lines of names and values, the values aligned.
pub(super) fn aligned(lines: &[(&str, String)]) -> String {
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let lines: Vec<String> =
        lines.iter().map(|(name, value)| format!("{name:width$}  {value}")).collect();
    lines.join("\n")
}

/// Puts a file in place as a whole or not at all; an existing one keeps its permissions.
pub(super) fn replace_file(path: &Path, content: &[u8]) -> io::Result<()> {
    // What is written through a link is the file behind it.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut file = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    match fs::metadata(&target) {
        Ok(existing) => file.as_file().set_permissions(existing.permissions())?,
        Err(_) => readable_by_all(file.as_file())?,
    }
    file.persist(&target)?;
    Ok(())
}

/// A temporary file is the owner's alone; a new output is as any other new file.
#[cfg(unix)]
fn readable_by_all(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_all(_: &fs::File) -> io::Result<()> {
    Ok(())
}

fn written(result: io::Result<()>) -> Outcome {
    match result {
        Ok(()) => Outcome::Success,
        // The reader has seen enough, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Outcome::Success,
        Err(error) => refuse(format!("cannot write to stdout: {error}")),
    }
}

fn say(text: impl Display) {
    let _ = write!(io::stderr().lock(), "{text}");
}

fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}
