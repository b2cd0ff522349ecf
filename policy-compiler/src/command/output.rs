//! What every command does with its output.

use std::fmt::Display;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::Serialize;

use super::{Outcome, colour};
use crate::counted::counted;
use crate::diagnostic::secret::mask_own_keys;
use crate::diagnostic::{Report, Style};
use crate::escape::shown;
use crate::review::Paint;

/// How data for people is set off: with colours as reports have them, where stdout is a terminal.
pub(super) fn paint() -> Paint {
    match colour::style_of(&io::stdout()) {
        Style::Colour => Paint::Colours,
        Style::Plain => Paint::Plain,
    }
}

/// Shows a report to people.
pub(super) fn show(report: &Report) {
    say(report.render(colour::style()));
    let (errors, warnings) = (report.errors(), report.warnings());
    if errors > 0 || warnings > 0 {
        say_line(format!("{}, {}", counted(errors, "error"), counted(warnings, "warning")));
    }
}

/// Writes a line to stderr. Nobody may be reading it: that is no reason to fail.
pub(super) fn say_line(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{}", masked(text));
}

/// Says how the arguments are wrong, or what was asked for: help or version.
pub(super) fn misused(error: &clap::Error) -> Outcome {
    if !error.use_stderr() {
        return match error.print() {
            Ok(()) => Outcome::Success,
            Err(error) => written(Err(error)),
        };
    }
    // Arguments are repeated, and one may be a key.
    match colour::style() {
        Style::Colour => say(error.render().ansi()),
        Style::Plain => say(error.render()),
    }
    Outcome::Misuse
}

/// Says why a command could not do its work.
pub(super) fn refuse(text: impl Display) -> Outcome {
    say_line(format!("error: {text}"));
    Outcome::Misuse
}

/// Says what does not hold.
pub(super) fn fail(text: impl Display) -> Outcome {
    say_line(format!("error: {text}"));
    Outcome::Failure
}

/// Says that a file cannot be read.
pub(super) fn unreadable(path: &Path, error: &io::Error) -> Outcome {
    refuse(format!(
        "cannot read `{}`: {error}; give the path of a file that can be read",
        shown(path)
    ))
}

/// Writes data to stdout.
pub(super) fn data(text: impl Display) -> Outcome {
    let mut stdout = io::stdout().lock();
    let result = writeln!(stdout, "{}", masked(text)).and_then(|()| stdout.flush());
    written(result)
}

/// Whether what is written to stdout is lost: it is the null device, which also takes the place of
/// a stdout that was closed.
#[cfg(unix)]
pub(super) fn is_lost() -> bool {
    use std::os::fd::AsFd;
    use std::os::unix::fs::{FileTypeExt, MetadataExt};
    let device = |file: std::fs::Metadata| file.file_type().is_char_device().then(|| file.rdev());
    let stdout = io::stdout().as_fd().try_clone_to_owned().map(std::fs::File::from);
    let stdout = stdout.and_then(|file| file.metadata()).ok().and_then(device);
    let null = std::fs::metadata("/dev/null").ok().and_then(device);
    stdout.is_some() && stdout == null
}

#[cfg(not(unix))]
pub(super) fn is_lost() -> bool {
    false
}

/// Writes a key to stdout. That nobody reads it is an error: it is shown once.
pub(super) fn reveal(key: String) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{key}")?;
    stdout.flush()
}

/// Writes lines of data to stdout; none if there are none.
pub(super) fn text(lines: impl Display) -> Outcome {
    let mut stdout = io::stdout().lock();
    let result = write!(stdout, "{}", masked(lines)).and_then(|()| stdout.flush());
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
        if let Err(error) = writeln!(self.stdout, "{}", mask_own_keys(line)) {
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

fn written(result: io::Result<()>) -> Outcome {
    match result {
        Ok(()) => Outcome::Success,
        // The reader has seen enough, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Outcome::Success,
        Err(error) => refuse(format!("cannot write to stdout: {error}")),
    }
}

fn say(text: impl Display) {
    let _ = write!(io::stderr().lock(), "{}", masked(text));
}

/// A last net: no key that found its way into a text leaves with it.
fn masked(text: impl Display) -> String {
    mask_own_keys(&text.to_string()).into_owned()
}
