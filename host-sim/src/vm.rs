//! One virtual machine: the module with its memory, and the callbacks into it.

use std::cell::Cell;
use std::time::{Duration, Instant};

use wasmtime::{Store, StoreLimitsBuilder, TypedFunc, WasmParams, WasmResults};

use crate::builder::Settings;
use crate::clock::nanoseconds;
use crate::contexts::Contexts;
use crate::cost::{Activity, Callback, Cost};
use crate::error::Refusal;
use crate::exports::{self, Exports, OnHeaders, WrongType};
use crate::module::{Compiled, EPOCH, Module};
use crate::start::Failed;
use crate::state::{Lasting, Permission, Proxy, State};
use crate::trap::Trap;

pub(crate) struct Vm {
    store: Store<State>,
    exports: Exports,
    fuel: bool,
    /// Epochs that a callback may run.
    deadline: u64,
    trap: Option<Trap>,
    callbacks: Vec<Callback>,
}

impl Vm {
    /// Instantiates the module. Nothing of it has run yet but a `start` section.
    pub(crate) fn new(
        module: &Module,
        settings: &Settings,
        lasting: Box<Lasting>,
    ) -> Result<Self, Box<Failed>> {
        let compiled = match module.compiled(settings.fuel) {
            Ok(compiled) => compiled,
            Err(error) => {
                let refusal = Refusal::Instance(error.to_string());
                return Err(Box::new(Failed { refusal, activity: Activity::default(), lasting }));
            }
        };
        let mut store = Store::new(&compiled.engine, state(module, settings, lasting));
        match instantiate(compiled, &mut store, module, settings) {
            Ok(exports) => Ok(Self {
                store,
                exports,
                fuel: settings.fuel,
                deadline: epochs(settings.deadline),
                trap: None,
                callbacks: Vec::new(),
            }),
            Err(refusal) => {
                let Proxy { logs, lasting, .. } = store.into_data().proxy;
                let activity = Activity { logs, callbacks: Vec::new() };
                Err(Box::new(Failed { refusal, activity, lasting }))
            }
        }
    }

    /// The simulated proxy around the VM.
    pub(crate) fn proxy(&mut self) -> &mut Proxy {
        &mut self.store.data_mut().proxy
    }

    pub(crate) fn proxy_ref(&self) -> &Proxy {
        &self.store.data().proxy
    }

    /// A VM that has trapped is dead.
    pub(crate) fn is_dead(&self) -> bool {
        self.trap.is_some()
    }

    /// What has happened since the last time.
    pub(crate) fn take_activity(&mut self) -> Activity {
        Activity {
            logs: std::mem::take(&mut self.proxy().logs),
            callbacks: std::mem::take(&mut self.callbacks),
        }
    }

    /// Guest memory in pages of 64 KiB.
    pub(crate) fn memory_pages(&self) -> u64 {
        let guest = self.store.data().guest.as_ref();
        guest.map_or(0, |guest| guest.memory.size(&self.store))
    }

    /// Runs `_initialize` and then `main`, or else `_start`.
    pub(crate) fn run_entry(&mut self) -> Result<(), Trap> {
        let entry = self.exports.entry.clone();
        self.store.data_mut().permission = Permission::Start;
        if let Some(initialize) = &entry.initialize {
            self.enter("_initialize", 0, initialize, ())?;
        }
        if let Some(main) = &entry.main {
            self.enter("main", 0, main, (0, 0))?;
        } else if let Some(main) = &entry.main_void {
            self.enter("__main_void", 0, main, ())?;
        }
        if let Some(start) = &entry.start {
            self.enter("_start", 0, start, ())?;
        }
        self.store.data_mut().permission = Permission::All;
        Ok(())
    }

    pub(crate) fn on_context_create(&mut self, context: u32, parent: u32) -> Result<(), Trap> {
        let function = self.exports.on_context_create.clone();
        self.call("proxy_on_context_create", context, function, (context, parent)).map(drop)
    }

    /// False when the module refuses.
    pub(crate) fn on_vm_start(&mut self, root: u32, size: u32) -> Result<bool, Trap> {
        let function = self.exports.on_vm_start.clone();
        Ok(self.call("proxy_on_vm_start", root, function, (root, size))? != Some(0))
    }

    /// False when the module refuses.
    pub(crate) fn on_configure(&mut self, root: u32, size: u32) -> Result<bool, Trap> {
        let function = self.exports.on_configure.clone();
        Ok(self.call("proxy_on_configure", root, function, (root, size))? != Some(0))
    }

    pub(crate) fn on_tick(&mut self, root: u32) -> Result<(), Trap> {
        let function = self.exports.on_tick.clone();
        self.call("proxy_on_tick", root, function, root).map(drop)
    }

    pub(crate) fn on_queue_ready(&mut self, root: u32, queue: u32) -> Result<(), Trap> {
        let function = self.exports.on_queue_ready.clone();
        self.call("proxy_on_queue_ready", root, function, (root, queue)).map(drop)
    }

