//! Metrics.

use wasmtime::Linker;

use super::link::bind;
use crate::memory::{Call, Slice, status};
use crate::state::State;
use crate::status::Answer;

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
    let (memory, proxy) = call.parts()?;
    let id = proxy.lasting.metrics.define(kind, memory.read(name)?)?;
    Ok(call.write(id_at, &id.to_le_bytes())?)
}

fn record(call: &mut Call<'_>, id: u32, value: u64) -> Answer {
    Ok(call.proxy().lasting.metrics.record(id, value)?)
}

fn increment(call: &mut Call<'_>, id: u32, offset: i64) -> Answer {
    Ok(call.proxy().lasting.metrics.increment(id, offset)?)
}

fn get(call: &mut Call<'_>, id: u32, value_at: u32) -> Answer {
    let value = call.proxy().lasting.metrics.get(id)?;
    Ok(call.write(value_at, &value.to_le_bytes())?)
}
