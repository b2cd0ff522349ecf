//! How a VM is made: its store, and the instance of the module in it.

use std::time::Duration;

use wasmtime::{Store, WasmBacktrace};

use crate::error::Refusal;
use crate::exports::{self, Exports, WrongType};
use crate::module::{Compiled, EPOCH, Module};
use crate::settings::Settings;
use crate::state::State;

/// Instantiates a module in a store of its own.
///
/// # Errors
/// When its start section traps, it is beyond the limits, or it does not export what it should.
pub(crate) fn instantiate(
    compiled: &Compiled,
    store: &mut Store<State>,
    module: &Module,
    settings: &Settings,
) -> Result<Exports, Refusal> {
    let instance = |error: wasmtime::Error| Refusal::Instance(format!("{error:#}"));
    let export = |WrongType { name, message }| Refusal::Export { name, message };
    store.limiter(|state| &mut state.limits);
    store.set_epoch_deadline(epochs(settings.deadline));
    if settings.fuel {
        store.set_fuel(u64::MAX).map_err(instance)?;
    }
    let (made, memory) =
        compiled.instantiate(store).map_err(|error| match error.is::<WasmBacktrace>() {
            true => Refusal::Instance(format!("its start section trapped: {}", error.root_cause())),
            false => instance(error),
        })?;
    let guest = exports::guest(&made, store, memory, settings.profile.rules()).map_err(export)?;
    store.data_mut().guest = Some(guest);
    let rules = settings.profile.rules();
    Exports::of(&made, store, module.abi_version(), rules, &settings.capabilities).map_err(export)
}

/// One epoch more than the deadline has, since the first may end at once.
pub(crate) fn epochs(deadline: Duration) -> u64 {
    let epochs = deadline.as_nanos().div_ceil(EPOCH.as_nanos());
    // The engine adds this to its own count.
    u64::try_from(epochs).unwrap_or(u64::MAX).min(u64::MAX / 2).saturating_add(1)
}
