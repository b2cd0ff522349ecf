//! `cargo xtask build`: the filter as a proxy loads it.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context, Result};
use portcullis_branches::{Hinted, Profile, with_hints};

use crate::flavour::Flavour;
use crate::install::{self, WASM_TARGET};
use crate::slim::slim;
use crate::step;
use crate::workspace::Workspace;

/// Builds the filter for every kind of host and says how large it is.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    for flavour in Flavour::ALL {
        let Built { linked, finished, hints } = build(workspace, flavour)?;
        println!(
            "{}: {finished} bytes ({linked} as linked), {hints} branches with a hint",
            workspace.filter(flavour).display(),
        );
    }
    Ok(())
}

/// Builds the filter that Envoy loads.
pub(crate) fn filter(workspace: &Workspace) -> Result<()> {
    build(workspace, Flavour::Lean).map(drop)
}

/// Bytes of the filter as it was linked and as it is finished, and its branches of which it says which way they go.
struct Built {
    linked: usize,
    finished: usize,
    hints: usize,
}

/// Builds the filter for WebAssembly, removes the exports it does not use, and has it say which way its branches go.
fn build(workspace: &Workspace, flavour: Flavour) -> Result<Built> {
    install::wasm_target(workspace)?;
    let what = match flavour {
        Flavour::Lean => "building the filter",
        Flavour::Portable => "building the filter for any host",
    };
    step::quiet(what, &mut cargo_build(workspace, flavour))?;
    let linked_file =
        workspace.target().join(WASM_TARGET).join("wasm").join("portcullis_filter.wasm");
    let linked = std::fs::read(&linked_file)
        .with_context(|| format!("cannot read the linked filter {}", linked_file.display()))?;
    let Hinted { module, hints } = with_hints(&slim(&linked, flavour)?, &profile(workspace)?)?;
    let file = workspace.filter(flavour);
    std::fs::write(&file, &module).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(Built { linked: linked.len(), finished: module.len(), hints })
}

/// Which way the branches of the filter go, as `cargo xtask learn` has written it.
fn profile(workspace: &Workspace) -> Result<Profile> {
    let file = workspace.root().join("filter").join("branches").join("profile.csv");
    let text = std::fs::read_to_string(&file);
    let text = text.with_context(|| format!("cannot read {}", file.display()))?;
    Profile::read(&text).with_context(|| file.display().to_string())
}

fn cargo_build(workspace: &Workspace, flavour: Flavour) -> std::process::Command {
    let mut flags = portable_paths(workspace);
    if flavour == Flavour::Lean {
        flags.push("\u{1f}-Ctarget-feature=+simd128");
    }
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
        .env("CARGO_ENCODED_RUSTFLAGS", flags);
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
