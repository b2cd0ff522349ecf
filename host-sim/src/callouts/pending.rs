//! Calls that have no answer yet.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::answers::{GrpcAnswerKind, HttpAnswerKind};
use super::timeouts::{earlier, grpc_timeout, http_timeout};
use super::{Callout, Event, GrpcCall, GrpcStream, HttpCall};
use crate::clock::nanoseconds;
use crate::ids::{self, Ids};
use crate::profile::Timeout;
use crate::status::Status;

/// The calls of a VM.
#[derive(Debug, Default)]
pub(crate) struct Callouts {
    pending: BTreeMap<u32, Pending>,
    /// When something comes next for each call for which something comes by itself.
    due: BTreeSet<(u64, u32)>,
    ids: Ids,
    /// Calls that were made and not told of yet.
    new: Vec<Callout>,
}

/// A call that has no answer yet.
#[derive(Debug)]
pub(crate) struct Pending {
    /// The root context that is called back.
    pub(crate) root: u32,
    pub(crate) callout: Callout,
    /// What comes by itself, and when, in nanoseconds that have passed; in the order of time.
    due: VecDeque<(u64, Event)>,
    /// Of a stream: the module will send no more.
    local_closed: bool,
    /// Of a stream: the other side will send no more.
    remote_closed: bool,
}

/// What a call is: the two low bits of its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Http = 0,
    Grpc = 1,
    GrpcStream = 2,
}

impl Pending {
    /// The other side of a stream will send no more.
    pub(crate) fn is_remote_closed(&self) -> bool {
        self.remote_closed
    }
}

impl Callouts {
    /// The id that the next call of a kind gets.
    pub(crate) fn next_id(&mut self, kind: Kind) -> Result<u32, Status> {
        self.ids.next(kind as u32)
    }

    pub(crate) fn add_http(
        &mut self,
        root: u32,
        call: HttpCall,
        answer: super::HttpAnswer,
        now: u64,
        rule: Timeout,
    ) -> Result<(), Status> {
        let answered = now.saturating_add(nanoseconds(answer.delay));
        let answer = match answer.kind {
            HttpAnswerKind::Refuse => return Err(Status::InternalFailure),
            HttpAnswerKind::Respond(response) => Some((answered, Event::HttpResponse(response))),
            HttpAnswerKind::Fail => Some((answered, Event::HttpFailure)),
            HttpAnswerKind::Never => None,
        };
        let timeout = call
            .timeout
            .map(|timeout| (now.saturating_add(nanoseconds(timeout)), http_timeout(rule)));
        self.add(root, Callout::Http(call), earlier(answer, timeout));
        Ok(())
    }

    pub(crate) fn add_grpc(
        &mut self,
        root: u32,
        call: GrpcCall,
        answer: super::GrpcAnswer,
        now: u64,
        rule: Timeout,
    ) -> Result<(), Status> {
        let answered = now.saturating_add(nanoseconds(answer.delay));
        let answer = match answer.kind {
            GrpcAnswerKind::Refuse => return Err(Status::InternalFailure),
            GrpcAnswerKind::Message(message) => Some((answered, Event::GrpcMessage(message))),
            GrpcAnswerKind::Close { status, message, by } => {
                Some((answered, Event::GrpcClose { status, message: message.into(), by }))
            }
            GrpcAnswerKind::Never => None,
        };
        let timeout = call
            .timeout
            .map(|timeout| (now.saturating_add(nanoseconds(timeout)), grpc_timeout(rule)));
        self.add(root, Callout::Grpc(call), earlier(answer, timeout));
        Ok(())
    }

    pub(crate) fn add_stream(
        &mut self,
        root: u32,
        stream: GrpcStream,
        answer: super::GrpcStreamAnswer,
        now: u64,
    ) {
        let due = now.saturating_add(nanoseconds(answer.delay));
        let events = answer.events.into_iter().map(|event| (due, event));
        self.add(root, Callout::GrpcStream(stream), events);
    }

