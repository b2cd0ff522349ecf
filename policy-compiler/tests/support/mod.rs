//! The commands as a user runs them, and the policies that they are run on.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "shared by tests of which none uses all; helpers of tests may fail as tests do"
)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use policy_compiler::load_file;
use policy_compiler::model::{Client, Key, Policy};

/// A digest that many policies of tests have: that of the text `test`.
pub const DIGEST: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// A folder with a policy and the files that it names; it goes with the value.
pub struct Folder {
    folder: tempfile::TempDir,
}

/// What a command did.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Folder {
    /// On the disk of the build: folders for temporary files are often memory.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let this = Self { folder };
        for (name, text) in files {
            this.write(name, text);
        }
        this
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.file(name), text).unwrap();
    }

    pub fn text(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap()
    }

    pub fn policy(&self) -> Policy {
        load_file(&self.file("policy.yaml"), &Default::default())
            .unwrap_or_else(|report| panic!("{report}"))
            .policy
    }

    /// The names of everything in the folder, in order.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Runs `portcullis` in the folder; arguments are parted by blanks.
    pub fn run(&self, arguments: &str) -> Ran {
        self.run_reading(arguments, "")
    }

    /// The same with something on standard input.
    pub fn run_reading(&self, arguments: &str, input: &str) -> Ran {
        self.run_with(&arguments.split_whitespace().collect::<Vec<&str>>(), input)
    }

    /// Runs `portcullis` in the folder with something on standard input.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that reads nothing may have ended already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap().into()
    }

    /// A command in the folder that is not started yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
        command.args(arguments).current_dir(self.path());
        command
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A client of a policy.
pub fn client<'p>(policy: &'p Policy, name: &str) -> &'p Client {
    policy.clients.iter().find(|client| client.name.as_str() == name).unwrap()
}

/// A key of a policy, whose name no other client uses.
pub fn key<'p>(policy: &'p Policy, name: &str) -> &'p Key {
    let mut keys = policy.clients.iter().flat_map(|client| &client.keys);
    keys.find(|key| key.name.as_str() == name).unwrap_or_else(|| panic!("no key {name}"))
}
