//! Things that go wrong on purpose.

use std::fmt;

/// Something that goes wrong, so that a test sees what the module makes of it.
///
/// Host functions, callbacks and exports are named as the ABI names them. `nth` counts from 1,
/// beginning when the fault is injected; see [`Host::inject`](crate::Host::inject).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A host function answers a status of the ABI, and does nothing. (A function of WASI
    /// answers it as its error number.)
    Status {
        /// The host function.
        function: String,
        /// Which of its calls.
        nth: u64,
        /// The status.
        status: u32,
    },
    /// A host function hands over only the first bytes of its value.
    Cut {
        /// The host function.
        function: String,
        /// Which of its calls.
        nth: u64,
        /// How many bytes are left.
        bytes: usize,
    },
    /// A host function does not return: the callback that called it traps there.
    TrapInCall {
        /// The host function.
        function: String,
        /// Which of its calls.
        nth: u64,
    },
    /// A callback traps as soon as it is entered.
    TrapInCallback {
        /// The callback.
        callback: String,
        /// Which of its entries.
        nth: u64,
    },
    /// The guest has no memory for a value: its allocator gives a null pointer.
    AllocationFails {
        /// Which allocation.
        nth: u64,
    },
    /// The guest's allocator traps: as in the reference host the guest is told that there is no
    /// memory, and its VM is dead when the callback has ended.
    AllocationTraps {
        /// Which allocation.
        nth: u64,
    },
}

/// The faults of a host, and how far each has come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    armed: Vec<Armed>,
    struck: u64,
}

#[derive(Clone, Debug)]
struct Armed {
    fault: Fault,
    seen: u64,
}

/// What a fault does to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strike {
    Status(u32),
    Cut(usize),
    Trap,
}

/// A trap that a fault made, and not the guest.
#[derive(Debug)]
pub(crate) struct InjectedTrap;

impl Faults {
    pub(crate) fn arm(&mut self, fault: Fault) {
        self.armed.push(Armed { fault, seen: 0 });
    }

    pub(crate) fn clear(&mut self) {
        self.armed.clear();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.armed.is_empty()
    }

    /// How many faults have happened so far.
    pub(crate) fn struck(&self) -> u64 {
        self.struck
    }

    /// A host function is called.
    pub(crate) fn call(&mut self, name: &str) -> Option<Strike> {
        self.strike(|fault| match fault {
            Fault::Status { function, nth, status } if function == name => {
                Some((*nth, Strike::Status(*status)))
            }
            Fault::Cut { function, nth, bytes } if function == name => {
                Some((*nth, Strike::Cut(*bytes)))
            }
            Fault::TrapInCall { function, nth } if function == name => Some((*nth, Strike::Trap)),
            _ => None,
        })
    }

    /// A callback is entered; true when it traps.
    pub(crate) fn callback(&mut self, name: &str) -> bool {
        let strike = self.strike(|fault| match fault {
            Fault::TrapInCallback { callback, nth } if callback == name => {
                Some((*nth, Strike::Trap))
            }
            _ => None,
        });
        strike.is_some()
    }

    /// The guest is asked for memory.
    pub(crate) fn allocation(&mut self) -> Option<Strike> {
        self.strike(|fault| match fault {
            Fault::AllocationFails { nth } => Some((*nth, Strike::Status(0))),
            Fault::AllocationTraps { nth } => Some((*nth, Strike::Trap)),
            _ => None,
        })
    }

    /// Every fault that is concerned counts; the first whose turn it is happens.
    fn strike(&mut self, concerns: impl Fn(&Fault) -> Option<(u64, Strike)>) -> Option<Strike> {
        let mut first = None;
        for armed in &mut self.armed {
            if let Some((nth, strike)) = concerns(&armed.fault) {
                armed.seen += 1;
                if armed.seen == nth {
                    first = first.or(Some(strike));
                }
            }
        }
        self.struck += u64::from(first.is_some());
        first
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status { function, nth, status } => {
                write!(formatter, "call {nth} of `{function}` answers {status}")?;
                let name = if function.starts_with("proxy_") { status_name(*status) } else { None };
                name.map_or(Ok(()), |name| write!(formatter, " ({name})"))
            }
            Self::Cut { function, nth, bytes } => {
                write!(formatter, "call {nth} of `{function}` gives only {bytes} bytes")
            }
            Self::TrapInCall { function, nth } => {
                write!(formatter, "call {nth} of `{function}` traps")
            }
            Self::TrapInCallback { callback, nth } => {
                write!(formatter, "entry {nth} of `{callback}` traps")
            }
            Self::AllocationFails { nth } => write!(formatter, "allocation {nth} fails"),
            Self::AllocationTraps { nth } => write!(formatter, "allocation {nth} traps"),
        }
    }
}

impl fmt::Display for InjectedTrap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a fault was injected here")
    }
}

impl std::error::Error for InjectedTrap {}

/// The statuses of the ABI by number, those that only the C++ SDK knows too.
fn status_name(status: u32) -> Option<&'static str> {
    Some(match status {
        0 => "ok",
        1 => "not found",
        2 => "bad argument",
        3 => "serialization failure",
        4 => "parse failure",
        5 => "bad expression",
        6 => "invalid memory access",
        7 => "empty",
        8 => "compare-and-set mismatch",
        9 => "result mismatch",
        10 => "internal failure",
        11 => "broken connection",
        12 => "unimplemented",
        _ => return None,
    })
}
