//! Metrics.

use wasmtime::Linker;

use super::link::bind;
use crate::memory::{Call, Slice, status};
use crate::profile::RecordedCounter;
use crate::state::{State, World};
use crate::status::{Answer, Fault};

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    bind!(linker, "env", status, {
        proxy_define_metric(kind, name, name_size, id_at)
            => define(kind, Slice::new(name, name_size), id_at);
        proxy_record_metric(id, value as u64) => record(id, value);
        proxy_increment_metric(id, offset as i64) => increment(id, offset);
        proxy_get_metric(id, value_at) => get(id, value_at);
    });
    Ok(())
}

fn define(call: &mut Call<'_>, kind: u32, name: Slice, id_at: u32) -> Answer {
    let (memory, world) = call.parts()?;
    let name = memory.read(name)?;
    let World { metrics, lasting, .. } = world;
    let id = metrics.define(&mut lasting.proxy.metrics(), kind, name)?;
    Ok(call.write(id_at, &id.to_le_bytes())?)
}

fn record(call: &mut Call<'_>, id: u32, value: u64) -> Answer {
    let World { metrics, lasting, rules, .. } = call.world();
    let values = &mut lasting.proxy.metrics();
    match rules.recorded_counter {
        RecordedCounter::Adds => metrics.record(values, id, value, true)?,
        RecordedCounter::Traps if metrics.is_counter(values, id) => {
            return Err(Fault::Trap(wasmtime::Error::msg("a counter cannot be recorded")));
        }
        RecordedCounter::Sets | RecordedCounter::Traps => {
            metrics.record(values, id, value, false)?;
        }
    }
    Ok(())
}

fn increment(call: &mut Call<'_>, id: u32, offset: i64) -> Answer {
    let World { metrics, lasting, rules, .. } = call.world();
    let values = &mut lasting.proxy.metrics();
    Ok(metrics.increment(values, id, offset, rules.zero_increment_is_refused)?)
}

fn get(call: &mut Call<'_>, id: u32, value_at: u32) -> Answer {
    let World { metrics, lasting, .. } = call.world();
    let value = metrics.get(&mut lasting.proxy.metrics(), id)?;
    Ok(call.write(value_at, &value.to_le_bytes())?)
}
