//! Properties.

use wasmtime::Linker;

use super::link::bind;
use crate::attributes;
use crate::memory::{Call, Destination, Slice, status};
use crate::state::{Proxy, State};
use crate::status::{Answer, Status};

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    bind!(linker, "env", status, {
        proxy_get_property(path, path_size, value_at, size_at)
            => get(Slice::new(path, path_size), Destination::new(value_at, size_at));
        proxy_set_property(path, path_size, value, value_size)
            => set(Slice::new(path, path_size), Slice::new(value, value_size));
    });
    Ok(())
}

fn get(call: &mut Call<'_>, path: Slice, destination: Destination) -> Answer {
    let (memory, proxy) = call.parts()?;
    let value = find(proxy, memory.read(path)?)?;
    call.give(&value, destination)
}

/// What the caller set comes before what follows from the request.
fn find(proxy: &mut Proxy, path: &[u8]) -> Result<Vec<u8>, Status> {
    if path.is_empty() {
        return Err(Status::SerializationFailure);
    }
    let Proxy { plugin, properties, contexts, .. } = proxy;
    let stream = contexts.active_stream();
    let of_request = stream.as_ref().and_then(|stream| stream.properties.get(path));
    let value = match of_request.or_else(|| properties.get(path)) {
        Some(set) => Some(set.clone()),
        None => attributes::of_plugin(path, plugin)
            .or_else(|| attributes::of_stream(path, stream.as_deref()?)),
    };
    value.and_then(|value| value.encode()).ok_or(Status::NotFound)
}

/// Envoy keeps the value as filter state of the stream, so outside a stream there is no place
/// for it.
fn set(call: &mut Call<'_>, path: Slice, value: Slice) -> Answer {
    let (memory, proxy) = call.parts()?;
    let (path, value) = (memory.read(path)?, memory.read(value)?);
    let stream = proxy.contexts.active_stream().ok_or(Status::NotFound)?;
    stream.filter_state.insert(path.to_vec(), value.to_vec());
    Ok(())
}
