//! What happens between callbacks: wishes are fulfilled, answers come, queues tell, time passes.

use crate::clock::nanoseconds;
use crate::context::Context;
use crate::vm::Vm;
use crate::{delivery, exchange, farewell, tcp};
use std::time::Duration;

/// Events that one settlement takes at most, so that a module that keeps itself busy (it calls
/// again in every answer, say) does not do so for ever. The rest is left for the next time.
const MAXIMUM_EVENTS: usize = 10_000;

/// Moments at which something comes, and callbacks that are entered by it, in one stretch of time
/// that passes. A stretch with more of them goes on to its end without the rest, so that a thousand
/// years have an end too.
const MAXIMUM_MOMENTS: usize = 100_000;

/// Does what may only be done between callbacks, until nothing is left that is due: false when
/// that has no end. A trap leaves a dead VM, which says everything.
pub(crate) fn settle(vm: &mut Vm) -> bool {
    let mut events = 0;
    while events < MAXIMUM_EVENTS && !vm.is_dead() {
        let happened = fulfil_wishes(vm)
            + usize::from(farewell::finish_done(vm))
            + usize::from(tell_arrival(vm))
            + usize::from(tell_lookup(vm))
            + usize::from(deliver_next(vm));
        if happened == 0 {
            return true;
        }
        events += happened;
    }
    false
}

/// Lets a tick pass in every root context that wants ticks, without any time passing.
pub(crate) fn tick(vm: &mut Vm) {
    let roots = vm.world_ref().contexts.roots();
    let ticking: Vec<u32> =
        roots.filter(|(_, root)| root.tick_period > 0).map(|(id, _)| id).collect();
    for root in ticking {
        let _ = vm.on_tick(root);
        settle(vm);
    }
}

/// Lets time pass: every tick, answer and timeout that falls due on the way comes at its time, as
/// far as [`MAXIMUM_MOMENTS`] go.
pub(crate) fn advance(vm: &mut Vm, duration: Duration) {
    let clock = &mut vm.world().lasting.clock;
    clock.stop();
    let end = clock.passed().saturating_add(nanoseconds(duration));
    let mut settled = settle(vm);
    let (mut moments, entered) = (0, vm.entered());
    let has_room = |moments: usize, vm: &Vm| {
        moments.max(vm.entered().saturating_sub(entered)) < MAXIMUM_MOMENTS
    };
    // A module that keeps itself busy gets nowhere, and so does not see time pass.
    while settled && !vm.is_dead() && has_room(moments, vm) {
        moments += 1;
        let Some(next) = next_due(vm).filter(|time| *time <= end) else {
            break;
        };
        vm.world().lasting.clock.go_to(next);
        settled = settle(vm);
        // What came before it may have put the tick off.
        if let Some((time, id)) = next_tick(vm).filter(|(time, _)| *time <= next) {
            if let Some(root) = vm.world().contexts.root(id) {
                root.tick_after(time);
            }
            let _ = vm.on_tick(id);
            settled = settle(vm);
        }
    }
    vm.world().lasting.clock.go_to(end);
    // Ticks that were left out do not come all at once the next time.
    let contexts = &mut vm.world().contexts;
    contexts.roots_mut().filter(|root| root.next_tick < end).for_each(|root| root.tick_after(end));
}

/// Brings about what has fallen due while real time went by. A tick that comes late is not made up
/// for: the next one comes a period later, as by Envoy's timer.
#[cfg(feature = "command")]
pub(crate) fn catch_up(vm: &mut Vm, passed: Duration) {
    let now = nanoseconds(passed);
    vm.world().lasting.clock.pass(now);
    settle(vm);
    let roots = vm.world_ref().contexts.roots();
    let ticking = roots.filter(|(_, root)| root.tick_period > 0 && root.next_tick <= now);
    let ticking: Vec<u32> = ticking.map(|(id, _)| id).collect();
    for id in ticking {
        if let Some(root) = vm.world().contexts.root(id) {
            root.tick_after(now);
        }
        let _ = vm.on_tick(id);
        settle(vm);
    }
}

/// When the next thing comes about by itself, in nanoseconds that have passed: a tick, or an
/// answer.
pub(crate) fn next_due(vm: &Vm) -> Option<u64> {
    let tick = next_tick(vm).map(|(time, _)| time);
    let answer = vm.world_ref().callouts.next_due().map(|(time, _)| time);
    tick.into_iter().chain(answer).min()
}

/// The root context that ticks next, and when.
fn next_tick(vm: &Vm) -> Option<(u64, u32)> {
    let roots = vm.world_ref().contexts.roots();
    roots.filter(|(_, root)| root.tick_period > 0).map(|(id, root)| (root.next_tick, id)).min()
}

fn fulfil_wishes(vm: &mut Vm) -> usize {
    let wishing = vm.world().contexts.take_wishing();
    for id in &wishing {
        match vm.world().contexts.get_mut(*id) {
            Some(Context::Stream(_)) => exchange::fulfil(vm, *id),
            Some(Context::Connection(_)) => tcp::fulfil(vm, *id),
            _ => {}
        }
    }
    wishing.len()
}

/// Tells of what has arrived first in a queue. False when nothing has.
fn tell_arrival(vm: &mut Vm) -> bool {
    let world = vm.world();
    let Some((root, queue)) = world.lasting.proxy.queues().take_arrival(world.vm_number) else {
        return false;
    };
    if vm.world().contexts.root(root).is_some() {
        let _ = vm.on_queue_ready(root, queue);
    }
    true
}

/// Tells that a name was not found. False when none was looked up.
fn tell_lookup(vm: &mut Vm) -> bool {
    let Some((root, token)) = vm.world().lookups.take() else {
        return false;
    };
    if vm.world().contexts.root(root).is_some() {
        let _ = vm.on_resolve_dns(root, token, 0);
    }
    true
}

/// Brings the answer that is due first. False when none is.
fn deliver_next(vm: &mut Vm) -> bool {
    let world = vm.world();
    let Some((_, id)) =
        world.callouts.next_due().filter(|(due, _)| *due <= world.lasting.clock.passed())
    else {
        return false;
    };
    if let Some(event) = world.callouts.take_due(id) {
        let _ = delivery::deliver(vm, id, event);
    }
    true
}
