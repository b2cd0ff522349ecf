//! `cargo xtask build`: the filter as a proxy loads it.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::install::{self, WASM_TARGET};
use crate::slim::slim;
use crate::step;
use crate::workspace::Workspace;

/// Builds the filter and says how large it is.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let sizes = filter(workspace)?;
    println!(
        "{}: {} bytes ({} as linked)",
        workspace.filter().display(),
        sizes.finished,
        sizes.linked
    );
    Ok(())
}

/// Bytes of the filter before and after unused exports were removed.
pub(crate) struct Sizes {
    linked: usize,
    finished: usize,
}

/// Builds the filter for WebAssembly and removes the exports it does not use.
pub(crate) fn filter(workspace: &Workspace) -> Result<Sizes> {
    install::wasm_target(workspace)?;
    step::quiet("building the filter", &mut linker(workspace))?;
    let linked_file =
        workspace.target().join(WASM_TARGET).join("wasm").join("portcullis_filter.wasm");
    let linked = std::fs::read(&linked_file)
        .with_context(|| format!("cannot read the linked filter {}", linked_file.display()))?;
    let finished = slim(&linked)?;
    std::fs::write(workspace.filter(), &finished)
        .with_context(|| format!("cannot write {}", workspace.filter().display()))?;
    Ok(Sizes { linked: linked.len(), finished: finished.len() })
}

fn linker(workspace: &Workspace) -> std::process::Command {
    let mut cargo = workspace.cargo();
    cargo
        .args([
            "build",
            "--package",
            "portcullis-filter",
            "--profile",
            "wasm",
            "--target",
            WASM_TARGET,
        ])
        .env("CARGO_ENCODED_RUSTFLAGS", portable_paths(workspace));
    cargo
}

/// Panic messages name source files: without the machine's own folders in them, any machine gives the same bytes.
fn portable_paths(workspace: &Workspace) -> OsString {
    let mut flags = remap(workspace.root().to_path_buf(), "portcullis");
    if let Some(cargo_home) = cargo_home() {
        flags.push("\u{1f}");
        flags.push(remap(cargo_home, "cargo"));
    }
    flags
}

fn remap(folder: PathBuf, name: &str) -> OsString {
    let mut flag = OsString::from("--remap-path-prefix=");
    flag.push(folder);
    flag.push("=");
    flag.push(name);
    flag
}

fn cargo_home() -> Option<PathBuf> {
    std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")))
}
