//! The functions a module can import, as the reference host links them.

mod buffers;
mod callouts;
mod foreign;
mod general;
mod headers;
mod link;
mod maps;
mod metrics;
mod permission;
mod properties;
mod shared;
mod stream;
mod wasi;
mod wasi_files;

use wasmtime::{Engine, Linker};

use crate::abi::AbiVersion;
use crate::state::State;

/// Everything that a module of this ABI version may import. A function of another version does
/// not link, exactly as in the reference host.
pub(crate) fn linker(engine: &Engine, abi: AbiVersion) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    general::link(&mut linker, abi)?;
    buffers::link(&mut linker, abi)?;
    headers::link(&mut linker)?;
    properties::link(&mut linker)?;
    stream::link(&mut linker, abi)?;
    metrics::link(&mut linker)?;
    shared::link(&mut linker)?;
    callouts::link(&mut linker)?;
    foreign::link(&mut linker)?;
    for module in ["wasi_snapshot_preview1", "wasi_unstable"] {
        wasi::link(&mut linker, module)?;
        wasi_files::link(&mut linker, module)?;
    }
    Ok(linker)
}
