//! The boundary: calls from the guest.

use wasmtime::Caller;

use crate::cost::{Calls, MAPS};
use crate::faults::{InjectedTrap, Strike};
pub(crate) use crate::guest_memory::{GuestMemory, Slice};
use crate::profile::MissingFunction;
use crate::state::{Permission, State, World};
use crate::status::{Answer, Fault, Status};

/// A host function in progress.
pub(crate) struct Call<'a> {
    caller: Caller<'a, State>,
    /// The most bytes of a value that are handed over: all, unless a fault cuts them.
    most: usize,
}

/// Where the guest wants a pointer and a size written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Destination {
    pointer_at: u32,
    size_at: u32,
}

/// Runs a host function: checks that it may be called now, lets a fault come in between, and
/// counts it.
///
/// # Errors
/// A trap, which ends the guest's callback.
pub(crate) fn enter(
    caller: Caller<'_, State>,
    name: &'static str,
    function: impl FnOnce(&mut Call<'_>) -> wasmtime::Result<u32>,
) -> wasmtime::Result<u32> {
    let mut call = Call { caller, most: usize::MAX };
    let state = call.state();
    if !state.permission.covers(name) {
        // A command exits when it has started.
        let help = match name {
            "proc_exit" => "; build the module as a reactor, in Go with `-buildmode=c-shared`",
            _ => "",
        };
        return Err(wasmtime::Error::msg(format!(
            "`{name}` may not be called {}{help}",
            state.permission
        )));
    }
    state.room = state.world.holdings.room();
    let strike = strike(state, name);
    let (allocations, bytes_in) = (state.cost.allocations, state.cost.bytes_in);
    let bytes_out = state.bytes_read.get();
    let rules = state.world.rules;
    let answer = match strike {
        None if rules.lacks(name) => missing(name, rules.missing_function),
        None => function(&mut call),
        Some(Strike::Cut(bytes)) => {
            call.most = bytes;
            function(&mut call)
        }
        Some(Strike::Status(status)) => Ok(status),
        Some(Strike::Trap) => Err(wasmtime::Error::new(InjectedTrap)),
    };
    let state = call.state();
    let bytes_in = state.cost.bytes_in - bytes_in;
    let bytes_out = state.bytes_read.get() - bytes_out;
    state.cost.count_calls(&Calls {
        name,
        count: 1,
        with_data: u64::from(state.cost.allocations != allocations),
        bytes_in,
        bytes_out,
    });
    if let Some(sizes) = &mut state.map_sizes
        && name == MAPS
    {
        sizes.push(bytes_in);
    }
    state.world.keep(bytes_out).map_err(wasmtime::Error::new)?;
    answer
}

/// What happens to a guest that calls what its proxy does not have.
fn missing(name: &str, rule: MissingFunction) -> wasmtime::Result<u32> {
    match rule {
        MissingFunction::Unimplemented => Ok(Status::Unimplemented as u32),
        MissingFunction::Trap => Err(wasmtime::Error::msg(format!(
            "`{name}` is not there in the simulated proxy, which `--profile` chooses"
        ))),
    }
}

/// What comes in between a call and the function: the operator's restrictions, or a fault.
fn strike(state: &mut State, name: &'static str) -> Option<Strike> {
    if let Some(refusal) = state.capabilities.refusal(name) {
        state.world.logs.push(refusal.line);
        return Some(Strike::Status(refusal.status));
    }
    if state.faults.is_empty() { None } else { state.faults.call(name) }
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
        Ok((GuestMemory::new(bytes, &state.bytes_read, &state.room), &mut state.world))
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
    pub(crate) fn give_at(&mut self, value: &[u8], pointer_at: u32) -> Result<u32, Status> {
        let value = value.get(..self.most).unwrap_or(value);
        let size = u32::try_from(value.len()).map_err(|_| Status::InvalidMemoryAccess)?;
        let pointer = if size == 0 { 0 } else { self.allocate(size)? };
        let (mut memory, _) = self.parts()?;
        memory.write(pointer, value)?;
        memory.write(pointer_at, &pointer.to_le_bytes())?;
        self.state().cost.bytes_in += u64::from(size);
        Ok(size)
    }

    /// Enters the guest's allocator. Null means that it has no memory left, and so does a trap, for
    /// the rest of the callback.
    fn allocate(&mut self, size: u32) -> Result<u32, Status> {
        let guest = self.state().guest.clone().ok_or(Status::InvalidMemoryAccess)?;
        let state = self.state();
        state.cost.allocations += 1;
        state.cost.allocated_bytes += u64::from(size);
        match state.faults.allocation() {
            None => {}
            Some(Strike::Trap) => {
                state.allocator_trap.get_or_insert_with(|| wasmtime::Error::new(InjectedTrap));
            }
            Some(_) => return Err(Status::InvalidMemoryAccess),
        }
        if state.allocator_trap.is_some() {
            return Err(Status::InvalidMemoryAccess);
        }
        let permission = std::mem::replace(&mut self.state().permission, Permission::Allocation);
        let allocated = guest.allocate.call(&mut self.caller, size);
        self.state().permission = permission;
        match allocated {
            Ok(0) => Err(Status::InvalidMemoryAccess),
            Ok(pointer) => Ok(pointer),
            Err(trap) => {
                self.state().allocator_trap = Some(trap);
                Err(Status::InvalidMemoryAccess)
            }
        }
    }

    fn state(&mut self) -> &mut State {
        self.caller.data_mut()
    }
}

impl Destination {
    pub(crate) fn new(pointer_at: u32, size_at: u32) -> Self {
        Self { pointer_at, size_at }
    }
}
