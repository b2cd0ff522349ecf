//! `host-sim inspect`: what a module is, before it runs and in one request.

mod callbacks;
mod parts;
mod probe;
mod render;

use std::path::PathBuf;
use std::process::ExitCode;

use self::parts::Parts;
use self::probe::{NoProbe, Probe};
use super::{Failure, PluginArguments, print, print_text, read};
use crate::module::{self, ModuleError};

/// Shows what a module is: ABI version, imports, exports, size, and which callbacks a proxy enters
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  host-sim inspect filter.wasm
  host-sim inspect filter.wasm --config table.bin --json | jq '.callbacks[] | select(.host_calls == 0)'

When the module starts (many need --config for that), a POST with a body is sent through it, a thousand
times, to see which callbacks are entered, what each calls and what it takes. A callback that calls
nothing has most likely nothing to do, and yet a proxy enters it for every request.

Exit status: 0 when a proxy could load the module (also when it refuses its configuration), 1 when it
could not: an import or an export is missing or of another type, there is no ABI version, it traps
before it is configured; 2 when a file cannot be read or is no WebAssembly.")]
pub(super) struct Arguments {
    #[command(flatten)]
    plugin: PluginArguments,
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
}

/// Everything that is known of a module.
struct Inspection {
    module: PathBuf,
    parts: Parts,
    missing: Vec<ModuleError>,
    /// What a request does in it, or why none could be sent.
    probe: Result<Probe, NoProbe>,
}

impl Inspection {
    /// Whether a proxy could load the module.
    fn loads(&self) -> bool {
        !matches!(self.probe, Err(NoProbe { loads: false, .. }))
    }
}

pub(super) fn inspect(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let module = &arguments.plugin.module;
    let bytes = read(module)?;
    let misuse =
        |error: &dyn std::fmt::Display| Failure::Misuse(format!("{}: {error}", module.display()));
    module::check_beginning(&bytes).map_err(|error| misuse(&error))?;
    let parts = Parts::of(&bytes).map_err(|error| misuse(&error))?;
    let missing = module::unmet_imports(&bytes).or_else(|error| match error {
        ModuleError::Feature { .. } => Ok(Vec::new()),
        error => Err(misuse(&error)),
    })?;
    let probe = probe::run(&arguments.plugin)?;
    let inspection = Inspection { module: module.clone(), parts, missing, probe };
    if arguments.json {
        print(&format!("{}\n", render::object(&inspection)))?;
    } else {
        print_text(&render::text(&inspection))?;
    }
    Ok(if inspection.loads() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
