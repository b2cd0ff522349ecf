//! How a callback died.

use std::fmt;
use std::time::Duration;

use wasmtime::WasmBacktrace;

use crate::faults::InjectedTrap;
use crate::holdings::TooMuch;

/// The guest did what it must not do. Its VM is dead from then on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trap {
    /// The callback that was running.
    pub callback: &'static str,
    /// What happened.
    pub cause: TrapCause,
    /// The same in words.
    pub message: String,
    /// The functions that were running, innermost first, by name where the module has names.
    pub backtrace: Vec<String>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrapCause {
    /// The callback ran longer than the host allows.
    Deadline,
    /// The guest panicked or aborted: it reached `unreachable`.
    Unreachable,
    /// A [`Fault`](crate::Fault) did it, and not the guest.
    Injected,
    /// It made the host keep more than the host keeps for one VM.
    HostMemory,
    /// Anything else: memory out of bounds, a division by zero, a forbidden call, ….
    Other,
}

impl Trap {
    pub(crate) fn new(callback: &'static str, error: &wasmtime::Error, deadline: Duration) -> Self {
        let (cause, message) = match error.downcast_ref::<wasmtime::Trap>() {
            Some(wasmtime::Trap::Interrupt) => {
                let message = format!(
                    "ran longer than its deadline of {deadline:?}; `--deadline` sets another"
                );
                (TrapCause::Deadline, message)
            }
            Some(trap @ wasmtime::Trap::UnreachableCodeReached) => {
                (TrapCause::Unreachable, trap.to_string())
            }
            Some(trap) => (TrapCause::Other, trap.to_string()),
            None if error.is::<InjectedTrap>() => (TrapCause::Injected, InjectedTrap.to_string()),
            None if error.is::<TooMuch>() => {
                (TrapCause::HostMemory, error.root_cause().to_string())
            }
            None => (TrapCause::Other, error.root_cause().to_string()),
        };
        Self { callback, cause, message, backtrace: backtrace(error) }
    }
}

fn backtrace(error: &wasmtime::Error) -> Vec<String> {
    let frames = error.downcast_ref::<WasmBacktrace>().map(WasmBacktrace::frames);
    let name = |frame: &wasmtime::FrameInfo| match frame.func_name() {
        // The alternate form leaves out the hash.
        Some(name) => format!("{:#}", rustc_demangle::demangle(name)),
        None => format!("function {}", frame.func_index()),
    };
    frames.unwrap_or_default().iter().map(name).collect()
}

impl fmt::Display for Trap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` trapped: {}", self.callback, self.message)
    }
}
