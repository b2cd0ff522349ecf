//! How a context goes: `proxy_on_done`, `proxy_on_log`, `proxy_on_delete`.

use crate::context::Context;
use crate::profile::FarewellOrder;
use crate::stream::Farewell;
use crate::trap::Trap;
use crate::vm::Vm;

/// Takes leave of a root context, a stream or a connection. False when the module wants to be
/// waited for: the context stays until `proxy_done`, and [`finish_done`] goes on.
///
/// The reference host waits for root contexts only.
pub(crate) fn take_leave(vm: &mut Vm, id: u32) -> Result<bool, Trap> {
    let order = vm.world().rules.farewell;
    let (is_root, is_stream) = match vm.world().contexts.get_mut(id) {
        Some(Context::Root(_)) => (true, false),
        Some(Context::Stream(_)) => (false, true),
        _ => (false, false),
    };
    if is_stream && order == FarewellOrder::LogFirst {
        log(vm, id)?;
        vm.on_done(id)?;
        vm.on_delete(id)?;
        return Ok(true);
    }
    let waits = is_root || order == FarewellOrder::DoneFirst;
    if !vm.on_done(id)? && waits {
        if let Some(context) = vm.world().contexts.get_mut(id) {
            context.set_farewell(Farewell::Awaited);
        }
        return Ok(false);
    }
    finish(vm, id)?;
    Ok(true)
}

/// Takes leave of a root context, and forgets it unless the module wants to be waited for. A trap
/// leaves a dead VM, which says everything.
pub(crate) fn remove_root(vm: &mut Vm, root: u32) {
    if let Ok(true) = take_leave(vm, root) {
        forget(vm, root);
    }
}

/// Deletes the contexts for which `proxy_done` was called. False when there were none.
pub(crate) fn finish_done(vm: &mut Vm) -> bool {
    let done = vm.world_ref().contexts.done();
    for id in &done {
        // A trap leaves a dead VM, which says everything.
        let _ = finish(vm, *id);
        forget(vm, *id);
    }
    !done.is_empty()
}

fn finish(vm: &mut Vm, id: u32) -> Result<(), Trap> {
    let is_root = vm.world().contexts.root(id).is_some();
    // In the reference host root contexts have no access log.
    if !is_root || vm.world().rules.farewell == FarewellOrder::DoneFirst {
        log(vm, id)?;
    }
    vm.on_delete(id)
}

fn log(vm: &mut Vm, id: u32) -> Result<(), Trap> {
    logging(vm, id, true);
    vm.on_log(id)?;
    logging(vm, id, false);
    Ok(())
}

fn logging(vm: &mut Vm, id: u32, logging: bool) {
    if let Some(stream) = vm.world().contexts.stream(id) {
        stream.logging = logging;
        stream.response.know_trailers();
    }
}

fn forget(vm: &mut Vm, id: u32) {
    vm.world().contexts.end(id);
    vm.world().callouts.forget_root(id);
}
