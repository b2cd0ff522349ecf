//! Shared data and shared queues.

use wasmtime::Linker;

use super::link::bind;
use crate::memory::{Call, Destination, Slice, status};
use crate::shared::Reader;
use crate::state::State;
use crate::status::Answer;

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    bind!(linker, "env", status, {
        proxy_get_shared_data(key, key_size, value_at, size_at, compare_at)
            => get_data(Slice::new(key, key_size), Destination::new(value_at, size_at), compare_at);
        proxy_set_shared_data(key, key_size, value, value_size, compare)
            => set_data(Slice::new(key, key_size), Slice::new(value, value_size), compare);
        proxy_register_shared_queue(name, name_size, queue_at)
            => register(Slice::new(name, name_size), queue_at);
        proxy_resolve_shared_queue(vm_id, vm_id_size, name, name_size, queue_at)
            => resolve(Slice::new(vm_id, vm_id_size), Slice::new(name, name_size), queue_at);
        proxy_enqueue_shared_queue(queue, item, size) => enqueue(queue, Slice::new(item, size));
        proxy_dequeue_shared_queue(queue, item_at, size_at)
            => dequeue(queue, Destination::new(item_at, size_at));
    });
    Ok(())
}

fn get_data(call: &mut Call<'_>, key: Slice, value: Destination, compare_at: u32) -> Answer {
    let (memory, world) = call.parts()?;
    let key = memory.read(key)?;
    let (found, number) = {
        let data = world.lasting.proxy.data();
        let (found, number) = data.get(&world.vm.id, key)?;
        (found.to_vec(), number)
    };
    call.give(&found, value)?;
    Ok(call.write(compare_at, &number.to_le_bytes())?)
}

fn set_data(call: &mut Call<'_>, key: Slice, value: Slice, compare: u32) -> Answer {
    let (memory, world) = call.parts()?;
    let (key, value) = (memory.read(key)?, memory.read(value)?);
    Ok(world.lasting.proxy.data().set(&world.vm.id, key, value, compare)?)
}

/// The root context is told of arrivals, also when a stream registers.
fn register(call: &mut Call<'_>, name: Slice, queue_at: u32) -> Answer {
    let (memory, world) = call.parts()?;
    let name = memory.read(name)?;
    let reader = Reader { vm: world.vm_number, root: world.contexts.active_root_id() };
    let queue = world.lasting.proxy.queues().register(world.vm.id.as_bytes(), name, reader)?;
    Ok(call.write(queue_at, &queue.to_le_bytes())?)
}

/// An empty VM id means the module's own.
fn resolve(call: &mut Call<'_>, vm_id: Slice, name: Slice, queue_at: u32) -> Answer {
    let (memory, world) = call.parts()?;
    let (vm_id, name) = (memory.read(vm_id)?, memory.read(name)?);
    let vm_id = if vm_id.is_empty() { world.vm.id.as_bytes() } else { vm_id };
    let queue = world.lasting.proxy.queues().resolve(vm_id, name)?;
    Ok(call.write(queue_at, &queue.to_le_bytes())?)
}

fn enqueue(call: &mut Call<'_>, queue: u32, item: Slice) -> Answer {
    let (memory, world) = call.parts()?;
    Ok(world.lasting.proxy.queues().enqueue(queue, memory.read(item)?)?)
}

fn dequeue(call: &mut Call<'_>, queue: u32, item: Destination) -> Answer {
    let found = call.world().lasting.proxy.queues().dequeue(queue)?;
    call.give(&found, item)
}
