//! Where things are.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::flavour::Flavour;

/// The checkout and its build directory.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// The workspace that this program belongs to.
    pub(crate) fn find() -> Result<Self> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .context("`CARGO_MANIFEST_DIR` is not set; start this program as `cargo xtask`")?;
        let root = Path::new(&manifest)
            .parent()
            .context("the folder of xtask has no parent")?
            .to_path_buf();
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => std::path::absolute(folder)?,
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    /// The checkout.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The build directory.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// The finished filter.
    pub(crate) fn filter(&self, flavour: Flavour) -> PathBuf {
        self.target.join(match flavour {
            Flavour::Lean => "portcullis.wasm",
            Flavour::Portable => "portcullis-portable.wasm",
        })
    }

    /// The Python environment that holds Envoy.
    pub(crate) fn envoy_environment(&self) -> PathBuf {
        self.target.join("envoy")
    }

    /// The Envoy that the tests and the demo run.
    pub(crate) fn envoy(&self) -> PathBuf {
        Self::envoy_of(&self.envoy_environment())
    }

    /// The Envoy of a Python environment.
    pub(crate) fn envoy_of(environment: &Path) -> PathBuf {
        environment.join("bin").join("envoy")
    }

    /// A program of this workspace, built by `cargo build`.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        self.target.join("debug").join(file)
    }

    /// Cargo, in the root of the checkout.
    pub(crate) fn cargo(&self) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        self.command(cargo)
    }

    /// Any program, in the root of the checkout, told where the filter and Envoy are.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.root)
            .env("PORTCULLIS_FILTER", self.filter(Flavour::Lean))
            .env("PORTCULLIS_PORTABLE_FILTER", self.filter(Flavour::Portable))
            .env("PORTCULLIS_ENVOY", self.envoy());
        // A relative one would be taken from wherever a program runs.
        if std::env::var_os("CARGO_TARGET_DIR").is_some() {
            command.env("CARGO_TARGET_DIR", &self.target);
        }
        // What cargo says of xtask itself is not for the programs that xtask starts.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("CARGO_PKG_") {
                command.env_remove(name);
            }
        }
        command.env_remove("CARGO_MANIFEST_DIR");
        command
    }
}
