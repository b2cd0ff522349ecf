//! Callbacks that the filter has itself.
//!
//! The SDK keeps an object for every stream and has to be told of its beginning and its end, which
//! is three entries more for each request. A stream of this filter has nothing to remember, so
//! these take the places of the SDK's callbacks in the finished module (`cargo xtask build` gives
//! them their names) and leave to the SDK what concerns the plugin.
//!
//! Two things are not told then and have to be asked for. Whose a stream is: of the only plugin,
//! nearly always, else see [`marks`]. And that a plugin has ended: now and then.

use std::rc::Rc;

use super::{Gone, enter_context, marks, memory};
use crate::contexts::Owner;
use crate::gateway::InForce;
use crate::{exchange, gateway};

/// The SDK's callbacks.
mod sdk {
    unsafe extern "C" {
        pub(super) fn proxy_on_context_create(context: u32, parent: u32);
        pub(super) fn proxy_on_vm_start(root: u32, size: usize) -> u32;
        pub(super) fn proxy_on_configure(root: u32, size: usize) -> u32;
        pub(super) fn proxy_on_tick(root: u32);
        pub(super) fn proxy_on_delete(context: u32);
    }
}

/// Only the portable module has this entry.
#[unsafe(export_name = "portcullis_on_context_create")]
extern "C" fn on_context_create(context: u32, parent: u32) {
    if parent == 0 {
        gateway::contexts_are_told();
        begin_root(context);
    } else {
        gateway::stream_created(context, parent);
    }
}

#[unsafe(export_name = "portcullis_on_vm_start")]
extern "C" fn on_vm_start(root: u32, size: usize) -> u32 {
    begin_root(root);
    // SAFETY: a function of this module with the type that the SDK gives it, as all of `sdk`.
    unsafe { sdk::proxy_on_vm_start(root, size) }
}

#[unsafe(export_name = "portcullis_on_configure")]
extern "C" fn on_configure(root: u32, size: usize) -> u32 {
    memory::begin();
    begin_root(root);
    forget_what_is_gone(root);
    gateway::mark(root, marks::set);
    // A plugin that is about to be replaced may have had its last tick, if there are ticks at all.
    gateway::report_all();
    // SAFETY: see above.
    unsafe { sdk::proxy_on_configure(root, size) }
}

#[unsafe(export_name = "portcullis_on_tick")]
extern "C" fn on_tick(root: u32) {
    memory::begin();
    // A host that has said of a plugin that it is gone, and is wrong, must not find the SDK without it.
    begin_root(root);
    forget_what_is_gone(root);
    // SAFETY: see above.
    unsafe { sdk::proxy_on_tick(root) };
}

#[unsafe(export_name = "portcullis_on_request_headers")]
extern "C" fn on_request_headers(context: u32, _count: u32, end_of_stream: u32) -> u32 {
    memory::begin();
    let in_force = match gateway::take_stream(context) {
        Owner::Known(in_force) => in_force,
        Owner::Unclear => find_out(context),
    };
    exchange::run(in_force.as_deref(), end_of_stream == 0) as u32
}

/// Only requests that have trailers get here.
#[unsafe(export_name = "portcullis_on_request_trailers")]
extern "C" fn on_request_trailers(_context: u32, _count: u32) -> u32 {
    memory::begin();
    exchange::clean_trailers(&gateway::in_force()) as u32
}

/// What is in force for a stream of one of several plugins.
#[cold]
#[inline(never)]
fn find_out(stream: u32) -> Option<Rc<InForce>> {
    if let Some(in_force) = marks::get().ok().and_then(gateway::by_mark) {
        return Some(in_force);
    }
    // One may be left of them.
    forget_what_is_gone(stream);
    match gateway::take_stream(stream) {
        Owner::Known(in_force) => in_force,
        Owner::Unclear => None,
    }
}

/// The first that is heard of a plugin.
fn begin_root(root: u32) {
    if gateway::root_begins(root) {
        // SAFETY: see above.
        unsafe { sdk::proxy_on_context_create(root, 0) };
    }
}

/// Lets go what was in force for plugins that the host has deleted, seen from the context whose
/// callback runs. A host deletes one when its last stream has ended.
fn forget_what_is_gone(context: u32) {
    let mut asked = false;
    for other in gateway::other_roots(context) {
        asked = true;
        if let Some(Gone) = enter_context(other) {
            gateway::root_gone(other);
            // SAFETY: see above.
            unsafe { sdk::proxy_on_delete(other) };
        }
    }
    if asked {
        enter_context(context);
    }
}
