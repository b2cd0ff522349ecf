//! Foreign functions.

use wasmtime::Linker;

use super::link::bind;
use crate::memory::{Call, Slice, status};
use crate::state::State;
use crate::status::{Answer, Status};

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    bind!(linker, "env", status, {
        proxy_call_foreign_function(name, name_size, arguments, arguments_size, result_at, size_at)
            => foreign(
                Slice::new(name, name_size),
                Slice::new(arguments, arguments_size),
                result_at,
                size_at
            );
    });
    Ok(())
}

/// A module that gives no address for the result or its size does not get it. When the function
/// fails, both are 0.
fn foreign(
    call: &mut Call<'_>,
    name: Slice,
    arguments: Slice,
    result_at: u32,
    size_at: u32,
) -> Answer {
    let (memory, world) = call.parts()?;
    let (name, arguments) = (memory.read(name)?, memory.read(arguments)?);
    let function = world.foreign.get(name).ok_or(Status::NotFound)?;
    let result = function(arguments);
    let value = result.as_deref().unwrap_or_default();
    if result_at != 0 {
        call.give_at(value, result_at)?;
    }
    if size_at != 0 {
        let size = u32::try_from(value.len()).map_err(|_| Status::InvalidMemoryAccess)?;
        call.write(size_at, &size.to_le_bytes())?;
    }
    result.map(drop).map_err(Into::into)
}
