//! `cargo xtask audit`: what deny.toml says of the dependencies.

use std::ffi::OsStr;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::step;
use crate::workspace::Workspace;

/// Checks licences, sources and duplicates, then the advisories, for which a database is fetched.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let cargo_deny = cargo_deny(workspace)?;
    let cargo_deny = cargo_deny.as_os_str();
    check(
        workspace,
        cargo_deny,
        "licences, sources, duplicates",
        &["bans", "licenses", "sources"],
    )?;
    check(workspace, cargo_deny, "advisories", &["advisories"])
        .context("an advisory applies, or the advisory database cannot be fetched; the lines above say which")
}

fn check(workspace: &Workspace, cargo_deny: &OsStr, title: &str, checks: &[&str]) -> Result<()> {
    step::loud(title, workspace.command(cargo_deny).args(["--workspace", "check"]).args(checks))
}

/// The installed cargo-deny, or one in the build directory.
fn cargo_deny(workspace: &Workspace) -> Result<PathBuf> {
    let tools = workspace.target().join("tools");
    let own = tools.join("bin").join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    for candidate in [PathBuf::from("cargo-deny"), own.clone()] {
        let tried = workspace.command(&candidate).arg("--version").output();
        if tried.is_ok_and(|output| output.status.success()) {
            return Ok(candidate);
        }
    }
    step::quiet(
        "installing cargo-deny (takes minutes)",
        workspace.cargo().args(["install", "--locked", "cargo-deny", "--root"]).arg(&tools),
    )
    .context("cannot install cargo-deny; is there a network?")?;
    Ok(own)
}
