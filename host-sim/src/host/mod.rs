//! A host: one VM in one worker of a proxy.

mod calls;
mod connections;
mod faults;
mod plugins;
mod requests;
mod streams;
mod time;
mod view;

use std::fmt;

pub use connections::OpenConnection;
use connections::Unseen;
pub use requests::{Begun, Pending};
pub use streams::OpenStream;

use crate::cost::Activity;
use crate::error::StartError;
use crate::module::Module;
use crate::request::Response;
use crate::settings::{FailurePolicy, Settings};
use crate::start::{self, Started};
use crate::state::Lasting;
use crate::stream::{Connection, Stream};
use crate::vm::Vm;
use crate::{events, farewell};

/// A module that runs, with everything of a proxy that it can see.
///
/// It is one worker of a proxy: one thread at a time. Several hosts are independent of each other,
/// unless they are [in one proxy](crate::HostBuilder::in_proxy).
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
    /// Connections that pass without the module.
    unseen: Unseen,
    start: Activity,
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

impl Host {
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
                let (leaving, unseen) = (Vec::new(), Unseen::default());
                Ok(Self { module, settings, vm, generation: 0, roots, leaving, unseen, start })
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

    /// The ticket of a context of the VM that there is now.
    fn ticket(&self, id: u32) -> Ticket {
        Ticket::Context { generation: self.generation, id }
    }

    /// The context of a ticket, if its VM is the one that there is now, dead or alive.
    fn in_this_vm(&self, ticket: &Ticket) -> Option<u32> {
        match ticket {
            Ticket::Context { generation, id } => (*generation == self.generation).then_some(*id),
            Ticket::Unseen => None,
        }
    }

    /// The context of a ticket, while its VM lives.
    fn living(&self, ticket: &Ticket) -> Option<u32> {
        self.in_this_vm(ticket).filter(|_| !self.vm.is_dead())
    }

    /// The stream of a ticket, while its VM lives.
    fn stream(&mut self, ticket: &Ticket) -> Option<&mut Stream> {
        let id = self.living(ticket)?;
        self.vm.world().contexts.stream(id)
    }

    /// The connection of a ticket, while its VM lives.
    fn connection(&mut self, ticket: &Ticket) -> Option<&mut Connection> {
        let id = self.living(ticket)?;
        self.vm.world().contexts.connection(id)
    }

    /// Puts a fresh VM in the place of a dead one. What a proxy keeps outside its VMs stays.
    fn reload(&mut self) -> Result<(), Activity> {
        let (lasting, faults) = self.vm.retire();
        // What has gone wrong once does not go wrong again.
        self.settings.faults = faults;
        match start::start(&self.module, &self.settings, lasting) {
            Ok(Started { vm, roots, activity: start }) => {
                (self.vm, self.roots, self.start) = (vm, roots, start);
                self.leaving.clear();
                self.generation += 1;
                Ok(())
            }
            Err(failed) => {
                self.vm.world().lasting = failed.lasting;
                *self.vm.faults() = failed.faults;
                Err(failed.activity)
            }
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
        vm.share_activity(None)
    }
}

/// What an upstream answers that nobody told what to answer.
fn default_answer() -> Response {
    Response::new(200)
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

impl Drop for Host {
    fn drop(&mut self) {
        self.vm.leave_queues();
    }
}
