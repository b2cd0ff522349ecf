//! A host: one plugin in one VM.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::builder::{FailurePolicy, HostBuilder, Settings};
use crate::bypass;
use crate::cost::Activity;
use crate::error::{Refusal, StartError};
use crate::exchange::{self, Step};
use crate::lifecycle;
use crate::metrics::Metric;
use crate::module::Module;
use crate::outcome::{Outcome, Upstream, Verdict};
use crate::request::{Request, Response};
use crate::start;
use crate::state::Lasting;
use crate::stream::Stream;
use crate::trap::Trap;
use crate::vm::Vm;

/// A module that runs, with everything of a proxy that it can see.
///
/// It is one worker of a proxy: one thread at a time. Several hosts are independent of each other.
pub struct Host {
    module: Module,
    settings: Settings,
    vm: Vm,
    /// Counts the VMs, so that a stream is never mistaken for one of an earlier VM.
    generation: u64,
    /// The root context that new requests go to.
    root: u32,
    /// Root contexts out of force, which streams may still use.
    leaving: Vec<u32>,
    start: Activity,
}

/// A request on its way to the upstream.
#[derive(Debug)]
#[must_use = "the stream stays open until `Host::complete` or `Host::abandon` gets it"]
pub struct Pending {
    upstream: Upstream,
    ticket: Ticket,
}

#[derive(Debug)]
enum Ticket {
    Stream {
        generation: u64,
        id: u32,
    },
    /// The module was not asked.
    Unseen,
}

/// What becomes of a request.
enum Ready {
    Ask,
    Pass,
    Refuse(Activity),
}

/// What a request came to, as far as the module decides that before there is a response.
#[derive(Debug)]
pub enum Begun {
    /// The request goes to the upstream.
    Upstream(Pending),
    /// It does not.
    Ended(Box<Outcome>),
}

impl Host {
    /// Sets up a host for a module.
    pub fn builder(module: &Module) -> HostBuilder {
        HostBuilder::new(module)
    }

    /// Runs one HTTP exchange from beginning to end: the upstream answers what
    /// [`Request::answered_by`] says.
    pub fn request(&mut self, request: Request) -> Outcome {
        match self.ready() {
            Ready::Ask => {}
            Ready::Pass => return bypass::passed(Upstream::unseen(&request), request.response),
            Ready::Refuse(activity) => return bypass::unavailable(activity),
        }
        let (id, response) = self.open(request);
        let step = exchange::request_phase(&mut self.vm, id);
        self.end(id, step, response)
    }

    /// Runs the request phase, for a caller that asks a real upstream. Requests may overlap.
    pub fn begin(&mut self, request: Request) -> Begun {
        match self.ready() {
            Ready::Ask => {}
            Ready::Pass => {
                let upstream = Upstream::unseen(&request);
                return Begun::Upstream(Pending { upstream, ticket: Ticket::Unseen });
            }
            Ready::Refuse(activity) => {
                return Begun::Ended(Box::new(bypass::unavailable(activity)));
            }
        }
        let (id, response) = self.open(request);
        let step = exchange::request_phase(&mut self.vm, id);
        if !matches!(step, Ok(Step::Continue)) {
            return Begun::Ended(Box::new(self.end(id, step, response)));
        }
        let activity = self.vm.take_activity();
        let stream = self.vm.proxy().contexts.stream(id);
        let upstream = stream.map_or_else(Upstream::default, |stream| {
            stream.activity.append(activity);
            Upstream { headers: stream.request.headers.clone(), body: stream.request.body.clone() }
        });
        let ticket = Ticket::Stream { generation: self.generation, id };
        Begun::Upstream(Pending { upstream, ticket })
    }

    /// Runs the response phase of a request that reached the upstream, and ends its stream.
    ///
    /// When the VM has died meanwhile, the failure policy decides.
    pub fn complete(&mut self, pending: Pending, response: Response) -> Outcome {
        match pending.ticket {
            Ticket::Stream { generation, id }
                if generation == self.generation && !self.vm.is_dead() =>
            {
                self.end(id, Ok(Step::Continue), response)
            }
            Ticket::Stream { .. } if self.settings.failure_policy != FailurePolicy::FailOpen => {
                bypass::unavailable(Activity::default())
            }
            _ => bypass::passed(pending.upstream, response),
        }
    }

    /// Ends the stream of a request whose client has gone away before there was a response.
    pub fn abandon(&mut self, pending: Pending) -> Outcome {
        match pending.ticket {
            Ticket::Stream { generation, id }
                if generation == self.generation && !self.vm.is_dead() =>
            {
                let mut outcome = exchange::finish(&mut self.vm, id, Verdict::Closed, true);
                outcome.add(self.settle());
                outcome
            }
            _ => bypass::closed(pending.upstream),
        }
    }

    /// Gives the module a new configuration, in a new root context of the same VM. Once the
    /// module has accepted it, new requests go there, and the old root context is left.
    ///
    /// # Errors
    /// When the module refuses, the old configuration stays in force. When it traps, the VM is
    /// dead, and the failure policy holds for requests. (Envoy tries every configuration in a VM
    /// of its own first, and so survives that trap.)
    pub fn configure(&mut self, configuration: impl AsRef<[u8]>) -> Result<Activity, StartError> {
        if self.vm.is_dead() {
            return Err(StartError { refusal: Refusal::Dead, logs: Vec::new() });
        }
        let configuration: Arc<[u8]> = Arc::from(configuration.as_ref());
        let (root, accepted) = lifecycle::add_root(&mut self.vm, Arc::clone(&configuration));
        let leaving = match accepted {
            Ok(()) => {
                self.settings.configuration = configuration;
                std::mem::replace(&mut self.root, root)
            }
            Err(_) => root,
        };
        self.leaving.push(leaving);
        let activity = self.settle();
        match accepted {
            Ok(()) => Ok(activity),
            Err(refusal) => Err(StartError { refusal, logs: activity.logs }),
        }
    }

