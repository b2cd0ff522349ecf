//! What the runner calls in the module.
#![allow(
    unsafe_code,
    reason = "a function is exported by its plain name, which Rust calls unsafe; there is no other unsafe code"
)]

use std::cell::RefCell;

use crate::subject::{Subject, sha256};

struct State {
    /// Where the runner writes; grows and stays.
    incoming: Vec<u8>,
    /// The bytes of the table. Never freed: a run has one table.
    table: &'static [u8],
    subject: Subject<'static>,
}

thread_local! {
    static STATE: RefCell<Option<State>> = const { RefCell::new(None) };
}

fn with<Answer>(act: impl FnOnce(&mut State) -> Answer) -> Answer {
    STATE.with_borrow_mut(|state| {
        act(state.get_or_insert_with(|| State {
            incoming: Vec::new(),
            table: &[],
            subject: Subject::default(),
        }))
    })
}

/// Address of `length` bytes into which the runner may write.
#[unsafe(no_mangle)]
extern "C" fn incoming(length: usize) -> *mut u8 {
    with(|state| {
        state.incoming.resize(length, 0);
        state.incoming.as_mut_ptr()
    })
}

/// What was written is the table's bytes from now on; nothing is proved yet.
#[unsafe(no_mangle)]
extern "C" fn take_table() {
    with(|state| state.table = std::mem::take(&mut state.incoming).leak());
}

/// Proves the table's bytes and keeps the table; 1, or 0 where they are none.
#[unsafe(no_mangle)]
extern "C" fn load() -> u32 {
    with(|state| u32::from(state.subject.load(state.table).is_ok()))
}

/// One SHA-256 of the table's bytes.
#[unsafe(no_mangle)]
extern "C" fn sha256_table() -> u32 {
    with(|state| sha256(state.table))
}

/// What was written is the next request; 1, or 0 where it is none.
#[unsafe(no_mangle)]
extern "C" fn request() -> u32 {
    with(|state| u32::from(state.subject.request(&state.incoming).is_some()))
}

/// See [`Subject::decide`].
#[unsafe(no_mangle)]
extern "C" fn decide() -> u32 {
    with(|state| state.subject.decide())
}

/// See [`Subject::decide_remembering`].
#[unsafe(no_mangle)]
extern "C" fn decide_remembering() -> u32 {
    with(|state| state.subject.decide_remembering())
}

/// See [`Subject::digest`].
#[unsafe(no_mangle)]
extern "C" fn digest() -> u32 {
    with(|state| state.subject.digest())
}

/// See [`Subject::nothing`].
#[unsafe(no_mangle)]
extern "C" fn nothing() -> u32 {
    with(|state| state.subject.nothing())
}
