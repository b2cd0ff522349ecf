//! Calls that a module makes to other services, and how they are answered.

mod answers;
mod event;
mod pending;
mod services;
mod timeouts;

use std::time::Duration;

pub use answers::{GrpcAnswer, GrpcStreamAnswer, HttpAnswer};
#[cfg(feature = "command")]
pub(crate) use answers::{NOT_REACHED, unreachable};
pub(crate) use event::{Closer, Event};
pub(crate) use pending::{Callouts, Kind};
pub(crate) use services::Services;

use crate::headers::Headers;
use crate::holdings::{self, ENTRY};
use crate::request::Response;

/// A call that a module made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Callout {
    /// By `proxy_http_call`.
    Http(HttpCall),
    /// By `proxy_grpc_call`.
    Grpc(GrpcCall),
    /// By `proxy_grpc_stream`.
    GrpcStream(GrpcStream),
}

/// An HTTP request to another service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpCall {
    /// The number by which the module knows the call.
    pub id: u32,
    /// The service: in Envoy the name of a cluster.
    pub upstream: String,
    /// All headers, pseudo headers too.
    pub headers: Headers,
    /// The whole body.
    pub body: Vec<u8>,
    /// The trailers; mostly there are none.
    pub trailers: Headers,
    /// How long the module waits for an answer; none means for ever.
    pub timeout: Option<Duration>,
}

/// A gRPC call: one message goes, and one comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrpcCall {
    /// The number by which the module knows the call.
    pub id: u32,
    /// The service: in Envoy the name of a cluster.
    pub upstream: String,
    /// The full name of the gRPC service.
    pub service: String,
    /// The method of it.
    pub method: String,
    /// The initial metadata.
    pub metadata: Headers,
    /// The message, without gRPC's frame.
    pub message: Vec<u8>,
    /// How long the module waits for an answer; none means for ever.
    pub timeout: Option<Duration>,
}

/// A gRPC stream, on which messages go both ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrpcStream {
    /// The number by which the module knows the stream.
    pub id: u32,
    /// The service: in Envoy the name of a cluster.
    pub upstream: String,
    /// The full name of the gRPC service.
    pub service: String,
    /// The method of it.
    pub method: String,
    /// The initial metadata.
    pub metadata: Headers,
    /// The messages that the module has sent, without gRPC's frame.
    pub sent: Vec<Vec<u8>>,
    /// The module has said that it will send no more.
    pub half_closed: bool,
}

/// What a root context may read of an answer, while the callback for it runs.
#[derive(Debug, Default)]
pub(crate) struct Received {
    pub(crate) http: Option<Response>,
    pub(crate) message: Option<Vec<u8>>,
    pub(crate) initial_metadata: Option<Headers>,
    pub(crate) trailing_metadata: Option<Headers>,
    /// What `proxy_on_foreign_function` is called with.
    pub(crate) arguments: Option<Vec<u8>>,
    /// Of the last call that failed or was closed; the number stays, as in Envoy.
    pub(crate) status: u32,
    pub(crate) status_message: Vec<u8>,
}

impl Callout {
    /// The number by which the module knows the call.
    pub fn id(&self) -> u32 {
        match self {
            Self::Http(call) => call.id,
            Self::Grpc(call) => call.id,
            Self::GrpcStream(stream) => stream.id,
        }
    }

    /// The service that is called.
    pub fn upstream(&self) -> &str {
        match self {
            Self::Http(call) => &call.upstream,
            Self::Grpc(call) => &call.upstream,
            Self::GrpcStream(stream) => &stream.upstream,
        }
    }

    /// How long the module waits for an answer; none means for ever.
    pub fn timeout(&self) -> Option<Duration> {
        match self {
            Self::Http(call) => call.timeout,
            Self::Grpc(call) => call.timeout,
            Self::GrpcStream(_) => None,
        }
    }

    /// Bytes that are kept of it and of what was sent on it.
    pub(crate) fn held(&self) -> usize {
        let (maps, bytes) = match self {
            Self::Http(call) => (vec![&call.headers, &call.trailers], call.body.len()),
            Self::Grpc(call) => {
                let method = call.service.len() + call.method.len();
                (vec![&call.metadata], method + call.message.len())
            }
            Self::GrpcStream(stream) => {
                let method = stream.service.len() + stream.method.len();
                let sent = stream.sent.iter().map(|message| message.len() + ENTRY);
                (vec![&stream.metadata], method + sent.sum::<usize>())
            }
        };
        self.upstream().len() + holdings::headers(maps) + bytes + 8 * ENTRY
    }
}

impl Received {
    /// Bytes that are kept and that the module can change.
    pub(crate) fn held(&self) -> usize {
        self.message.as_ref().map_or(0, Vec::len)
    }
}
