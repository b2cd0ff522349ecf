//! The boundary: guest memory, whose pointers are never trusted, and calls from the guest.

use std::cell::Cell;

use wasmtime::Caller;

use crate::profile::MissingFunction;
use crate::state::{Permission, State, World};
use crate::status::{Answer, Fault, Status};

/// A host function in progress.
pub(crate) struct Call<'a> {
    caller: Caller<'a, State>,
}

/// Bytes in guest memory, as the guest describes them: unchecked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slice {
    pointer: u32,
    size: u32,
}

/// Where the guest wants a pointer and a size written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Destination {
    pointer_at: u32,
    size_at: u32,
}

/// Guest memory during one host function.
pub(crate) struct GuestMemory<'a> {
    bytes: &'a mut [u8],
    read: &'a Cell<u64>,
}

/// Runs a host function: checks that it may be called now, and counts it.
///
/// # Errors
/// A trap, which ends the guest's callback.
pub(crate) fn enter(
    caller: Caller<'_, State>,
    name: &'static str,
    function: impl FnOnce(&mut Call<'_>) -> wasmtime::Result<u32>,
) -> wasmtime::Result<u32> {
    let mut call = Call { caller };
    let state = call.state();
    if !state.permission.covers(name) {
        return Err(wasmtime::Error::msg(format!(
            "`{name}` may not be called {}",
            state.permission
        )));
    }
    if state.world.rules.lacks(name) {
        state.cost.count_call(name, false);
        return missing(name, state.world.rules.missing_function);
    }
    let allocations = state.cost.allocations;
    let answer = function(&mut call);
    let state = call.state();
    let with_data = state.cost.allocations != allocations;
    state.cost.count_call(name, with_data);
    answer
}

/// What happens to a guest that calls what its proxy does not have.
fn missing(name: &str, rule: MissingFunction) -> wasmtime::Result<u32> {
    match rule {
        MissingFunction::Unimplemented => Ok(Status::Unimplemented as u32),
        MissingFunction::Trap => {
            Err(wasmtime::Error::msg(format!("`{name}` is not there in the simulated proxy")))
        }
    }
}

/// What the guest gets to see of an answer.
pub(crate) fn status(answer: Answer) -> wasmtime::Result<u32> {
    match answer {
        Ok(()) => Ok(0),
        Err(Fault::Status(status)) => Ok(status as u32),
        Err(Fault::Trap(trap)) => Err(trap),
    }
}

impl Call<'_> {
    /// The simulated proxy.
    pub(crate) fn world(&mut self) -> &mut World {
        &mut self.state().world
    }

    /// Guest memory and the simulated proxy at once.
    pub(crate) fn parts(&mut self) -> Result<(GuestMemory<'_>, &mut World), Status> {
        let guest = self.caller.data().guest.as_ref().ok_or(Status::InvalidMemoryAccess)?;
        let memory = guest.memory;
        let (bytes, state) = memory.data_and_store_mut(&mut self.caller);
        Ok((GuestMemory { bytes, read: &state.bytes_read }, &mut state.world))
    }

    /// Writes a number at an address that the guest gave.
    pub(crate) fn write(&mut self, at: u32, bytes: &[u8]) -> Result<(), Status> {
        let (mut memory, _) = self.parts()?;
        memory.write(at, bytes)
    }

    /// Hands a value over: in memory that the guest allocates, and that is the guest's from then
    /// on. An empty value is a null pointer.
    pub(crate) fn give(&mut self, value: &[u8], destination: Destination) -> Answer {
        let size = self.give_at(value, destination.pointer_at)?;
        Ok(self.write(destination.size_at, &size.to_le_bytes())?)
    }

    /// Hands a value over and gives its size, without telling it.
    pub(crate) fn give_at(&mut self, value: &[u8], pointer_at: u32) -> Result<u32, Fault> {
        let size = u32::try_from(value.len()).map_err(|_| Status::InvalidMemoryAccess)?;
        let pointer = if size == 0 { 0 } else { self.allocate(size)? };
        let (mut memory, _) = self.parts()?;
        memory.write(pointer, value)?;
        memory.write(pointer_at, &pointer.to_le_bytes())?;
        self.state().cost.bytes_in += u64::from(size);
        Ok(size)
    }

    /// Enters the guest's allocator. Null means that it has no memory left.
    fn allocate(&mut self, size: u32) -> Result<u32, Fault> {
        let guest = self.state().guest.clone().ok_or(Status::InvalidMemoryAccess)?;
        self.state().cost.allocations += 1;
        let permission = std::mem::replace(&mut self.state().permission, Permission::Allocation);
        let allocated = guest.allocate.call(&mut self.caller, size);
        self.state().permission = permission;
        match allocated.map_err(Fault::Trap)? {
            0 => Err(Status::InvalidMemoryAccess.into()),
            pointer => Ok(pointer),
        }
    }

    fn state(&mut self) -> &mut State {
        self.caller.data_mut()
    }
}

impl Slice {
    pub(crate) fn new(pointer: u32, size: u32) -> Self {
        Self { pointer, size }
    }
}

impl Destination {
    pub(crate) fn new(pointer_at: u32, size_at: u32) -> Self {
        Self { pointer_at, size_at }
    }
}

impl GuestMemory<'_> {
    /// The bytes of a slice, when all of them are in guest memory.
    pub(crate) fn read(&self, slice: Slice) -> Result<&[u8], Status> {
        self.read.set(self.read.get() + u64::from(slice.size));
        let start = usize::try_from(slice.pointer).map_err(|_| Status::InvalidMemoryAccess)?;
        let size = usize::try_from(slice.size).map_err(|_| Status::InvalidMemoryAccess)?;
        let end = start.checked_add(size).ok_or(Status::InvalidMemoryAccess)?;
        self.bytes.get(start..end).ok_or(Status::InvalidMemoryAccess)
    }

    /// Copies bytes to an address, when all of them fit.
    pub(crate) fn write(&mut self, at: u32, value: &[u8]) -> Result<(), Status> {
        self.slot(at, value.len())?.copy_from_slice(value);
        Ok(())
    }

    /// The bytes at an address, to be written.
    pub(crate) fn slot(&mut self, at: u32, size: usize) -> Result<&mut [u8], Status> {
        let start = usize::try_from(at).map_err(|_| Status::InvalidMemoryAccess)?;
        let end = start.checked_add(size).ok_or(Status::InvalidMemoryAccess)?;
        self.bytes.get_mut(start..end).ok_or(Status::InvalidMemoryAccess)
    }
}
