//! What a host function answers.

/// The statuses of the ABI, with the numbers the reference host gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of the specification, which explains them")]
#[repr(u32)]
pub enum Status {
    Ok = 0,
    NotFound = 1,
    BadArgument = 2,
    SerializationFailure = 3,
    ParseFailure = 4,
    BadExpression = 5,
    InvalidMemoryAccess = 6,
    Empty = 7,
    CasMismatch = 8,
    ResultMismatch = 9,
    InternalFailure = 10,
    BrokenConnection = 11,
    Unimplemented = 12,
}

/// Why a host function did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The module is told by a status and goes on.
    Status(Status),
    /// The guest cannot go on: it called what it must not call.
    Trap(wasmtime::Error),
}

/// What a host function of `env` gives back.
pub(crate) type Answer = Result<(), Fault>;

impl From<Status> for Fault {
    fn from(status: Status) -> Self {
        Self::Status(status)
    }
}