    /// The action the module returned; 0, to continue, where it exports no such callback.
    pub(crate) fn on_request_headers(
        &mut self,
        stream: u32,
        count: u32,
        end: bool,
    ) -> Result<u32, Trap> {
        let function = self.exports.on_request_headers.clone();
        self.on_headers("proxy_on_request_headers", function, stream, count, end)
    }

    pub(crate) fn on_response_headers(
        &mut self,
        stream: u32,
        count: u32,
        end: bool,
    ) -> Result<u32, Trap> {
        let function = self.exports.on_response_headers.clone();
        self.on_headers("proxy_on_response_headers", function, stream, count, end)
    }

    pub(crate) fn on_request_body(&mut self, stream: u32, size: u32) -> Result<u32, Trap> {
        let function = self.exports.on_request_body.clone();
        let action = self.call("proxy_on_request_body", stream, function, (stream, size, 1))?;
        Ok(action.unwrap_or(0))
    }

    pub(crate) fn on_response_body(&mut self, stream: u32, size: u32) -> Result<u32, Trap> {
        let function = self.exports.on_response_body.clone();
        let action = self.call("proxy_on_response_body", stream, function, (stream, size, 1))?;
        Ok(action.unwrap_or(0))
    }

    pub(crate) fn on_log(&mut self, context: u32) -> Result<(), Trap> {
        let function = self.exports.on_log.clone();
        self.call("proxy_on_log", context, function, context).map(drop)
    }

    /// False when the module has something left to do, and will call `proxy_done`.
    pub(crate) fn on_done(&mut self, context: u32) -> Result<bool, Trap> {
        let function = self.exports.on_done.clone();
        Ok(self.call("proxy_on_done", context, function, context)? != Some(0))
    }

    pub(crate) fn on_delete(&mut self, context: u32) -> Result<(), Trap> {
        let function = self.exports.on_delete.clone();
        self.call("proxy_on_delete", context, function, context).map(drop)
    }

    fn on_headers(
        &mut self,
        name: &'static str,
        function: OnHeaders,
        stream: u32,
        count: u32,
        end: bool,
    ) -> Result<u32, Trap> {
        match function {
            OnHeaders::Missing => Ok(0),
            OnHeaders::WithoutEnd(function) => self.enter(name, stream, &function, (stream, count)),
            OnHeaders::WithEnd(function) => {
                self.enter(name, stream, &function, (stream, count, u32::from(end)))
            }
        }
    }

    fn call<Parameters: WasmParams, Results: WasmResults>(
        &mut self,
        name: &'static str,
        context: u32,
        function: Option<TypedFunc<Parameters, Results>>,
        parameters: Parameters,
    ) -> Result<Option<Results>, Trap> {
        function.map(|function| self.enter(name, context, &function, parameters)).transpose()
    }

    /// Enters the guest, and takes down what that cost.
    fn enter<Parameters: WasmParams, Results: WasmResults>(
        &mut self,
        name: &'static str,
        context: u32,
        function: &TypedFunc<Parameters, Results>,
        parameters: Parameters,
    ) -> Result<Results, Trap> {
        if let Some(trap) = &self.trap {
            return Err(trap.clone());
        }
        self.proxy().contexts.enter(context);
        self.store.set_epoch_deadline(self.deadline);
        let fuel = self.fuel_left();
        let entered = Instant::now();
        let result = function.call(&mut self.store, parameters);
        let elapsed = entered.elapsed();
        let used = fuel.saturating_sub(self.fuel_left());
        let state = self.store.data_mut();
        let mut cost = std::mem::take(&mut state.cost);
        cost.entries = 1;
        cost.nanoseconds = nanoseconds(elapsed);
        cost.fuel = used;
        cost.bytes_out = state.bytes_read.take();
        self.callbacks.push(Callback { name, context, cost });
        result.map_err(|error| self.trap.insert(Trap::new(name, &error)).clone())
    }

    fn fuel_left(&self) -> u64 {
        if self.fuel { self.store.get_fuel().unwrap_or(0) } else { 0 }
    }
}

fn instantiate(
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
    let made = compiled.instance.instantiate(&mut *store).map_err(instance)?;
    let guest = exports::guest(&made, store).map_err(export)?;
    store.data_mut().guest = Some(guest);
    Exports::of(&made, store, module.abi_version()).map_err(export)
}

/// One epoch more than the deadline has, since the first may end at once.
fn epochs(deadline: Duration) -> u64 {
    let epochs = deadline.as_nanos().div_ceil(EPOCH.as_nanos());
    // The engine adds this to its own count.
    u64::try_from(epochs).unwrap_or(u64::MAX).min(u64::MAX / 2).saturating_add(1)
}

fn state(module: &Module, settings: &Settings, lasting: Box<Lasting>) -> State {
    State {
        proxy: Proxy {
            plugin: settings.plugin.clone(),
            abi: module.abi_version(),
            log_level: settings.log_level,
            environment: settings.environment.clone(),
            properties: settings.properties.clone(),
            contexts: Contexts::default(),
            logs: Vec::new(),
            lasting,
        },
        limits: StoreLimitsBuilder::new().memory_size(settings.memory_limit).build(),
        guest: None,
        permission: Permission::Start,
        cost: Cost::default(),
        bytes_read: Cell::new(0),
    }
}
