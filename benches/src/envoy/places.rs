//! Where Envoy and the filter are.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::workspace;

/// Files that a run in Envoy needs.
#[derive(Debug, Clone)]
pub struct Places {
    /// Envoy's program.
    pub envoy: PathBuf,
    /// The finished filter.
    pub filter: PathBuf,
    target: PathBuf,
}

impl Places {
    /// In the target folder, or where `PORTCULLIS_ENVOY` and `PORTCULLIS_FILTER` say.
    ///
    /// # Errors
    /// Where one of them is missing.
    pub fn find() -> Result<Self> {
        let target = workspace::target()?;
        let find = |variable: &str, in_target: &str| -> Result<PathBuf> {
            let file =
                std::env::var_os(variable).map_or_else(|| target.join(in_target), PathBuf::from);
            ensure!(
                file.is_file(),
                "{} is missing: run `cargo xtask build` for the filter and `cargo xtask bench-envoy --quick` for Envoy, \
                 or set {variable}",
                file.display()
            );
            Ok(std::path::absolute(file)?)
        };
        Ok(Self {
            envoy: find("PORTCULLIS_ENVOY", "envoy/bin/envoy")?,
            filter: find("PORTCULLIS_FILTER", "portcullis.wasm")?,
            target,
        })
    }

    /// A new folder in the target folder for the files of one Envoy; it goes when the value does.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn folder(&self) -> Result<TempDir> {
        let parent = self.target.join("bench-envoy");
        let make = |parent: &Path| {
            std::fs::create_dir_all(parent)?;
            tempfile::tempdir_in(parent)
        };
        make(&parent).with_context(|| format!("cannot make a folder in {}", parent.display()))
    }
}
