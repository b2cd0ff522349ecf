//! How a plugin comes into force in a VM.

use crate::error::Refusal;
use crate::number::number;
use crate::plugin::Plugin;
use crate::vm::Vm;

/// Makes a root context and lets the module take its configuration: `proxy_on_context_create`,
/// `proxy_on_vm_start` (which the reference host calls for every root context), and
/// `proxy_on_configure`.
///
/// # Errors
/// When the module refuses or traps. The root context is still there then: see
/// [`remove_root`](crate::farewell::remove_root).
pub(crate) fn add_root(vm: &mut Vm, plugin: Plugin) -> (u32, Result<(), Refusal>) {
    let root = vm.world().contexts.add_root(plugin);
    (root, introduce(vm, root))
}

fn introduce(vm: &mut Vm, root: u32) -> Result<(), Refusal> {
    // The reference host lets the configuration be read from here on, but not in between.
    readable(vm, root, true);
    let created = vm.on_context_create(root, 0);
    readable(vm, root, false);
    created?;
    let size = number(vm.world().vm.configuration.len());
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
        number(root.plugin.configuration.len())
    })
}