    /// Lets every root context tick that has a tick period. Time does not pass by that: see
    /// [`set_time`](Self::set_time).
    pub fn tick(&mut self) -> Activity {
        let roots = self.vm.proxy_ref().contexts.roots();
        let ticking: Vec<u32> =
            roots.filter(|(_, root)| root.tick_period > 0).map(|(id, _)| id).collect();
        for root in ticking {
            // A trap leaves a dead VM, which `is_dead` and the next request tell.
            let _ = self.vm.on_tick(root);
        }
        self.settle()
    }

    /// Stops the clock that the module sees at a time, for
    /// `proxy_get_current_time_nanoseconds` and WASI alike.
    pub fn set_time(&mut self, time: SystemTime) {
        self.vm.proxy().lasting.clock.set(time);
    }

    /// Lets the module see the wall clock again, as it does at first.
    pub fn use_wall_clock(&mut self) {
        self.vm.proxy().lasting.clock.release();
    }

    /// What the module did while it started.
    pub fn start_activity(&self) -> &Activity {
        &self.start
    }

    /// Milliseconds between the ticks the module asked for; 0 for none.
    pub fn tick_period(&mut self) -> u32 {
        self.vm.proxy().contexts.root(self.root).map_or(0, |root| root.tick_period)
    }

    /// A metric, by the name the module gave it. Envoy puts `wasmcustom.` before it.
    pub fn metric(&self, name: &str) -> Option<&Metric> {
        self.vm.proxy_ref().lasting.metrics.by_name(name)
    }

    /// All metrics.
    pub fn metrics(&self) -> impl Iterator<Item = (&[u8], &Metric)> {
        self.vm.proxy_ref().lasting.metrics.all()
    }

    /// A value of the shared data.
    pub fn shared_data(&self, key: &str) -> Option<&[u8]> {
        self.vm.proxy_ref().lasting.shared.get(key.as_bytes()).ok().map(|(value, _)| value)
    }

    /// Root contexts that are alive: more than one while an old configuration takes its leave.
    pub fn root_contexts(&self) -> usize {
        self.vm.proxy_ref().contexts.roots().count()
    }

    /// Guest memory in pages of 64 KiB.
    pub fn memory_pages(&self) -> u64 {
        self.vm.memory_pages()
    }

    /// Whether the module has trapped, and has not been started again.
    pub fn is_dead(&self) -> bool {
        self.vm.is_dead()
    }

    pub(crate) fn start(
        module: Module,
        settings: Settings,
        lasting: Box<Lasting>,
    ) -> Result<Self, StartError> {
        match start::start(&module, &settings, lasting) {
            Ok((vm, root, start)) => {
                let leaving = Vec::new();
                Ok(Self { module, settings, vm, generation: 0, root, leaving, start })
            }
            Err(failed) => Err(StartError { refusal: failed.refusal, logs: failed.activity.logs }),
        }
    }

    /// Whether the module can be asked; where it cannot, the failure policy says what to do.
    fn ready(&mut self) -> Ready {
        match self.settings.failure_policy {
            _ if !self.vm.is_dead() => Ready::Ask,
            FailurePolicy::FailClosed => Ready::Refuse(Activity::default()),
            FailurePolicy::FailOpen => Ready::Pass,
            FailurePolicy::FailReload => match self.reload() {
                Ok(()) => Ready::Ask,
                Err(activity) => Ready::Refuse(activity),
            },
        }
    }

    /// Puts a fresh VM in the place of a dead one. What a proxy keeps outside its VMs stays.
    fn reload(&mut self) -> Result<(), Activity> {
        let lasting = std::mem::replace(&mut self.vm.proxy().lasting, Lasting::empty());
        match start::start(&self.module, &self.settings, lasting) {
            Ok((vm, root, start)) => {
                (self.vm, self.root, self.start) = (vm, root, start);
                self.leaving.clear();
                self.generation += 1;
                Ok(())
            }
            Err(failed) => {
                self.vm.proxy().lasting = failed.lasting;
                Err(failed.activity)
            }
        }
    }

    fn open(&mut self, request: Request) -> (u32, Response) {
        let proxy = self.vm.proxy();
        let (stream, response) = Stream::new(self.root, request, proxy.lasting.clock.now());
        (proxy.contexts.add_stream(stream), response)
    }

    /// Runs the rest of an exchange whose request phase came to `step`.
    fn end(&mut self, id: u32, step: Result<Step, Trap>, response: Response) -> Outcome {
        let vm = &mut self.vm;
        let reached_upstream = matches!(step, Ok(Step::Continue));
        let verdict = if reached_upstream {
            let step = exchange::response_phase(vm, id, response);
            exchange::respond(vm, id, step, Verdict::Continued)
        } else {
            exchange::stop(vm, id, step)
        };
        let mut outcome = exchange::finish(vm, id, verdict, reached_upstream);
        outcome.add(self.settle());
        outcome
    }

    /// Does what was waiting for the end of a callback or of a stream.
    fn settle(&mut self) -> Activity {
        let vm = &mut self.vm;
        self.leaving.retain(|root| {
            let used = vm.proxy().contexts.is_used(*root);
            if !used {
                lifecycle::remove_root(vm, *root);
            }
            used
        });
        lifecycle::settle(vm);
        vm.take_activity()
    }
}

impl Pending {
    /// The request as the upstream is to get it.
    pub fn upstream(&self) -> &Upstream {
        &self.upstream
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Host")
            .field("module", &self.module)
            .field("generation", &self.generation)
            .field("is_dead", &self.is_dead())
            .finish_non_exhaustive()
    }
}
