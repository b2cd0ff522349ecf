//! HTTP streams, part by part.

use super::{Host, Ready, Ticket, default_answer};
use crate::bypass;
#[cfg(feature = "command")]
use crate::callouts::Callout;
use crate::cost::Activity;
use crate::frames::Frame;
use crate::headers::Headers;
use crate::outcome::{Outcome, Upstream};
use crate::request::{Request, Response};
use crate::stream::Flow;
#[cfg(feature = "command")]
use crate::vm::Vm;
use crate::{events, exchange};

/// An HTTP stream that is open: see [`Host::open`].
#[derive(Debug)]
#[must_use = "the stream stays open until `Host::close` gets it"]
pub struct OpenStream {
    ticket: Ticket,
    /// Of a stream that the module does not see: how it ends.
    unseen: Option<Box<Outcome>>,
}

impl Host {
    /// Opens an HTTP stream and shows the module what there is of the request; more can come
    /// when the request is [`unfinished`](Request::unfinished). The stream stays open: time can
    /// [pass](Self::advance), callouts can be [answered](Self::answer), other streams can begin
    /// and end.
    ///
    /// A stream that the module does not see (it is dead, and the failure policy says so) ends as
    /// it was opened.
    ///
    /// ```
    /// # use host_sim::{Host, Module, Request, Response};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let wasm = wat::parse_str(r#"(module (memory (export "memory") 1)
    /// #   (func (export "proxy_abi_version_0_2_1")) (func (export "malloc") (param i32) (result i32) (i32.const 8)))"#)?;
    /// # let mut host = Host::builder(&Module::from_bytes(wasm)?).start()?;
    /// let stream = host.open(Request::post("/").chunk("one ").unfinished().unanswered());
    /// host.send_request_data(&stream, "two");
    /// host.end_request(&stream);
    /// host.respond(&stream, Response::new(201));
    /// let outcome = host.close(stream);
    /// assert_eq!(outcome.status(), Some(201));
    /// assert_eq!(outcome.upstream.unwrap().body, b"one two");
    /// # Ok(())
    /// # }
    /// ```
    pub fn open(&mut self, request: Request) -> OpenStream {
        let unseen = match self.ready() {
            Ready::Ask => {
                let id = self.begin_stream(request);
                self.keep_activity(id);
                return OpenStream { ticket: self.ticket(id), unseen: None };
            }
            Ready::Pass => {
                let upstream = Upstream::unseen(&request);
                bypass::passed(upstream, request.response.unwrap_or_else(default_answer))
            }
            Ready::Refuse(activity) => bypass::unavailable(activity),
        };
        OpenStream { ticket: Ticket::Unseen, unseen: Some(Box::new(unseen)) }
    }

    /// Another piece of the request's body. Nothing comes before the headers of a message or after
    /// its end, here and below.
    pub fn send_request_data(&mut self, stream: &OpenStream, data: impl Into<Vec<u8>>) {
        let bytes = data.into();
        self.push(stream, |request, _| request.push(Frame::Data { bytes, end: false }));
    }

    /// The end of a request without trailers. The module sees an empty piece of a body when it
    /// has seen all of the others.
    pub fn end_request(&mut self, stream: &OpenStream) {
        self.push(stream, |request, _| request.end());
    }

    /// The end of a request: its trailers.
    pub fn end_request_with_trailers(&mut self, stream: &OpenStream, trailers: Headers) {
        self.push(stream, |request, _| request.push(Frame::Trailers(trailers)));
    }

    /// The upstream's response, or its beginning when it is
    /// [`unfinished`](Response::unfinished). It need not wait for the end of the request. Nothing
    /// happens when there is a response already.
    pub fn respond(&mut self, stream: &OpenStream, response: Response) {
        if let Some(id) = self.living(&stream.ticket) {
            if let Some(stream) = self.vm.world().contexts.stream(id) {
                stream.respond_unless_responding(response);
            }
            self.go_on(id);
        }
    }

    /// Another piece of the response's body.
    pub fn send_response_data(&mut self, stream: &OpenStream, data: impl Into<Vec<u8>>) {
        let bytes = data.into();
        self.push(stream, |_, response| response.push(Frame::Data { bytes, end: false }));
    }

