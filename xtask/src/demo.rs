//! `cargo xtask demo`: builds what the demo needs and starts it.

use std::process::Command;

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{build, install, step};

/// How to show it.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask demo                  the rows, decided by the filter in host-sim\n  cargo xtask demo --envoy          the same in a real Envoy 1.40 with a real upstream behind it\n  cargo xtask demo --envoy --serve  stays up, and prints curl lines to try"
)]
pub(crate) struct Options {
    /// Also send the requests through a real Envoy on loopback, with a real upstream behind it
    #[arg(long)]
    envoy: bool,
    /// Stay up until Ctrl-C, and print curl lines to try
    #[arg(long)]
    serve: bool,
    /// One JSON line a request instead of the table
    #[arg(long)]
    json: bool,
    /// Where `--serve` listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:10000")]
    listen: std::net::SocketAddr,
}

/// Builds the filter and the demo, gets Envoy where asked, and becomes the demo.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.envoy {
        install::envoy(workspace)?;
    }
    build::filter(workspace)?;
    // All of the workspace, as `cargo xtask test` builds it: with other features, everything would be built twice.
    step::quiet(
        "building the demo (the first time this takes minutes: a WebAssembly engine is compiled)",
        workspace.cargo().args(["build", "--workspace", "--bins"]),
    )?;
    let mut demo = workspace.command(workspace.program("demo"));
    demo.arg("--example").arg(workspace.root().join("examples").join("acme"));
    for (asked, name) in
        [(options.envoy, "--envoy"), (options.serve, "--serve"), (options.json, "--json")]
    {
        if asked {
            demo.arg(name);
        }
    }
    demo.arg("--listen").arg(options.listen.to_string());
    become_program(demo)
}

/// The demo takes this process's place, so that Ctrl-C and signals reach it and nobody stands between.
#[cfg(unix)]
fn become_program(mut program: Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    let error = program.exec();
    Err(anyhow::Error::new(error).context("cannot start the demo"))
}

#[cfg(not(unix))]
fn become_program(mut program: Command) -> Result<()> {
    let status = program.status()?;
    std::process::exit(status.code().unwrap_or(1))
}
