//! The part of WASI that means something in a proxy: output, time, randomness, environment.

use wasmtime::{Caller, Linker};

use super::link::bind;
use crate::log::{Level, LogLine};
use crate::memory::{Call, GuestMemory, Slice, enter};
use crate::state::State;
use crate::status::Status;

/// What a function gives back: an error number of WASI, unless all went well.
pub(super) type Done = Result<(), Errno>;

/// An error number of WASI.
#[derive(Clone, Copy)]
pub(super) struct Errno(pub(super) u32);

pub(super) const BAD_DESCRIPTOR: Errno = Errno(8);
const FAULT: Errno = Errno(21);
const INVALID: Errno = Errno(28);
const NOT_SUPPORTED: Errno = Errno(58);

/// The reference host gives no more at once (`limits.h`).
const MAXIMUM_RANDOM: u32 = 64 << 10;

const STANDARD_OUTPUT: u32 = 1;
const STANDARD_ERROR: u32 = 2;

/// The only way for WASI functions to fail on a pointer.
impl From<Status> for Errno {
    fn from(_: Status) -> Self {
        FAULT
    }
}

pub(super) fn errno(done: Done) -> wasmtime::Result<u32> {
    Ok(done.map_or_else(|Errno(number)| number, |()| 0))
}

pub(super) fn link(linker: &mut Linker<State>, module: &str) -> wasmtime::Result<()> {
    bind!(linker, module, errno, {
        fd_write(descriptor, vectors, count, written_at)
            => write(descriptor, vectors, count, written_at);
        fd_pwrite(descriptor, vectors, count, _offset as u64, written_at)
            => write(descriptor, vectors, count, written_at);
        clock_time_get(clock, _precision as u64, time_at) => time(clock, time_at);
        clock_res_get(clock, resolution_at) => resolution(clock, resolution_at);
        random_get(buffer, size) => random(buffer, size);
        environ_sizes_get(count_at, size_at) => environment_sizes(count_at, size_at);
        environ_get(pointers_at, strings_at) => environment(pointers_at, strings_at);
        args_sizes_get(count_at, size_at) => arguments_sizes(count_at, size_at);
        args_get(_pointers_at, _strings_at) => nothing();
        sched_yield() => nothing();
        poll_oneoff(_subscriptions, _events, _count, events_at) => number(events_at, 0);
    });
    // The reference host notes it and goes on, where it may be called.
    linker.func_wrap(module, "proc_exit", |caller: Caller<'_, State>, _: u32| {
        enter(caller, "proc_exit", |_| Ok(0)).map(drop)
    })?;
    Ok(())
}

/// Standard output is logged as information, standard error as an error.
fn write(call: &mut Call<'_>, descriptor: u32, vectors: u32, count: u32, written_at: u32) -> Done {
    let level = match descriptor {
        STANDARD_OUTPUT => Level::Info,
        STANDARD_ERROR => Level::Error,
        _ => return Err(BAD_DESCRIPTOR),
    };
    let (memory, world) = call.parts()?;
    let mut size = 0_u64;
    for index in 0..count {
        let text = vector(&memory, vectors, index)?;
        size = size.saturating_add(u64::try_from(text.len()).unwrap_or(u64::MAX));
    }
    memory.count(size.saturating_add(8 * u64::from(count)));
    // Vectors may overlap, and so name more than there is memory: the callback ends by it.
    memory.make_room(size).map_err(|_| FAULT)?;
    let mut message = Vec::with_capacity(usize::try_from(size).map_err(|_| FAULT)?);
    for index in 0..count {
        message.extend_from_slice(vector(&memory, vectors, index)?);
    }
    let written = u32::try_from(message.len()).map_err(|_| FAULT)?;
    if written > 0 {
        if message.last() == Some(&b'\n') {
            message.pop();
        }
        world.logs.push(LogLine { level, message });
    }
    number(call, written_at, written)
}

/// The text of a vector in a list of them.
fn vector<'a>(memory: &'a GuestMemory<'_>, list: u32, index: u32) -> Result<&'a [u8], Errno> {
    let at = index.checked_mul(8).and_then(|offset| list.checked_add(offset)).ok_or(FAULT)?;
    let vector = memory.look(Slice::new(at, 8))?;
    let (pointer, size) = vector.split_first_chunk::<4>().ok_or(FAULT)?;
    let size = size.first_chunk::<4>().ok_or(FAULT)?;
    Ok(memory.look(Slice::new(u32::from_le_bytes(*pointer), u32::from_le_bytes(*size)))?)
}

fn time(call: &mut Call<'_>, clock: u32, time_at: u32) -> Done {
    let now = match clock {
        0 => call.world().lasting.clock.now(),
        1 => call.world().lasting.clock.monotonic(),
        _ => return Err(NOT_SUPPORTED),
    };
    Ok(call.write(time_at, &now.to_le_bytes())?)
}

fn resolution(call: &mut Call<'_>, clock: u32, resolution_at: u32) -> Done {
    if clock > 1 {
        return Err(NOT_SUPPORTED);
    }
    Ok(call.write(resolution_at, &1_u64.to_le_bytes())?)
}

fn random(call: &mut Call<'_>, buffer: u32, size: u32) -> Done {
    if size > MAXIMUM_RANDOM {
        return Err(INVALID);
    }
    let (mut memory, world) = call.parts()?;
    let buffer = memory.slot(buffer, usize::try_from(size).map_err(|_| FAULT)?)?;
    if world.lasting.random.fill(buffer) { Ok(()) } else { Err(NOT_SUPPORTED) }
}

/// Each variable is `name=value` and a zero byte.
fn variables(call: &mut Call<'_>) -> Vec<Vec<u8>> {
    let environment = &call.world().environment;
    environment.iter().map(|(name, value)| format!("{name}={value}\0").into_bytes()).collect()
}

fn environment_sizes(call: &mut Call<'_>, count_at: u32, size_at: u32) -> Done {
    let variables = variables(call);
    let size: usize = variables.iter().map(Vec::len).sum();
    number(call, count_at, u32::try_from(variables.len()).map_err(|_| FAULT)?)?;
    number(call, size_at, u32::try_from(size).map_err(|_| FAULT)?)
}

fn environment(call: &mut Call<'_>, mut pointer_at: u32, mut string_at: u32) -> Done {
    for variable in variables(call) {
        number(call, pointer_at, string_at)?;
        call.write(string_at, &variable)?;
        let size = u32::try_from(variable.len()).map_err(|_| FAULT)?;
        string_at = string_at.checked_add(size).ok_or(FAULT)?;
        pointer_at = pointer_at.checked_add(4).ok_or(FAULT)?;
    }
    Ok(())
}

fn arguments_sizes(call: &mut Call<'_>, count_at: u32, size_at: u32) -> Done {
    number(call, count_at, 0)?;
    number(call, size_at, 0)
}

fn number(call: &mut Call<'_>, at: u32, number: u32) -> Done {
    Ok(call.write(at, &number.to_le_bytes())?)
}

fn nothing(_: &mut Call<'_>) -> Done {
    Ok(())
}
