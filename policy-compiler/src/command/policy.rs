//! Opens the policy that a command is given: a table, or a document, which is compiled in memory.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use policy_table::Table;

use super::progress::Bar;
use super::{Outcome, output, table};
use crate::compile::{CompileOptions, Compiled, Made, compile_text, make};
use crate::diagnostic::Report;
use crate::escape::shown;
use crate::load::{LoadOptions, Loaded, folder_of, load_text, unreadable};
use crate::model::Legacy;
use crate::progress::{Step, Watcher};
use crate::text::{MAX_FILE_BYTES, TABLE_BEGIN, read_bytes, to_text};

/// The argument that stands for standard input.
const STDIN: &str = "-";

/// What a command was given for a policy. It is read once: a pipe has nothing to read a second time,
/// and a file may be another one by then.
#[derive(Debug)]
pub(super) struct Given {
    name: PathBuf,
    bytes: Vec<u8>,
}

impl Given {
    /// Reads a file, or standard input for `-`.
    ///
    /// # Errors
    /// How the command ends; why was said.
    pub(super) fn read(path: &Path, watcher: &Watcher) -> Result<Self, Outcome> {
        watcher.begin(Step::Read);
        let (name, bytes) = if is_stdin(path) {
            let mut bytes = Vec::new();
            let most = MAX_FILE_BYTES.saturating_add(1);
            (
                Path::new("<stdin>"),
                io::stdin().lock().take(most).read_to_end(&mut bytes).map(|_| bytes),
            )
        } else {
            (path, read_bytes(path))
        };
        match bytes {
            Ok(bytes) => Ok(Self { name: name.to_owned(), bytes }),
            Err(error) => Err(output::unreadable(name, &error)),
        }
    }

    /// What messages call it.
    pub(super) fn name(&self) -> &Path {
        &self.name
    }

    /// Reads the document; the files that one from standard input names are relative to the current
    /// folder.
    pub(super) fn load(self, options: &LoadOptions) -> Result<Loaded, Report> {
        let (name, text) = self.text()?;
        load_text(&name, text, folder_of(&name), options)
    }

    /// Compiles the document.
    pub(super) fn compile(self, options: &CompileOptions) -> Result<Compiled, Report> {
        let (name, text) = self.text()?;
        compile_text(&name, text, folder_of(&name), options)
    }

    /// Makes the table of the document, without proving it.
    pub(super) fn make(self, options: &CompileOptions) -> Result<Made, Report> {
        let (name, text) = self.text()?;
        make(&name, text, folder_of(&name), options)
    }

    fn text(self) -> Result<(PathBuf, String), Report> {
        let Self { name, bytes } = self;
        let text = to_text(bytes).map_err(|error| unreadable(&name, &error))?;
        Ok((name, text))
    }
}

/// Whether an argument stands for standard input.
pub(super) fn is_stdin(path: &Path) -> bool {
    path == Path::new(STDIN)
}

/// Refuses to read two things from standard input; `others` does it already.
///
/// # Errors
/// How the command ends; why was said.
pub(super) fn require_stdin_once(path: &Path, others: bool) -> Result<(), Outcome> {
    if others && is_stdin(path) {
        return Err(output::refuse(
            "standard input can only be read once: name a file instead of one `-`",
        ));
    }
    Ok(())
}

/// The table of a policy.
#[derive(Debug)]
pub(super) struct Opened {
    name: PathBuf,
    bytes: Vec<u8>,
    /// The dates of legacy access profiles, where a document has any.
    pub(super) legacy: Option<Legacy>,
}

impl Opened {
    /// Reads a table, or compiles a document.
    ///
    /// # Errors
    /// How the command ends; why was said.
    pub(super) fn read(path: &Path) -> Result<Self, Outcome> {
        let (bar, watcher) = Bar::new();
        let given = Given::read(path, &watcher)?;
        let name = given.name.clone();
        if given.bytes.starts_with(TABLE_BEGIN) {
            return Ok(Self { name, bytes: given.bytes, legacy: None });
        }
        let load = LoadOptions { watcher, ..LoadOptions::default() };
        let compiled = given.compile(&CompileOptions { load, ..CompileOptions::default() });
        drop(bar);
        match compiled {
            Ok(Compiled { table, policy, .. }) => {
                let mut keys = policy.clients.iter().flat_map(|client| &client.keys);
                let legacy = keys.any(|key| key.legacy.is_some()).then_some(policy.legacy);
                // The process ends soon, which is quicker than giving back a million keys one by one.
                std::mem::forget(policy);
                Ok(Self { name, bytes: table, legacy })
            }
            Err(report) => {
                output::show(&report);
                Err(output::fail(format!("`{}` is no valid policy", shown(&name))))
            }
        }
    }

    /// Proves the table.
    ///
    /// # Errors
    /// How the command ends; why was said.
    pub(super) fn prove(&self) -> Result<Table<'_>, Outcome> {
        table::prove(&self.name, &self.bytes)
    }
}

/// Opens a policy and hands its table on.
pub(super) fn open(
    path: &Path,
    then: impl FnOnce(&Table<'_>) -> Result<Outcome, Outcome>,
) -> Outcome {
    Opened::read(path).and_then(|opened| then(&opened.prove()?)).unwrap_or_else(|outcome| outcome)
}