    /// The end of a response without trailers.
    pub fn end_response(&mut self, stream: &OpenStream) {
        self.push(stream, |_, response| response.end());
    }

    /// The end of a response: its trailers.
    pub fn end_response_with_trailers(&mut self, stream: &OpenStream, trailers: Headers) {
        self.push(stream, |_, response| response.push(Frame::Trailers(trailers)));
    }

    /// Whether the module holds the stream, in either direction.
    pub fn is_paused(&mut self, stream: &OpenStream) -> bool {
        let stream = self.stream(&stream.ticket);
        stream.is_some_and(|stream| stream.request.is_stopped() || stream.response.is_stopped())
    }

    /// Whether the exchange is over: nothing of it is shown to the module any more but the
    /// farewell.
    pub fn is_over(&mut self, stream: &OpenStream) -> bool {
        let stream = self.stream(&stream.ticket);
        stream.is_none_or(|stream| stream.verdict.is_some())
    }

    /// What the upstream has got so far; none before the headers have passed.
    pub fn upstream_of(&mut self, stream: &OpenStream) -> Option<Upstream> {
        self.stream(&stream.ticket)?.upstream()
    }

    /// What the client has got so far; none before the headers have passed.
    pub fn response_of(&mut self, stream: &OpenStream) -> Option<Response> {
        let response = &self.stream(&stream.ticket)?.response;
        let released = response.released();
        let trailers = response.trailers.clone().filter(|_| released.all).unwrap_or_default();
        released
            .headers
            .then(|| Response::of(response.headers.clone(), released.body.clone(), trailers))
    }

    /// Ends the stream, and gives what came of it. A stream that is not over ends as
    /// [`Verdict::Paused`](crate::Verdict::Paused) when the module holds it, and as
    /// [`Verdict::Closed`](crate::Verdict::Closed) when it waits for somebody else.
    pub fn close(&mut self, stream: OpenStream) -> Outcome {
        if let Some(unseen) = stream.unseen {
            return *unseen;
        }
        match self.in_this_vm(&stream.ticket) {
            Some(id) => self.finish_stream(id, false),
            None => bypass::unavailable(Activity::default()),
        }
    }

    /// Ends a stream whose client has gone away.
    pub fn reset(&mut self, stream: OpenStream) -> Outcome {
        match self.living(&stream.ticket) {
            Some(id) => self.finish_stream(id, true),
            None => self.close(stream),
        }
    }

    /// Adds to the request or the response of a stream, unless the exchange or the message is over.
    fn push(&mut self, stream: &OpenStream, add: impl FnOnce(&mut Flow, &mut Flow)) {
        let Some(id) = self.living(&stream.ticket) else {
            return;
        };
        if let Some(stream) = self.vm.world().contexts.stream(id)
            && stream.verdict.is_none()
            && stream.reply.is_none()
        {
            add(&mut stream.request, &mut stream.response);
        }
        self.go_on(id);
    }

    /// The calls to other services that were made so far in the time of a stream.
    #[cfg(feature = "command")]
    pub(crate) fn made(&mut self, stream: &OpenStream) -> Vec<Callout> {
        let stream = self.stream(&stream.ticket);
        stream.map(|stream| stream.callouts.clone()).unwrap_or_default()
    }

    /// Lets something happen whose whole activity counts for a stream.
    #[cfg(feature = "command")]
    pub(crate) fn during(&mut self, stream: &OpenStream, step: impl FnOnce(&mut Vm)) {
        if let Some(id) = self.living(&stream.ticket) {
            step(&mut self.vm);
            events::settle(&mut self.vm);
            self.keep_activity(id);
        }
    }

    /// Lets something happen that counts for no stream; also gives the calls that were made.
    #[cfg(feature = "command")]
    pub(crate) fn meanwhile(&mut self, step: impl FnOnce(&mut Vm)) -> (Activity, Vec<Callout>) {
        step(&mut self.vm);
        events::settle(&mut self.vm);
        let callouts = self.vm.world().callouts.take_new();
        (self.settle(), callouts)
    }

    fn go_on(&mut self, id: u32) {
        exchange::run(&mut self.vm, id);
        events::settle(&mut self.vm);
        self.keep_activity(id);
    }
}
