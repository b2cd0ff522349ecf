//! Logging, time, contexts and the life of a plugin.

use wasmtime::Linker;

use super::link::bind;
use crate::abi::AbiVersion;
use crate::log::{Level, LogLine};
use crate::memory::{Call, Slice, status};
use crate::profile::FarewellOrder;
use crate::state::{State, World};
use crate::status::{Answer, Status};
use crate::stream::Farewell;

pub(super) fn link(linker: &mut Linker<State>, abi: AbiVersion) -> wasmtime::Result<()> {
    bind!(linker, "env", status, {
        proxy_log(level, message, size) => log(level, Slice::new(message, size));
        proxy_get_current_time_nanoseconds(time_at) => current_time(time_at);
        proxy_set_tick_period_milliseconds(period) => set_tick_period(period);
        proxy_set_effective_context(context) => set_effective_context(context);
        proxy_done() => done();
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
    let (memory, world) = call.parts()?;
    world.logs.push(LogLine { level, message: memory.read(message)?.to_vec() });
    Ok(())
}

fn log_level(call: &mut Call<'_>, level_at: u32) -> Answer {
    let level = call.world().log_level as u32;
    Ok(call.write(level_at, &level.to_le_bytes())?)
}

fn current_time(call: &mut Call<'_>, time_at: u32) -> Answer {
    let now = call.world().lasting.clock.now();
    Ok(call.write(time_at, &now.to_le_bytes())?)
}

fn set_tick_period(call: &mut Call<'_>, period: u32) -> Answer {
    let World { contexts, lasting, .. } = call.world();
    if let Some(root) = contexts.active_root() {
        root.tick_period = period;
        root.tick_after(lasting.clock.passed());
    }
    Ok(())
}

fn set_effective_context(call: &mut Call<'_>, context: u32) -> Answer {
    if call.world().contexts.set_effective(context) {
        Ok(())
    } else {
        Err(Status::BadArgument.into())
    }
}

/// The module has finished what it wanted to do after `proxy_on_done`.
fn done(call: &mut Call<'_>) -> Answer {
    let World { contexts, rules, .. } = call.world();
    // The reference host asks for the root context of whatever is active.
    let context = match rules.farewell {
        FarewellOrder::LogFirst => contexts.active_root_id(),
        FarewellOrder::DoneFirst => contexts.active(),
    };
    match contexts.get_mut(context) {
        Some(context) if context.farewell() == Farewell::Awaited => {
            context.set_farewell(Farewell::Done);
            Ok(())
        }
        _ => Err(Status::NotFound.into()),
    }
}

fn equal(_: &mut Call<'_>, left: u32, right: u32) -> u32 {
    u32::from(left == right)
}
