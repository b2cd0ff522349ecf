//! Processes that never outlive the program that started them.

use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use anyhow::{Context, Result};

/// The shell waits for the program, and a watcher ends the program when our end of the pipe closes: on every way out,
/// also when we are killed. Nobody else ends it, so that its number cannot meanwhile be another process's.
const SCRIPT: &str = r#"trap '' INT
exec 3<&0
"$@" </dev/null 3<&- &
program=$!
{ cat >/dev/null; kill -9 $program; } <&3 >/dev/null 2>&1 &
watcher=$!
exec 3<&- </dev/null
wait $program
status=$?
kill $watcher
exit $status"#;

/// A running program; it ends when this value is dropped.
#[derive(Debug)]
pub struct Watched {
    shell: Child,
    pipe: Option<ChildStdin>,
}

/// A command that [`Watched::start`] takes; add arguments as usual.
pub fn command(program: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", SCRIPT, "sh"]).arg(program).stdin(Stdio::piped());
    command
}

impl Watched {
    /// Starts a command made by [`command`].
    pub fn start(mut command: Command) -> Result<Self> {
        let mut shell = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
        let pipe = shell.stdin.take();
        Ok(Self { shell, pipe })
    }

    /// What it writes to its standard output, where the command pipes it; once.
    pub fn stdout(&mut self) -> Option<ChildStdout> {
        self.shell.stdout.take()
    }

    /// What it writes to its standard error, where the command pipes it; once.
    pub fn stderr(&mut self) -> Option<ChildStderr> {
        self.shell.stderr.take()
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.shell.try_wait().context("cannot ask for the state of a process")
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        drop(self.pipe.take());
        // Nothing is left to do about a process that cannot be waited for.
        drop(self.shell.wait());
    }
}
