//! HTTP exchanges as a whole.

use super::{Host, Ready, Ticket, default_answer};
use crate::bypass;
use crate::cost::Activity;
use crate::outcome::{Outcome, Upstream};
use crate::request::{Request, Response};
use crate::state::World;
use crate::stream::Stream;
use crate::{events, exchange};

/// A request on its way to the upstream.
#[derive(Debug)]
#[must_use = "the stream stays open until `Host::complete` or `Host::abandon` gets it"]
pub struct Pending {
    upstream: Upstream,
    ticket: Ticket,
}

/// What a request came to, as far as the module decides that before there is a response.
#[derive(Debug)]
pub enum Begun {
    /// The request goes to the upstream.
    Upstream(Pending),
    /// It does not.
    Ended(Box<Outcome>),
}

impl Pending {
    /// The request as the upstream is to get it.
    pub fn upstream(&self) -> &Upstream {
        &self.upstream
    }
}

impl Host {
    /// Runs one HTTP exchange from beginning to end: the upstream answers what
    /// [`Request::answered_by`] says, and callouts are answered by whoever was registered with
    /// [`HostBuilder::on_http_call`](crate::HostBuilder::on_http_call). No time passes: a stream that waits for anything later ends
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
        let upstream = stream
            .filter(|stream| stream.verdict.is_none() && stream.request.released().all)
            .and_then(|stream| stream.upstream());
        match upstream {
            Some(upstream) => {
                self.keep_activity(id);
                Begun::Upstream(Pending { upstream, ticket: self.ticket(id) })
            }
            None => Begun::Ended(Box::new(self.finish_stream(id, false))),
        }
    }

    /// Runs the response phase of a request that reached the upstream, and ends its stream.
    ///
    /// When the VM has died meanwhile, the client gets a 503, whatever the failure policy: `FAIL_OPEN` leaves a
    /// dead module out of new streams, and a stream that has one fails, as the one that trapped.
    pub fn complete(&mut self, pending: Pending, response: Response) -> Outcome {
        match self.living(&pending.ticket) {
            Some(id) => {
                if let Some(stream) = self.vm.world().contexts.stream(id) {
                    stream.respond_unless_responding(response);
                }
                exchange::run(&mut self.vm, id);
                events::settle(&mut self.vm);
                self.finish_stream(id, false)
            }
            None => match pending.ticket {
                Ticket::Context { .. } => bypass::unavailable(Activity::default()),
                Ticket::Unseen => bypass::passed(pending.upstream, response),
            },
        }
    }

    /// Ends the stream of a request whose client has gone away before there was a response.
    pub fn abandon(&mut self, pending: Pending) -> Outcome {
        match self.living(&pending.ticket) {
            Some(id) => self.finish_stream(id, true),
            None => bypass::closed(pending.upstream),
        }
    }

    /// Opens a stream and shows the module what there is.
    pub(super) fn begin_stream(&mut self, request: Request) -> u32 {
        let root = self.root_for(request.plugin.as_deref());
        let world = self.vm.world();
        let stream = Stream::new(root, request, world.lasting.clock.now(), world.rules);
        let id = world.contexts.add_stream(stream);
        exchange::run(&mut self.vm, id);
        events::settle(&mut self.vm);
        id
    }

    pub(super) fn finish_stream(&mut self, id: u32, abandoned: bool) -> Outcome {
        let mut outcome = exchange::finish(&mut self.vm, id, abandoned);
        outcome.add(self.settle());
        outcome
    }

    /// Keeps what has happened for the outcome of a stream.
    pub(super) fn keep_activity(&mut self, id: u32) {
        let activity = self.vm.share_activity(Some(id));
        let World { contexts, callouts, .. } = self.vm.world();
        let callouts = callouts.take_new();
        if let Some(stream) = contexts.stream(id) {
            stream.activity.append(activity);
            stream.callouts.extend(callouts);
        }
    }
}
