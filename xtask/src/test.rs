//! `cargo xtask test`: everything that must hold. CI runs exactly this.

use std::process::Command;
use std::time::Instant;

use anyhow::Result;

use crate::install::{self, WASM_TARGET};
use crate::workspace::Workspace;
use crate::{build, step};

/// Runs every check in turn and stops at the first that fails.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let start = Instant::now();
    step::loud("formatting", workspace.cargo().args(["fmt", "--all", "--check"]))?;
    install::wasm_target(workspace)?;
    install::envoy(workspace)?;
    build::run(workspace)?;
    step::loud(
        "lints",
        workspace.cargo().args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "--deny",
            "warnings",
        ]),
    )?;
    step::loud(
        "lints of the filter",
        workspace
            .cargo()
            .args(["clippy", "--package", "portcullis-filter", "--target", WASM_TARGET])
            .args(["--", "--deny", "warnings"]),
    )?;
    step::loud(
        "docs",
        workspace
            .cargo()
            .args(["doc", "--workspace", "--no-deps"])
            .env("RUSTDOCFLAGS", "--deny warnings"),
    )?;
    tests(workspace)?;
    println!("\n=== everything holds, in {}", step::seconds(start.elapsed()));
    Ok(())
}

/// By nextest where it is installed, because it runs test programs side by side; by cargo's own runner elsewhere.
fn tests(workspace: &Workspace) -> Result<()> {
    if !has_nextest(workspace) {
        return step::loud("tests", workspace.cargo().args(["test", "--workspace"]));
    }
    // Examples in docs first, so that nextest's summary of all other tests closes the run.
    step::loud("examples in docs", workspace.cargo().args(["test", "--workspace", "--doc"]))?;
    step::loud("tests", workspace.cargo().args(["nextest", "run", "--workspace"]))
}

/// How the tests are called that host-sim does what Envoy does, which it does as the release of `cargo xtask test`.
const IMITATION: &str = "host_sim_answers_";

/// The end-to-end tests, of any release of Envoy.
pub(crate) fn end_to_end(workspace: &Workspace) -> Command {
    let mut tests = workspace.cargo();
    if has_nextest(workspace) {
        // Of the whole workspace: with the features of one package alone nearly all would be built once more.
        tests.args(["nextest", "run", "--workspace", "--no-fail-fast", "--filterset"]);
        tests.arg(format!("package(portcullis-tests) - test({IMITATION})"));
    } else {
        tests.args(["test", "--package", "portcullis-tests", "--no-fail-fast"]);
        tests.args(["--", "--skip", IMITATION]);
    }
    tests
}

fn has_nextest(workspace: &Workspace) -> bool {
    workspace
        .cargo()
        .args(["nextest", "--version"])
        .output()
        .is_ok_and(|output| output.status.success())
}
