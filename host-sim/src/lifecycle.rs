//! How a plugin comes into force in a VM, and how it goes.

use std::sync::Arc;

use crate::contexts::Farewell;
use crate::error::Refusal;
use crate::vm::Vm;

/// Makes a root context and lets the module take its configuration: `proxy_on_context_create`,
/// `proxy_on_vm_start` (which the reference host calls for every root context), and
/// `proxy_on_configure`.
///
/// # Errors
/// When the module refuses or traps. The root context is still there then: see [`remove_root`].
pub(crate) fn add_root(vm: &mut Vm, configuration: Arc<[u8]>) -> (u32, Result<(), Refusal>) {
    let root = vm.proxy().contexts.add_root(configuration);
    (root, introduce(vm, root))
}

/// Takes leave of a root context: `proxy_on_done` and, unless the module wants to be waited for,
/// `proxy_on_delete`. A trap leaves a dead VM, which says everything.
pub(crate) fn remove_root(vm: &mut Vm, root: u32) {
    match vm.on_done(root) {
        Ok(true) => delete_root(vm, root),
        Ok(false) => {
            if let Some(root) = vm.proxy().contexts.root(root) {
                root.farewell = Farewell::Awaited;
            }
        }
        Err(_) => {}
    }
}

/// Does what may only be done between callbacks: deletes the root contexts that are done, and
/// tells of what arrived in queues. What arrives meanwhile is told next time.
pub(crate) fn settle(vm: &mut Vm) {
    let roots = vm.proxy_ref().contexts.roots();
    let done: Vec<u32> =
        roots.filter(|(_, root)| root.farewell == Farewell::Done).map(|(id, _)| id).collect();
    for root in done {
        delete_root(vm, root);
    }
    for arrival in vm.proxy().lasting.queues.take_arrivals() {
        if vm.proxy().contexts.root(arrival.reader).is_some() {
            // A trap leaves a dead VM, which says everything.
            let _ = vm.on_queue_ready(arrival.reader, arrival.queue);
        }
    }
}

fn introduce(vm: &mut Vm, root: u32) -> Result<(), Refusal> {
    // The reference host lets the configuration be read from here on, but not in between.
    readable(vm, root, true);
    let created = vm.on_context_create(root, 0);
    readable(vm, root, false);
    created?;
    let size = size(vm.proxy().plugin.vm_configuration.len());
    if !vm.on_vm_start(root, size)? {
        return Err(Refusal::Refused("proxy_on_vm_start"));
    }
    let size = readable(vm, root, true);
    let accepted = vm.on_configure(root, size);
    readable(vm, root, false);
    if accepted? { Ok(()) } else { Err(Refusal::Refused("proxy_on_configure")) }
}

/// Opens or closes the configuration to the module, and gives its size.
fn readable(vm: &mut Vm, root: u32, open: bool) -> u32 {
    vm.proxy().contexts.root(root).map_or(0, |root| {
        root.configuring = open;
        size(root.configuration.len())
    })
}

fn delete_root(vm: &mut Vm, root: u32) {
    let _ = vm.on_delete(root);
    vm.proxy().contexts.remove(root);
}

/// The ABI counts in 32 bits.
fn size(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
