//! A host: one VM in one worker of a proxy.

mod calls;
mod connections;
mod faults;
mod streams;
mod time;
mod view;

use std::fmt;
use std::sync::Arc;

pub use connections::OpenConnection;
pub use streams::OpenStream;

use crate::builder::{FailurePolicy, HostBuilder, Settings};
use crate::bypass;
use crate::cost::Activity;
use crate::error::{Refusal, StartError};
use crate::module::Module;
use crate::outcome::{Outcome, Upstream};
use crate::plugin::Plugin;
use crate::request::{Request, Response};
use crate::start::{self, Started};
use crate::state::{Lasting, World};
use crate::stream::Stream;
use crate::vm::Vm;
use crate::{events, exchange, farewell, lifecycle};

/// A module that runs, with everything of a proxy that it can see.
///
/// It is one worker of a proxy: one thread at a time. Several hosts are independent of each other,
/// unless they are [in one proxy](HostBuilder::in_proxy).
pub struct Host {
    module: Module,
    settings: Settings,
    vm: Vm,
    /// Counts the VMs, so that a stream is never mistaken for one of an earlier VM.
    generation: u64,
    /// The root contexts that new streams go to, by plugin.
    roots: Vec<u32>,
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
    Context {
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
    /// [`Request::answered_by`] says, and callouts are answered by whoever was registered with
    /// [`HostBuilder::on_http_call`]. No time passes: a stream that waits for anything later ends
    /// as [`Verdict::Paused`](crate::Verdict::Paused). See [`Host::open`] for the rest.
    pub fn request(&mut self, request: Request) -> Outcome {
        match self.ready() {
            Ready::Ask => {}
            Ready::Pass => {
                let upstream = Upstream::unseen(&request);
                return bypass::passed(upstream, request.response.unwrap_or_else(default_answer));
            }
            Ready::Refuse(activity) => return bypass::unavailable(activity),
        }
        let id = self.begin_stream(request);
        self.finish_stream(id, false)
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
        let id = self.begin_stream(request.unanswered());
        let stream = self.vm.world().contexts.stream(id);
        let upstream = stream.filter(|stream| stream.verdict.is_none()).and_then(|stream| {
            let released = stream.request.released();
            released.all.then(|| Upstream {
                headers: stream.request.headers.clone(),
                body: released.body.clone(),
                trailers: stream.request.trailers.clone().unwrap_or_default(),
            })
        });
        match upstream {
            Some(upstream) => {
                self.keep_activity(id);
                let ticket = Ticket::Context { generation: self.generation, id };
                Begun::Upstream(Pending { upstream, ticket })
            }
            None => Begun::Ended(Box::new(self.finish_stream(id, false))),
        }
    }

    /// Runs the response phase of a request that reached the upstream, and ends its stream.
    ///
    /// When the VM has died meanwhile, the failure policy decides.
    pub fn complete(&mut self, pending: Pending, response: Response) -> Outcome {
        match self.living(&pending.ticket) {
            Some(id) => {
                if let Some(stream) = self.vm.world().contexts.stream(id) {
                    stream.answer = Some(response);
                }
                exchange::run(&mut self.vm, id);
                events::settle(&mut self.vm);
                self.finish_stream(id, false)
            }
            None if self.refuses(&pending.ticket) => bypass::unavailable(Activity::default()),
            None => bypass::passed(pending.upstream, response),
        }
    }

    /// Ends the stream of a request whose client has gone away before there was a response.
    pub fn abandon(&mut self, pending: Pending) -> Outcome {
        match self.living(&pending.ticket) {
            Some(id) => self.finish_stream(id, true),
            None => bypass::closed(pending.upstream),
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
        let plugin = self.settings.plugin.clone().configuration(configuration);
        self.replace_plugin(0, plugin)
    }

    /// The same as [`configure`](Self::configure), for the plugin of this name where there are
    /// several.
    ///
    /// # Errors
    /// As there. When there is no such plugin, [`Refusal::NoSuchPlugin`].
    pub fn configure_plugin(
        &mut self,
        name: &str,
        configuration: impl AsRef<[u8]>,
    ) -> Result<Activity, StartError> {
        let place = self.place_of(name).ok_or_else(|| StartError {
            refusal: Refusal::NoSuchPlugin(name.to_owned()),
            logs: Vec::new(),
        })?;
        let plugin = self.plugins().nth(place).cloned().unwrap_or_default();
        self.replace_plugin(place, plugin.configuration(configuration))
    }

    /// Does what is due now: answers that have come, queues that other workers of the proxy have
    /// put something into. Everything else does that by itself when it is done.
    pub fn run_pending(&mut self) -> Activity {
        self.settle()
    }

    pub(crate) fn start(
        module: Module,
        settings: Settings,
        lasting: Box<Lasting>,
    ) -> Result<Self, StartError> {
        match start::start(&module, &settings, lasting) {
            Ok(Started { vm, roots, activity: start }) => {
                let leaving = Vec::new();
                Ok(Self { module, settings, vm, generation: 0, roots, leaving, start })
            }
            Err(failed) => Err(StartError { refusal: failed.refusal, logs: failed.activity.logs }),
        }
    }

    fn plugins(&self) -> impl Iterator<Item = &Plugin> {
        std::iter::once(&self.settings.plugin).chain(&self.settings.more_plugins)
    }

    fn place_of(&self, plugin: &str) -> Option<usize> {
        self.plugins().position(|known| known.name == plugin)
    }

    /// The root context of a plugin; of the first one when there is no such name.
    fn root_for(&self, plugin: Option<&str>) -> u32 {
        let place = plugin.and_then(|name| self.place_of(name)).unwrap_or(0);
        self.roots.get(place).copied().unwrap_or_default()
    }

    fn replace_plugin(&mut self, place: usize, plugin: Plugin) -> Result<Activity, StartError> {
        if self.vm.is_dead() {
            return Err(StartError { refusal: Refusal::Dead, logs: Vec::new() });
        }
        let configuration = Arc::clone(&plugin.configuration);
        let (root, accepted) = lifecycle::add_root(&mut self.vm, plugin);
        let leaving = match (&accepted, self.roots.get_mut(place)) {
            (Ok(()), Some(current)) => std::mem::replace(current, root),
            _ => root,
        };
        if accepted.is_ok() {
            let Settings { plugin, more_plugins, .. } = &mut self.settings;
            let mut plugins = std::iter::once(plugin).chain(more_plugins);
            if let Some(known) = plugins.nth(place) {
                known.configuration = configuration;
            }
        }
        self.leaving.push(leaving);
        let activity = self.settle();
        match accepted {
            Ok(()) => Ok(activity),
            Err(refusal) => Err(StartError { refusal, logs: activity.logs }),
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

    /// The context of a ticket, while its VM lives.
    fn living(&self, ticket: &Ticket) -> Option<u32> {
        match ticket {
            Ticket::Context { generation, id }
                if *generation == self.generation && !self.vm.is_dead() =>
            {
                Some(*id)
            }
            _ => None,
        }
    }

    /// Whether a stream whose VM has died is answered by a 503.
    fn refuses(&self, ticket: &Ticket) -> bool {
        matches!(ticket, Ticket::Context { .. })
            && self.settings.failure_policy != FailurePolicy::FailOpen
    }

    /// Puts a fresh VM in the place of a dead one. What a proxy keeps outside its VMs stays.
    fn reload(&mut self) -> Result<(), Activity> {
        // What has gone wrong once does not go wrong again.
        self.settings.faults = self.vm.faults().clone();
        let world = self.vm.world();
        world.lasting.proxy.queues().forget(world.vm_number);
        let lasting = std::mem::replace(&mut world.lasting, Lasting::empty());
        match start::start(&self.module, &self.settings, lasting) {
            Ok(Started { vm, roots, activity: start }) => {
                (self.vm, self.roots, self.start) = (vm, roots, start);
                self.leaving.clear();
                self.generation += 1;
                Ok(())
            }
            Err(failed) => {
                self.vm.world().lasting = failed.lasting;
                Err(failed.activity)
            }
        }
    }

    /// Opens a stream and shows the module what there is.
    fn begin_stream(&mut self, request: Request) -> u32 {
        let root = self.root_for(request.plugin.as_deref());
        let world = self.vm.world();
        let stream = Stream::new(root, request, world.lasting.clock.now());
        let id = world.contexts.add_stream(stream);
        exchange::run(&mut self.vm, id);
        events::settle(&mut self.vm);
        id
    }

    fn finish_stream(&mut self, id: u32, abandoned: bool) -> Outcome {
        let mut outcome = exchange::finish(&mut self.vm, id, abandoned);
        outcome.add(self.settle());
        outcome
    }

    /// Keeps what has happened for the outcome of a stream.
    fn keep_activity(&mut self, id: u32) {
        let activity = self.vm.take_activity();
        let World { contexts, callouts, .. } = self.vm.world();
        let callouts = callouts.take_new();
        if let Some(stream) = contexts.stream(id) {
            stream.activity.append(activity);
            stream.callouts.extend(callouts);
        }
    }

    /// Does what was waiting for the end of a callback or of a stream.
    fn settle(&mut self) -> Activity {
        let vm = &mut self.vm;
        events::settle(vm);
        self.leaving.retain(|root| {
            let used = vm.world().contexts.is_used(*root);
            if !used {
                farewell::remove_root(vm, *root);
            }
            used
        });
        events::settle(vm);
        // Calls that no stream made are among the pending ones.
        vm.world().callouts.take_new();
        vm.share_activity()
    }
}

/// What an upstream answers that nobody told what to answer.
fn default_answer() -> Response {
    Response::new(200)
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
