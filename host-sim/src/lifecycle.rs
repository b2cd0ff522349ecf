//! How a plugin comes into force in a VM, and how it goes.

use crate::contexts::Farewell;
use crate::error::Refusal;
use crate::plugin::Plugin;
use crate::vm::Vm;

/// Makes a root context and lets the module take its configuration: `proxy_on_context_create`,
/// `proxy_on_vm_start` (which the reference host calls for every root context), and
/// `proxy_on_configure`.
///
/// # Errors
/// When the module refuses or traps. The root context is still there then: see [`remove_root`].
pub(crate) fn add_root(vm: &mut Vm, plugin: Plugin) -> (u32, Result<(), Refusal>) {
    let root = vm.world().contexts.add_root(plugin);
    (root, introduce(vm, root))
}

/// Takes leave of a root context: `proxy_on_done` and, unless the module wants to be waited for,
/// `proxy_on_delete`. A trap leaves a dead VM, which says everything.
pub(crate) fn remove_root(vm: &mut Vm, root: u32) {
    match vm.on_done(root) {
        Ok(true) => delete_root(vm, root),
        Ok(false) => {
            if let Some(root) = vm.world().contexts.root(root) {
                root.farewell = Farewell::Awaited;
            }
        }
        Err(_) => {}
    }
}

/// Deletes the root contexts that are done. False when there were none.
pub(crate) fn delete_done(vm: &mut Vm) -> bool {
    let roots = vm.world_ref().contexts.roots();
    let done: Vec<u32> =
        roots.filter(|(_, root)| root.farewell == Farewell::Done).map(|(id, _)| id).collect();
    done.iter().for_each(|root| delete_root(vm, *root));
    !done.is_empty()
}

fn introduce(vm: &mut Vm, root: u32) -> Result<(), Refusal> {
    // The reference host lets the configuration be read from here on, but not in between.
    readable(vm, root, true);
    let created = vm.on_context_create(root, 0);
    readable(vm, root, false);
    created?;
    let size = size(vm.world().vm.configuration.len());
    vm.world().starting = true;
    let started = vm.on_vm_start(root, size);
    vm.world().starting = false;
    if !started? {
        return Err(Refusal::Refused("proxy_on_vm_start"));
    }
    let size = readable(vm, root, true);
    let accepted = vm.on_configure(root, size);
    readable(vm, root, false);
    if accepted? { Ok(()) } else { Err(Refusal::Refused("proxy_on_configure")) }
}

/// Opens or closes the configuration to the module, and gives its size.
fn readable(vm: &mut Vm, root: u32, open: bool) -> u32 {
    vm.world().contexts.root(root).map_or(0, |root| {
        root.configuring = open;
        size(root.plugin.configuration.len())
    })
}

fn delete_root(vm: &mut Vm, root: u32) {
    let _ = vm.on_delete(root);
    vm.world().contexts.remove(root);
    vm.world().callouts.forget_root(root);
}

/// The ABI counts in 32 bits.
fn size(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
