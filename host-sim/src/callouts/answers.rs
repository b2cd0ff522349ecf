//! What other services answer.

use std::time::Duration;

use super::{Closer, Event};
use crate::headers::Headers;
use crate::request::Response;

/// What becomes of an HTTP call.
///
/// ```
/// use std::time::Duration;
/// use host_sim::{HttpAnswer, Response};
///
/// let at_once: HttpAnswer = Response::new(200).body("granted").into();
/// let late = HttpAnswer::respond(Response::new(200)).after(Duration::from_millis(50));
/// let broken = HttpAnswer::fail();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAnswer {
    pub(crate) kind: HttpAnswerKind,
    pub(crate) delay: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HttpAnswerKind {
    Respond(Response),
    Fail,
    Refuse,
    Never,
}

/// What becomes of a gRPC call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrpcAnswer {
    pub(crate) kind: GrpcAnswerKind,
    pub(crate) delay: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GrpcAnswerKind {
    Message(Vec<u8>),
    Close { status: u32, message: String, by: Closer },
    Refuse,
    Never,
}

/// What comes on a gRPC stream by itself, in the order in which it was said.
///
/// ```
/// use host_sim::{GrpcStreamAnswer, Headers};
///
/// let metadata: Headers = [("x-version", "2")].into_iter().collect();
/// let answer =
///     GrpcStreamAnswer::new().initial_metadata(metadata).message("one").message("two").close(0, "");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GrpcStreamAnswer {
    pub(crate) events: Vec<Event>,
    pub(crate) delay: Duration,
}

/// What Envoy says of a service that it does not reach.
pub(crate) const NOT_REACHED: &str = "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure";

/// What Envoy answers for such a service.
pub(crate) fn unreachable() -> Response {
    Response::new(503)
        .header("content-length", NOT_REACHED.len().to_string())
        .header("content-type", "text/plain")
        .body(NOT_REACHED)
}

impl HttpAnswer {
    /// A response. One without any header reaches the module as a failure, as any call does that
    /// has 0 headers.
    pub fn respond(response: Response) -> Self {
        Self { kind: HttpAnswerKind::Respond(response), delay: Duration::ZERO }
    }

    /// The service is down: Envoy itself answers, with a 503.
    pub fn unreachable() -> Self {
        Self::respond(unreachable())
    }

    /// The connection breaks within the response: the module is called back with 0 headers.
    pub fn fail() -> Self {
        Self { kind: HttpAnswerKind::Fail, delay: Duration::ZERO }
    }

    /// The call cannot even be made: `proxy_http_call` answers `INTERNAL_FAILURE`, and the module
    /// is never called back.
    pub fn refuse() -> Self {
        Self { kind: HttpAnswerKind::Refuse, delay: Duration::ZERO }
    }

    /// No answer: the call lasts until its timeout, if it has one, or until somebody answers it
    /// with [`Host::answer`](crate::Host::answer).
    pub fn never() -> Self {
        Self { kind: HttpAnswerKind::Never, delay: Duration::ZERO }
    }

    /// The same, so much later: see [`Host::advance`](crate::Host::advance).
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

impl HttpAnswer {
    /// What comes to the module by it, if anything does.
    pub(crate) fn into_event(self) -> Option<Event> {
        match self.kind {
            HttpAnswerKind::Respond(response) => Some(Event::HttpResponse(response)),
            HttpAnswerKind::Fail => Some(Event::HttpFailure),
            HttpAnswerKind::Refuse | HttpAnswerKind::Never => None,
        }
    }
}

impl From<Response> for HttpAnswer {
    fn from(response: Response) -> Self {
        Self::respond(response)
    }
}

impl GrpcAnswer {
    /// The message of a call that went well, without gRPC's frame.
    pub fn message(message: impl Into<Vec<u8>>) -> Self {
        Self { kind: GrpcAnswerKind::Message(message.into()), delay: Duration::ZERO }
    }

    /// The service ends the call without a message: the module is called back with this status,
    /// of which `proxy_get_status` has the text. (In Envoy details follow it: `no entry` becomes
    /// `no entry{via_upstream}`.)
    pub fn close(status: u32, message: impl Into<String>) -> Self {
        Self::ended(status, message.into(), Closer::Service)
    }

    /// The proxy ends the call, because it does not reach the service or the connection breaks:
    /// the module is called back with this status. It is 14, `UNAVAILABLE`, as a rule.
    pub fn fail(status: u32, message: impl Into<String>) -> Self {
        Self::ended(status, message.into(), Closer::Proxy)
    }

    fn ended(status: u32, message: String, by: Closer) -> Self {
        Self { kind: GrpcAnswerKind::Close { status, message, by }, delay: Duration::ZERO }
    }

    /// The call cannot even be made: `proxy_grpc_call` answers `INTERNAL_FAILURE`.
    pub fn refuse() -> Self {
        Self { kind: GrpcAnswerKind::Refuse, delay: Duration::ZERO }
    }

    /// No answer until the timeout, or until somebody gives one.
    pub fn never() -> Self {
        Self { kind: GrpcAnswerKind::Never, delay: Duration::ZERO }
    }

    /// The same, so much later: see [`Host::advance`](crate::Host::advance).
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

impl GrpcStreamAnswer {
    /// Nothing: what comes on the stream, comes from whoever holds the [`Host`](crate::Host).
    pub fn new() -> Self {
        Self::default()
    }

    /// Initial metadata.
    #[must_use]
    pub fn initial_metadata(self, metadata: Headers) -> Self {
        self.then(Event::GrpcInitialMetadata(metadata))
    }

    /// A message, without gRPC's frame.
    #[must_use]
    pub fn message(self, message: impl Into<Vec<u8>>) -> Self {
        self.then(Event::GrpcMessage(message.into()))
    }

    /// Trailing metadata.
    #[must_use]
    pub fn trailing_metadata(self, metadata: Headers) -> Self {
        self.then(Event::GrpcTrailingMetadata(metadata))
    }

    /// The service closes, with this status and its text. Nothing comes after that.
    #[must_use]
    pub fn close(self, status: u32, message: impl Into<String>) -> Self {
        let message = message.into().into();
        self.then(Event::GrpcClose { status, message, by: Closer::Service })
    }

    /// The proxy ends the stream, because it does not reach the service or the connection breaks.
    /// (Where nothing has come before, Envoy shows initial metadata without any entry, and its own
    /// response as trailing metadata, with `:status`, `content-type`, `grpc-status` and
    /// `grpc-message`.)
    #[must_use]
    pub fn fail(self, status: u32, message: impl Into<String>) -> Self {
        let message = message.into().into();
        self.then(Event::GrpcClose { status, message, by: Closer::Proxy })
    }

    /// The same, so much later: see [`Host::advance`](crate::Host::advance).
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    fn then(mut self, event: Event) -> Self {
        self.events.push(event);
        self
    }
}
