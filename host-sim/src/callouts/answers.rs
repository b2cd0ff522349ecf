//! What other services answer.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{Event, GrpcCall, HttpCall};
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
    Close { status: u32, message: String },
    Refuse,
    Never,
}

impl HttpAnswer {
    /// A response. One without any header reaches the module as a failure, as any call does that
    /// has 0 headers.
    pub fn respond(response: Response) -> Self {
        Self { kind: HttpAnswerKind::Respond(response), delay: Duration::ZERO }
    }

    /// The connection breaks: the module is called back with 0 headers.
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

    /// The call ends without a message: the module is called back with this status, of which
    /// `proxy_get_status` has the text.
    pub fn close(status: u32, message: impl Into<String>) -> Self {
        let kind = GrpcAnswerKind::Close { status, message: message.into() };
        Self { kind, delay: Duration::ZERO }
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

type Http = Arc<dyn Fn(&HttpCall) -> HttpAnswer + Send + Sync>;
type Grpc = Arc<dyn Fn(&GrpcCall) -> GrpcAnswer + Send + Sync>;

/// The services there are, and what answers for them.
#[derive(Clone, Default)]
pub(crate) struct Services {
    /// When it is not empty there are no others.
    known: BTreeSet<String>,
    http: BTreeMap<String, Http>,
    grpc: BTreeMap<String, Grpc>,
}

impl Services {
    /// From now on only services are known that were named.
    pub(crate) fn know(&mut self, name: String) {
        self.known.insert(name);
    }

    pub(crate) fn on_http(
        &mut self,
        name: String,
        answer: impl Fn(&HttpCall) -> HttpAnswer + Send + Sync + 'static,
    ) {
        self.http.insert(name, Arc::new(answer));
    }

    pub(crate) fn on_grpc(
        &mut self,
        name: String,
        answer: impl Fn(&GrpcCall) -> GrpcAnswer + Send + Sync + 'static,
    ) {
        self.grpc.insert(name, Arc::new(answer));
    }

    pub(crate) fn knows(&self, name: &str) -> bool {
        self.known.is_empty()
            || self.known.contains(name)
            || self.http.contains_key(name)
            || self.grpc.contains_key(name)
    }

    /// A service that nothing answers for waits for the test.
    pub(crate) fn answer_http(&self, call: &HttpCall) -> HttpAnswer {
        self.http.get(&call.upstream).map_or_else(HttpAnswer::never, |answer| answer(call))
    }

    pub(crate) fn answer_grpc(&self, call: &GrpcCall) -> GrpcAnswer {
        self.grpc.get(&call.upstream).map_or_else(GrpcAnswer::never, |answer| answer(call))
    }
}

impl fmt::Debug for Services {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Services")
            .field("known", &self.known)
            .field("http", &self.http.keys())
            .field("grpc", &self.grpc.keys())
            .finish()
    }
}
