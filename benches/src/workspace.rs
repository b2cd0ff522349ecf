//! The checkout, and where cargo builds.

use std::path::{Path, PathBuf};

use anyhow::Result;

/// The checkout that the benches were built from.
#[must_use]
pub fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// The build folder: `CARGO_TARGET_DIR`, taken from the current folder as cargo takes it, or `target` in the checkout.
///
/// # Errors
/// Where there is no current folder.
pub fn target() -> Result<PathBuf> {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => Ok(std::path::absolute(folder)?),
        None => Ok(root().join("target")),
    }
}
