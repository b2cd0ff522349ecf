//! Processes that never outlive the program that started them.

use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};

use anyhow::{Context, Result};

/// The shell becomes the program, and a watcher ends the program when our end of the pipe closes: on every way out,
/// also when we are killed.
const SCRIPT: &str = r#"exec 3<&0
{ cat >/dev/null; kill $$; } <&3 >/dev/null 2>&1 &
exec 3<&-
exec "$@" </dev/null"#;

/// A running program; it ends when this value is dropped.
#[derive(Debug)]
pub struct Watched {
    child: Child,
    _pipe: Option<ChildStdin>,
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
        let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
        let pipe = child.stdin.take();
        Ok(Self { child, _pipe: pipe })
    }

    /// The child, for its output.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.child.try_wait().context("cannot ask for the state of a process")
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // Nothing is left to do about a process that cannot be ended.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
