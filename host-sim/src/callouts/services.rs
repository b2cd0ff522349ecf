//! Who answers for other services.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::{GrpcAnswer, GrpcCall, GrpcStream, GrpcStreamAnswer, HttpAnswer, HttpCall};

type Http = Arc<dyn Fn(&HttpCall) -> HttpAnswer + Send + Sync>;
type Grpc = Arc<dyn Fn(&GrpcCall) -> GrpcAnswer + Send + Sync>;
type Stream = Arc<dyn Fn(&GrpcStream) -> GrpcStreamAnswer + Send + Sync>;

/// The services there are, and what answers for them.
#[derive(Clone, Default)]
pub(crate) struct Services {
    /// When it is not empty there are no others.
    known: BTreeSet<String>,
    http: BTreeMap<String, Http>,
    grpc: BTreeMap<String, Grpc>,
    streams: BTreeMap<String, Stream>,
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

    pub(crate) fn on_grpc_stream(
        &mut self,
        name: String,
        answer: impl Fn(&GrpcStream) -> GrpcStreamAnswer + Send + Sync + 'static,
    ) {
        self.streams.insert(name, Arc::new(answer));
    }

    pub(crate) fn knows(&self, name: &str) -> bool {
        self.known.is_empty()
            || self.known.contains(name)
            || self.http.contains_key(name)
            || self.grpc.contains_key(name)
            || self.streams.contains_key(name)
    }

    /// A service that nothing answers for waits for the test.
    pub(crate) fn answer_http(&self, call: &HttpCall) -> HttpAnswer {
        self.http.get(&call.upstream).map_or_else(HttpAnswer::never, |answer| answer(call))
    }

    pub(crate) fn answer_grpc(&self, call: &GrpcCall) -> GrpcAnswer {
        self.grpc.get(&call.upstream).map_or_else(GrpcAnswer::never, |answer| answer(call))
    }

    pub(crate) fn answer_stream(&self, stream: &GrpcStream) -> GrpcStreamAnswer {
        self.streams.get(&stream.upstream).map(|answer| answer(stream)).unwrap_or_default()
    }
}

impl fmt::Debug for Services {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Services")
            .field("known", &self.known)
            .field("http", &self.http.keys())
            .field("grpc", &self.grpc.keys())
            .field("streams", &self.streams.keys())
            .finish()
    }
}
