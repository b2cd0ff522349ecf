//! Room for what the host returns.
//!
//! What one callback gets is gone when it returns, so nearly all of it has its place in one arena,
//! the same for every request: nothing is searched, nothing is freed, and the bytes are in the
//! cache already. What does not fit there has a place of its own.

use std::alloc::{Layout, alloc};
use std::cell::{Cell, UnsafeCell};
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr::null_mut;

/// Several times what the headers of nearly all requests take together with an address; proxies let in more (Envoy
/// 60 KiB).
const ARENA_BYTES: usize = 32 * 1024;

struct Arena(UnsafeCell<[u8; ARENA_BYTES]>);

// SAFETY: a module has one thread.
unsafe impl Sync for Arena {}

static ARENA: Arena = Arena(UnsafeCell::new([0; ARENA_BYTES]));

thread_local! {
    /// How much of the arena is given away.
    static USED: Cell<usize> = const { Cell::new(0) };
    /// How many values there are that may stand in it.
    static ALIVE: Cell<usize> = const { Cell::new(0) };
}

/// Makes the arena free for what a callback is about to get. Where an outer callback still has
/// something in it, it goes on behind that.
pub(super) fn begin() {
    if ALIVE.get() == 0 {
        USED.set(0);
    }
}

/// Room for what the host returns. The SDK's `malloc`, which `cargo xtask build` removes, ends the
/// module where there is no room; a null pointer makes the host refuse its own call instead, and
/// the request is denied.
#[unsafe(export_name = "proxy_on_memory_allocate")]
extern "C" fn allocate(size: usize) -> *mut u8 {
    let used = USED.get();
    if size <= ARENA_BYTES.saturating_sub(used) {
        USED.set(used + size);
        return base().wrapping_add(used);
    }
    match Layout::array::<u8>(size) {
        // SAFETY: the layout is not empty: an arena has room for nothing.
        Ok(layout) => unsafe { alloc(layout) },
        Err(_) => null_mut(),
    }
}

fn base() -> *mut u8 {
    ARENA.0.get().cast()
}

/// Bytes that the host returned.
pub(crate) struct Received {
    data: *mut u8,
    size: usize,
}

impl Received {
    /// # Safety
    /// `data` is what [`allocate`] gave for this size and was not taken over before, all of it
    /// written; or null, which stands for nothing.
    pub(super) unsafe fn take_over(data: *mut u8, size: usize) -> Self {
        ALIVE.set(ALIVE.get() + 1);
        if data.is_null() { Self { data: base(), size: 0 } } else { Self { data, size } }
    }

    /// The bytes, to be kept.
    pub(crate) fn into_vec(self) -> Vec<u8> {
        if self.is_in_arena() {
            return self.to_vec();
        }
        let this = ManuallyDrop::new(self);
        ALIVE.set(ALIVE.get().saturating_sub(1));
        // SAFETY: outside of the arena they have an allocation of exactly this size; nothing, at the
        // end of a full arena, has none, and a vector without room frees none.
        unsafe { Vec::from_raw_parts(this.data, this.size, this.size) }
    }

    fn is_in_arena(&self) -> bool {
        let begin = base();
        (begin..begin.wrapping_add(ARENA_BYTES)).contains(&self.data)
    }
}

impl Deref for Received {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: the host has written all of them, and nothing gives the place away before
        // this is dropped: see `begin`.
        unsafe { std::slice::from_raw_parts(self.data, self.size) }
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        ALIVE.set(ALIVE.get().saturating_sub(1));
        if !self.is_in_arena() {
            // SAFETY: outside of the arena they have an allocation of exactly this size.
            drop(unsafe { Vec::from_raw_parts(self.data, self.size, self.size) });
        }
    }
}
