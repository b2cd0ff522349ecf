//! Where the finished filter and Envoy are.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

/// The filter as a proxy loads it.
pub fn filter() -> Result<PathBuf> {
    find("PORTCULLIS_FILTER", "portcullis.wasm", "cargo xtask build")
}

/// The filter for any host.
pub fn portable_filter() -> Result<PathBuf> {
    find("PORTCULLIS_PORTABLE_FILTER", "portcullis-portable.wasm", "cargo xtask build")
}

/// A real Envoy.
pub fn envoy() -> Result<PathBuf> {
    find("PORTCULLIS_ENVOY", "envoy/bin/envoy", "cargo xtask test")
}

/// The checkout.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

fn find(variable: &str, in_target: &str, remedy: &str) -> Result<PathBuf> {
    let file = std::env::var_os(variable).map_or_else(|| target().join(in_target), PathBuf::from);
    if !file.is_file() {
        bail!("{} is missing; `{remedy}` makes it (or set {variable})", file.display());
    }
    Ok(file)
}

/// The build folder; a test runs in the folder of its crate, so that a relative one is taken from the checkout.
fn target() -> PathBuf {
    root().join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}