    pub(crate) fn get(&self, id: u32) -> Option<&Pending> {
        self.pending.get(&id)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Callout> {
        self.pending.values().map(|pending| &pending.callout)
    }

    /// Bytes that are kept.
    pub(crate) fn held(&self) -> usize {
        self.all().chain(&self.new).map(Callout::held).sum()
    }

    /// When the next answer comes by itself, which it is.
    pub(crate) fn next_due(&self) -> Option<(u64, u32)> {
        self.due.first().copied()
    }

    /// When the last of what comes by itself comes.
    pub(crate) fn last_due(&self) -> Option<u64> {
        self.due.last().map(|(time, _)| *time)
    }

    pub(crate) fn take_due(&mut self, id: u32) -> Option<Event> {
        let pending = self.pending.get_mut(&id)?;
        let (time, event) = pending.due.pop_front()?;
        self.due.remove(&(time, id));
        self.due.extend(pending.due.front().map(|(time, _)| (*time, id)));
        Some(event)
    }

    /// A message of the module on a stream.
    pub(crate) fn send(&mut self, id: u32, message: &[u8], end: bool) -> Result<(), Status> {
        if !Kind::GrpcStream.is_of(id) {
            return Err(Status::BadArgument);
        }
        let pending = self.pending.get_mut(&id).ok_or(Status::NotFound)?;
        if let Callout::GrpcStream(stream) = &mut pending.callout
            && !pending.remote_closed
        {
            stream.sent.push(message.to_vec());
            stream.half_closed |= end;
        }
        Ok(())
    }

    /// The module gives up a call or a stream.
    pub(crate) fn cancel(&mut self, id: u32) -> Result<(), Status> {
        if !Kind::Grpc.is_of(id) && !Kind::GrpcStream.is_of(id) {
            return Err(Status::BadArgument);
        }
        if self.remove(id) { Ok(()) } else { Err(Status::NotFound) }
    }

    /// The module closes its side of a stream, or gives up a call.
    pub(crate) fn close(&mut self, id: u32) -> Result<(), Status> {
        if !Kind::GrpcStream.is_of(id) {
            return self.cancel(id);
        }
        let pending = self.pending.get_mut(&id).ok_or(Status::NotFound)?;
        pending.local_closed = true;
        if let Callout::GrpcStream(stream) = &mut pending.callout {
            stream.half_closed = true;
        }
        if pending.remote_closed {
            self.remove(id);
        }
        Ok(())
    }

    /// The other side of a call or a stream will send no more.
    pub(crate) fn close_remote(&mut self, id: u32) {
        if let Some(pending) = self.pending.get_mut(&id) {
            pending.remote_closed = true;
            for (time, _) in pending.due.drain(..) {
                self.due.remove(&(time, id));
            }
        }
    }

    /// A stream is gone when both sides have closed it.
    pub(crate) fn forget_closed(&mut self, id: u32) {
        let closed = |pending: &Pending| pending.local_closed && pending.remote_closed;
        if self.pending.get(&id).is_some_and(closed) {
            self.remove(id);
        }
    }

    /// False when there is no such call.
    pub(crate) fn remove(&mut self, id: u32) -> bool {
        let Some(pending) = self.pending.remove(&id) else { return false };
        for (time, _) in pending.due {
            self.due.remove(&(time, id));
        }
        true
    }

    /// A root context is gone, and its calls with it.
    pub(crate) fn forget_root(&mut self, root: u32) {
        let of_root = |(id, pending): (&u32, &Pending)| (pending.root == root).then_some(*id);
        let gone: Vec<u32> = self.pending.iter().filter_map(of_root).collect();
        for id in gone {
            self.remove(id);
        }
    }

    /// The calls that were made since the last time, as they were when they were made.
    pub(crate) fn take_new(&mut self) -> Vec<Callout> {
        std::mem::take(&mut self.new)
    }

    fn add(&mut self, root: u32, callout: Callout, due: impl IntoIterator<Item = (u64, Event)>) {
        self.new.push(callout.clone());
        let id = callout.id();
        let due: VecDeque<_> = due.into_iter().collect();
        self.due.extend(due.front().map(|(time, _)| (*time, id)));
        let pending = Pending { root, due, local_closed: false, remote_closed: false, callout };
        self.pending.insert(id, pending);
    }
}

impl Kind {
    fn is_of(self, id: u32) -> bool {
        ids::kind(id) == self as u32
    }
}
