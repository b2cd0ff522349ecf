//! `cargo xtask bench`: runs every bench program, then draws and sums up what they recorded.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use crate::{build, install, step};

/// Where the results are that docs/performance.md shows.
const RECORD: &str = "benches/record";

/// Refuses to put the results of a run that measures less than all, or otherwise, into the place of the published ones.
pub(crate) fn must_be_whole(
    workspace: &Workspace,
    record: Option<&Path>,
    leave_out: &[(&str, bool)],
) -> Result<()> {
    let given = leave_out.iter().find(|(_, is_given)| *is_given);
    match given {
        Some((option, _)) if record.is_some_and(|record| is_published(workspace, record)) => bail!(
            "`{RECORD}` holds what whole runs measured, and docs/performance.md shows it: leave out `{option}`, or record in another folder"
        ),
        _ => Ok(()),
    }
}

/// Whether a folder is that of the published results, however it is written.
fn is_published(workspace: &Workspace, folder: &Path) -> bool {
    let place = |folder: &Path| workspace.root().join(folder).canonicalize().ok();
    place(folder).is_some_and(|given| place(Path::new(RECORD)) == Some(given))
}

/// How much and what.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask bench --quick                    a minute or two, results in target/bench/\n  cargo xtask bench                            everything at full size\n  cargo xtask bench --only bench-wasm          one program\n  cargo xtask bench --record benches/record    as the results in docs/performance.md were made"
)]
pub(crate) struct Options {
    /// Smaller and with fewer samples
    #[arg(long)]
    quick: bool,
    /// Only this program, named as its file in benches/src/bin/
    #[arg(long, value_name = "PROGRAM")]
    only: Option<String>,
    /// Folder for CSV files and plots [default: target/bench]
    #[arg(long, value_name = "FOLDER")]
    record: Option<PathBuf>,
}

/// Runs all programs, even after one has failed. Times never fail; counts and wrong decisions do.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    must_be_whole(workspace, options.record.as_deref(), &[("--quick", options.quick)])?;
    let programs = programs(workspace)?;
    let chosen: Vec<&String> = match &options.only {
        // That one takes longer than all the others: it has a command of its own.
        None => programs.iter().filter(|program| *program != "bench-envoy").collect(),
        Some(name) => {
            vec![programs.iter().find(|program| *program == name).with_context(|| {
                format!("no bench program `{name}`: expected one of {}", programs.join(", "))
            })?]
        }
    };
    built(workspace)?;
    if chosen.iter().any(|program| program.contains("compile")) {
        let portcullis = ["build", "--release", "--package", "policy-compiler"];
        step::quiet("building portcullis", workspace.cargo().args(portcullis))?;
    }
    if chosen.iter().any(|program| program.contains("envoy")) {
        install::envoy(workspace)?;
    }
    let folder = options.record.clone().unwrap_or_else(|| workspace.target().join("bench"));
    let mut failed = Vec::new();
    for program in chosen {
        let mut command = workspace.command(released(workspace, program));
        command.arg("--record").arg(&folder);
        if options.quick {
            command.arg("--quick");
        }
        if let Err(error) = step::loud(program, &mut command) {
            eprintln!("{error:#}");
            failed.push(program.as_str());
        }
    }
    sum_up(workspace, &folder)?;
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

/// Builds the filter and all programs of the benches.
pub(crate) fn built(workspace: &Workspace) -> Result<()> {
    build::filter(workspace)?;
    step::quiet(
        "building the benches (the first time this takes minutes: a WebAssembly engine is compiled)",
        workspace.cargo().args(["build", "--release", "--package", "portcullis-benches", "--bins"]),
    )
}

/// Draws and sums up what is recorded in a folder, and puts it into the documents where the folder is theirs.
pub(crate) fn sum_up(workspace: &Workspace, folder: &Path) -> Result<()> {
    let mut summary = workspace.command(released(workspace, "summary"));
    summary.arg(folder);
    if is_published(workspace, folder) {
        summary.args(["--document", "docs/performance.md"]);
    }
    step::loud("budgets and plots", &mut summary)
}

/// The programs `bench-*` of the benches: who adds one there, adds it here.
fn programs(workspace: &Workspace) -> Result<Vec<String>> {
    let folder = workspace.root().join("benches").join("src").join("bin");
    let entries = folder.read_dir().with_context(|| format!("cannot read {}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("bench-") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// A program that [`built`] has built.
pub(crate) fn released(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.target().join("release").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}
