//! One virtual machine: the module with its memory, and the callbacks into it.

use std::time::{Duration, Instant};

use wasmtime::{Store, TypedFunc, WasmParams, WasmResults};

use crate::clock::nanoseconds;
use crate::cost::{Activity, Callback};
use crate::error::{Failed, Refusal};
use crate::exports::Exports;
use crate::faults::{Faults, InjectedTrap};
use crate::instance::{epochs, instantiate};
use crate::module::Module;
use crate::settings::Settings;
use crate::state::{Lasting, Permission, State, World};
use crate::trap::Trap;

/// As many as most requests have: their list grows no more than once.
const USUAL_CALLBACKS: usize = 8;

pub(crate) struct Vm {
    store: Store<State>,
    pub(crate) exports: Exports,
    fuel: bool,
    timed: bool,
    /// How long a callback may run.
    deadline: Duration,
    /// The same in epochs.
    epochs: u64,
    trap: Option<Trap>,
    callbacks: Vec<Callback>,
    /// How many log lines there were when each of the callbacks had returned.
    log_marks: Vec<usize>,
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
                let (activity, faults) = (Activity::default(), settings.faults.clone());
                return Err(Box::new(Failed { refusal, activity, lasting, faults }));
            }
        };
        let mut store =
            Store::new(&compiled.engine, State::new(module.abi_version(), settings, lasting));
        match instantiate(compiled, &mut store, module, settings) {
            Ok(exports) => Ok(Self {
                store,
                exports,
                fuel: settings.fuel,
                timed: settings.timed,
                deadline: settings.deadline,
                epochs: epochs(settings.deadline),
                trap: None,
                callbacks: Vec::new(),
                log_marks: Vec::new(),
            }),
            Err(refusal) => {
                let State { world: World { logs, lasting, .. }, faults, .. } = store.into_data();
                let activity = Activity { logs, callbacks: Vec::new() };
                Err(Box::new(Failed { refusal, activity, lasting, faults }))
            }
        }
    }

    /// The simulated proxy around the VM.
    pub(crate) fn world(&mut self) -> &mut World {
        &mut self.store.data_mut().world
    }

    pub(crate) fn world_ref(&self) -> &World {
        &self.store.data().world
    }

    /// What goes wrong on purpose.
    pub(crate) fn faults(&mut self) -> &mut Faults {
        &mut self.store.data_mut().faults
    }

    /// What outlives the VM, which is of no use any more: its worker's things, and how far the faults have
    /// come. Nothing is brought to it from now on.
    pub(crate) fn retire(&mut self) -> (Box<Lasting>, Faults) {
        self.leave_queues();
        let State { world, faults, .. } = self.store.data_mut();
        (std::mem::replace(&mut world.lasting, Lasting::empty()), std::mem::take(faults))
    }

    /// Nobody waits for what arrives for this VM: the queues of a proxy outlive its VMs.
    pub(crate) fn leave_queues(&mut self) {
        let world = self.world_ref();
        world.lasting.proxy.queues().forget(world.vm_number);
    }

    /// A VM that has trapped is dead.
    pub(crate) fn is_dead(&self) -> bool {
        self.trap.is_some()
    }

    /// What it died of.
    pub(crate) fn trap(&self) -> Option<&Trap> {
        self.trap.as_ref()
    }

    /// What has happened since the last time. What was done for streams and connections that are still open is
    /// also kept for their outcomes, unless it is the one that gets all of it.
    pub(crate) fn share_activity(&mut self, taker: Option<u32>) -> Activity {
        let mut logged = 0;
        for (callback, mark) in self.callbacks.iter().zip(&self.log_marks) {
            let World { contexts, logs, .. } = &mut self.store.data_mut().world;
            let lines = logs.get(logged..*mark).unwrap_or_default();
            logged = *mark;
            if taker == Some(callback.context) {
                continue;
            }
            let Some(activity) = contexts.activity(callback.context) else {
                continue;
            };
            activity.callbacks.push(callback.clone());
            activity.logs.extend_from_slice(lines);
        }
        self.take_activity()
    }

    /// What has happened since the last time.
    pub(crate) fn take_activity(&mut self) -> Activity {
        self.log_marks.clear();
        let world = self.world();
        let logs = std::mem::take(&mut world.logs);
        if let Some(heard) = &mut world.lasting.heard {
            heard.extend_from_slice(&logs);
        }
        Activity { logs, callbacks: std::mem::take(&mut self.callbacks) }
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

    pub(crate) fn call<Parameters: WasmParams, Results: WasmResults>(
        &mut self,
        name: &'static str,
        context: u32,
        function: Option<&TypedFunc<Parameters, Results>>,
        parameters: Parameters,
    ) -> Result<Option<Results>, Trap> {
        function.map(|function| self.enter(name, context, function, parameters)).transpose()
    }

    /// Enters the guest, and takes down what that cost.
    pub(crate) fn enter<Parameters: WasmParams, Results: WasmResults>(
        &mut self,
        name: &'static str,
        context: u32,
        function: &TypedFunc<Parameters, Results>,
        parameters: Parameters,
    ) -> Result<Results, Trap> {
        if let Some(trap) = &self.trap {
            return Err(trap.clone());
        }
        self.world().contexts.enter(context);
        self.store.set_epoch_deadline(self.epochs);
        let struck = self.faults().callback(name);
        let fuel = self.fuel_left();
        let entered = self.timed.then(Instant::now);
        let result = if struck {
            Err(wasmtime::Error::new(InjectedTrap))
        } else {
            function.call(&mut self.store, parameters)
        };
        let result = match self.store.data_mut().allocator_trap.take() {
            Some(trap) => Err(trap),
            None => result,
        };
        let elapsed = entered.map_or(Duration::ZERO, |entered| entered.elapsed());
        let used = fuel.saturating_sub(self.fuel_left());
        let memory_pages = self.memory_pages();
        let state = self.store.data_mut();
        let mut cost = std::mem::take(&mut state.cost);
        cost.entries = 1;
        cost.nanoseconds = nanoseconds(elapsed);
        cost.fuel = used;
        cost.bytes_out = state.bytes_read.take();
        let map_sizes = state.map_sizes.as_mut().map(std::mem::take).unwrap_or_default();
        if self.callbacks.capacity() == 0 {
            self.callbacks.reserve(USUAL_CALLBACKS);
        }
        self.log_marks.push(state.world.logs.len());
        self.callbacks.push(Callback {
            name,
            context,
            returned: None,
            cost,
            map_sizes,
            memory_pages,
        });
        let deadline = self.deadline;
        result.map_err(|error| self.trap.insert(Trap::new(name, &error, deadline)).clone())
    }

    /// Callbacks that were entered since the activity was taken.
    pub(crate) fn entered(&self) -> usize {
        self.callbacks.len()
    }

    /// What the callback returned that was entered last.
    pub(crate) fn note_returned(&mut self, number: u32) {
        if let Some(callback) = self.callbacks.last_mut() {
            callback.returned = Some(number);
        }
    }

    fn fuel_left(&self) -> u64 {
        if self.fuel { self.store.get_fuel().unwrap_or(0) } else { 0 }
    }
}
