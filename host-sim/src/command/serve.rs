//! `host-sim serve`: a small HTTP front.
use super::{Failure, PluginArguments};
use std::process::ExitCode;

/// Serves
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    plugin: PluginArguments,
}
pub(super) fn serve(arguments: &Arguments) -> Result<ExitCode, Failure> {
    arguments.plugin.start(|builder| builder)?;
    Ok(ExitCode::SUCCESS)
}
