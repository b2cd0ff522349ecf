//! Properties.

use wasmtime::Linker;

use super::link::bind;
use crate::attributes;
use crate::context::Context;
use crate::memory::{Call, Destination, Slice, status};
use crate::profile::PropertyForm;
use crate::state::{State, World};
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
    let (memory, world) = call.parts()?;
    let value = find(world, memory.read(path)?)?;
    call.give(&value, destination)
}

/// What the caller set comes before what follows from the request.
pub(super) fn find(world: &mut World, path: &[u8]) -> Result<Vec<u8>, Status> {
    if path.is_empty() {
        return Err(Status::SerializationFailure);
    }
    // The C++ SDK ends every name with a zero byte, the last one too.
    let path = path.strip_suffix(b"\0").unwrap_or(path);
    let World { properties, contexts, rules, vm, lasting, .. } = world;
    let now = lasting.clock.now();
    // No module of the C++ SDK starts without the properties of the plugin.
    let plugin = contexts.active_root().map(|root| &root.plugin);
    let of_plugin = attributes::of_plugin(path, plugin, vm);
    let context = contexts.active_context();
    let of_context = context.as_ref().and_then(|context| match context {
        Context::Root(_) => None,
        Context::Stream(stream) => stream.properties.get(path),
        Context::Connection(connection) => connection.properties.get(path),
    });
    let set = of_context.or_else(|| properties.get(path)).cloned();
    let value = set.or(of_plugin).or_else(|| {
        let context = context.as_deref().filter(|_| rules.properties != PropertyForm::GivenOnly)?;
        attributes::of_context(path, context, rules, now)
    });
    let Some(value) = value else {
        let group = attributes::is_group(path, context.as_deref());
        return Err(if group { Status::SerializationFailure } else { Status::NotFound });
    };
    let form =
        if rules.properties == PropertyForm::Text { value.as_text() } else { value.encode() };
    form.ok_or(Status::NotFound)
}

/// Envoy keeps the value as filter state of the stream, so outside a stream there is no place
/// for it.
fn set(call: &mut Call<'_>, path: Slice, value: Slice) -> Answer {
    let (memory, world) = call.parts()?;
    let (path, value) = (memory.read(path)?, memory.read(value)?);
    let filter_state = match world.contexts.active_context() {
        Some(Context::Stream(stream)) => &mut stream.filter_state,
        Some(Context::Connection(connection)) => &mut connection.filter_state,
        _ => return Err(Status::NotFound.into()),
    };
    filter_state.insert(path.to_vec(), value.to_vec());
    Ok(())
}
