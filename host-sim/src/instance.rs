//! How a VM is made: its store, and the instance of the module in it.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use wasmtime::{Engine, Store, WasmBacktrace};

use crate::builder::Settings;
use crate::callouts::Callouts;
use crate::contexts::Contexts;
use crate::cost::Cost;
use crate::error::Refusal;
use crate::exports::{self, Exports, WrongType};
use crate::holdings::Holdings;
use crate::limits::Limits;
use crate::lookups::Lookups;
use crate::metrics::MetricIds;
use crate::module::{AbiVersion, Compiled, EPOCH, Module};
use crate::state::{Lasting, Permission, State, World};

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

/// A store in which nothing runs, to look things up in.
pub(crate) fn idle(engine: &Engine, abi: AbiVersion) -> Store<State> {
    Store::new(engine, state(abi, &Settings::default(), Lasting::empty()))
}

/// A VM in which nothing has happened yet.
pub(crate) fn state(abi: AbiVersion, settings: &Settings, lasting: Box<Lasting>) -> State {
    State {
        world: World {
            rules: settings.profile.rules(),
            abi,
            vm: settings.vm.clone(),
            vm_number: lasting.proxy.number_vm(),
            starting: false,
            headers_stop_alone: settings.headers_stop_alone,
            log_level: settings.log_level,
            environment: Arc::clone(&settings.environment),
            properties: Arc::clone(&settings.properties),
            services: Arc::clone(&settings.services),
            foreign: Arc::clone(&settings.foreign),
            contexts: Contexts::default(),
            callouts: Callouts::default(),
            lookups: Lookups::default(),
            metrics: MetricIds::default(),
            logs: Vec::new(),
            holdings: Holdings::new(settings.memory_limit()),
            lasting,
        },
        limits: Limits::new(settings.memory_limit()),
        guest: None,
        permission: Permission::StartSection,
        capabilities: settings.capabilities.clone(),
        faults: settings.faults.clone(),
        allocator_trap: None,
        cost: Cost::default(),
        bytes_read: Cell::new(0),
    }
}
