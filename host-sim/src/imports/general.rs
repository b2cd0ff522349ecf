//! Logging, time, contexts and the life of a plugin.

use wasmtime::Linker;

use super::link::bind;
use crate::contexts::Farewell;
use crate::log::{Level, LogLine};
use crate::memory::{Call, Destination, Slice, status};
use crate::module::AbiVersion;
use crate::state::State;
use crate::status::{Answer, Status};

pub(super) fn link(linker: &mut Linker<State>, abi: AbiVersion) -> wasmtime::Result<()> {
    bind!(linker, "env", status, {
        proxy_log(level, message, size) => log(level, Slice::new(message, size));
        proxy_get_current_time_nanoseconds(time_at) => current_time(time_at);
        proxy_set_tick_period_milliseconds(period) => set_tick_period(period);
        proxy_set_effective_context(context) => set_effective_context(context);
        proxy_done() => done();
        proxy_get_status(code_at, message_at, size_at)
            => call_status(code_at, Destination::new(message_at, size_at));
    });
    if abi == AbiVersion::V0_2_1 {
        bind!(linker, "env", status, {
            proxy_get_log_level(level_at) => log_level(level_at);
        });
    }
    // Modules built by emscripten ask for these two.
    bind!(linker, "env", Ok, {
        pthread_equal(left, right) => equal(left, right);
    });
    linker.func_wrap("env", "emscripten_notify_memory_growth", |_: u32| {})?;
    Ok(())
}

fn log(call: &mut Call<'_>, level: u32, message: Slice) -> Answer {
    let level = Level::from_number(level).ok_or(Status::BadArgument)?;
    let (memory, proxy) = call.parts()?;
    proxy.logs.push(LogLine { level, message: memory.read(message)?.to_vec() });
    Ok(())
}

fn log_level(call: &mut Call<'_>, level_at: u32) -> Answer {
    let level = call.proxy().log_level as u32;
    Ok(call.write(level_at, &level.to_le_bytes())?)
}

fn current_time(call: &mut Call<'_>, time_at: u32) -> Answer {
    let now = call.proxy().lasting.clock.now();
    Ok(call.write(time_at, &now.to_le_bytes())?)
}

fn set_tick_period(call: &mut Call<'_>, period: u32) -> Answer {
    let contexts = &mut call.proxy().contexts;
    let root = contexts.active_root_id();
    if let Some(root) = contexts.root(root) {
        root.tick_period = period;
    }
    Ok(())
}

fn set_effective_context(call: &mut Call<'_>, context: u32) -> Answer {
    if call.proxy().contexts.set_effective(context) {
        Ok(())
    } else {
        Err(Status::BadArgument.into())
    }
}

/// The module has finished what it wanted to do after `proxy_on_done`.
fn done(call: &mut Call<'_>) -> Answer {
    let contexts = &mut call.proxy().contexts;
    let root = contexts.active_root_id();
    match contexts.root(root) {
        Some(root) if root.farewell == Farewell::Awaited => {
            root.farewell = Farewell::Done;
            Ok(())
        }
        _ => Err(Status::NotFound.into()),
    }
}

/// Of the last callout; there are none yet.
fn call_status(call: &mut Call<'_>, code_at: u32, message: Destination) -> Answer {
    call.write(code_at, &0_u32.to_le_bytes())?;
    call.give(&[], message)
}

fn equal(_: &mut Call<'_>, left: u32, right: u32) -> u32 {
    u32::from(left == right)
}
