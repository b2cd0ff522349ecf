//! Callbacks that the filter has itself.
//!
//! The SDK keeps an object for every stream and has to be told of its end, which is two entries
//! more for each request. A stream of this filter has nothing to remember once its headers are
//! decided, so these take the places of the SDK's callbacks in the finished module (`cargo xtask
//! build` gives them their names) and leave to the SDK what concerns the plugin. Of a plugin's
//! end nobody is told then: that is asked for, now and then.

use super::{Gone, enter_context, memory};
use crate::{exchange, gateway};

/// The SDK's callbacks.
mod sdk {
    unsafe extern "C" {
        pub(super) fn proxy_on_context_create(context: u32, parent: u32);
        pub(super) fn proxy_on_configure(root: u32, size: usize) -> u32;
        pub(super) fn proxy_on_tick(root: u32);
        pub(super) fn proxy_on_delete(context: u32);
    }
}

#[unsafe(export_name = "portcullis_on_context_create")]
extern "C" fn on_context_create(context: u32, parent: u32) {
    if parent == 0 {
        gateway::root_created(context);
        // SAFETY: a function of this module with the type that the SDK gives it, as all of `sdk`.
        unsafe { sdk::proxy_on_context_create(context, parent) };
    } else {
        gateway::stream_created(context, parent);
    }
}

#[unsafe(export_name = "portcullis_on_configure")]
extern "C" fn on_configure(root: u32, size: usize) -> u32 {
    memory::begin();
    forget_what_is_gone(root);
    // A plugin that is about to be replaced may have had its last tick, if there are ticks at all.
    gateway::report_all();
    // SAFETY: see above.
    unsafe { sdk::proxy_on_configure(root, size) }
}

#[unsafe(export_name = "portcullis_on_tick")]
extern "C" fn on_tick(root: u32) {
    memory::begin();
    // SAFETY: see above.
    unsafe { sdk::proxy_on_tick(root) };
    forget_what_is_gone(root);
}

#[unsafe(export_name = "portcullis_on_request_headers")]
extern "C" fn on_request_headers(context: u32, _count: u32, _end_of_stream: u32) -> u32 {
    memory::begin();
    exchange::run(gateway::take_stream(context).as_deref()) as u32
}

/// Lets go what was in force for plugins that the host has deleted. A host deletes one when its
/// last stream has ended.
fn forget_what_is_gone(root: u32) {
    let mut asked = false;
    for other in gateway::other_roots(root) {
        asked = true;
        if let Some(Gone) = enter_context(other) {
            gateway::root_gone(other);
            // SAFETY: see above.
            unsafe { sdk::proxy_on_delete(other) };
        }
    }
    if asked {
        enter_context(root);
    }
}
