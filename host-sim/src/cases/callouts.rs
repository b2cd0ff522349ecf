//! The calls to other services that a case expects, and what is answered.

use schemars::JsonSchema;
use serde::Deserialize;

use super::bytes::Bytes;
use super::check::Findings;
use super::file::ResponseEntry;
use super::values::{Delay, Reply};
use crate::callouts::{
    Callout, Closer, Event, GrpcCall, GrpcStream, HttpCall, NOT_REACHED, unreachable,
};
use crate::headers::Headers;

/// A call that the module is expected to make, and what is answered.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ExpectedCallout(Kind);

/// A call to another service.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Callout")]
enum Kind {
    /// By `proxy_http_call`.
    Http(ExpectedHttpCall),
    /// By `proxy_grpc_call`.
    Grpc(ExpectedGrpcCall),
    /// By `proxy_grpc_stream`.
    GrpcStream(ExpectedGrpcStream),
}

/// An HTTP call; of its parts only those are looked at that are given.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ExpectedHttpCall {
    /// The service that is called: in Envoy the name of a cluster.
    to: String,
    /// Headers that it must have; each with this value.
    #[serde(default)]
    headers: Vec<(Bytes, Bytes)>,
    /// Headers that it must not have.
    #[serde(default)]
    no_headers: Vec<Bytes>,
    /// Its body, exactly.
    body: Option<Bytes>,
    /// Trailers that it must have; each with this value.
    #[serde(default)]
    trailers: Vec<(Bytes, Bytes)>,
    /// The response; or `unreachable`, a service that is down, for which the proxy answers 503; or
    /// `fails`, a connection that breaks within the response; or `never`, until the call's time is up.
    answer: Reply<ResponseEntry>,
    /// How long the answer takes, such as `20ms`; no time unless given.
    #[serde(default)]
    after: Delay,
}

/// A gRPC call; of its parts only those are looked at that are given.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ExpectedGrpcCall {
    /// The service that is called: in Envoy the name of a cluster.
    to: String,
    /// The gRPC service and its method: `package.Service/Method`.
    method: Option<String>,
    /// Metadata that it must have; each with this value.
    #[serde(default)]
    metadata: Vec<(Bytes, Bytes)>,
    /// Its message, exactly, without gRPC's frame.
    message: Option<Bytes>,
    /// The answer; or `unreachable` or `fails`, a service that is not reached; or `never`, until the
    /// call's time is up.
    answer: Reply<GrpcAnswerEntry>,
    /// How long the answer takes, such as `20ms`; no time unless given.
    #[serde(default)]
    after: Delay,
}

/// A gRPC stream; of its parts only those are looked at that are given.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ExpectedGrpcStream {
    /// The service that is called: in Envoy the name of a cluster.
    to: String,
    /// The gRPC service and its method: `package.Service/Method`.
    method: Option<String>,
    /// Metadata that it must have; each with this value.
    #[serde(default)]
    metadata: Vec<(Bytes, Bytes)>,
    /// The messages that the module sends, exactly, without gRPC's frame.
    messages: Option<Vec<Bytes>>,
    /// What comes; or `unreachable` or `fails`, a service that is not reached; or `never`, nothing.
    answer: Reply<StreamAnswerEntry>,
    /// How long that takes, such as `20ms`; no time unless given.
    #[serde(default)]
    after: Delay,
}

/// What a gRPC service answers to a call: a message when all is well, a status otherwise.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct GrpcAnswerEntry {
    /// The message, without gRPC's frame.
    message: Bytes,
    /// The gRPC status; 0, all is well, unless given.
    status: u32,
    /// The text of the status.
    text: String,
}

/// What comes on a gRPC stream, in this order.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct StreamAnswerEntry {
    /// Initial metadata.
    initial_metadata: Option<Vec<(Bytes, Bytes)>>,
    /// Messages, without gRPC's frame.
    messages: Vec<Bytes>,
    /// Trailing metadata.
    trailing_metadata: Option<Vec<(Bytes, Bytes)>>,
    /// The gRPC status with which the service closes; without it the stream stays open.
    status: Option<u32>,
    /// The text of the status.
    text: String,
}

/// gRPC's `UNAVAILABLE`.
const UNAVAILABLE: u32 = 14;

/// What Envoy adds for a call.
const DETAILS: &str = "{upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}}";

const HTTP: &str = "HTTP call to";
const GRPC: &str = "gRPC call to";
const GRPC_STREAM: &str = "gRPC stream to";

/// What a call is, in a finding.
pub(super) fn name(callout: &Callout) -> String {
    let kind = match callout {
        Callout::Http(_) => HTTP,
        Callout::Grpc(_) => GRPC,
        Callout::GrpcStream(_) => GRPC_STREAM,
    };
    format!("{kind} `{}`", callout.upstream())
}

impl ExpectedCallout {
    /// Whether a call is of this kind, and to this service.
    pub(super) fn is_for(&self, callout: &Callout) -> bool {
        let (to, is_kind) = match &self.0 {
            Kind::Http(call) => (&call.to, matches!(callout, Callout::Http(_))),
            Kind::Grpc(call) => (&call.to, matches!(callout, Callout::Grpc(_))),
            Kind::GrpcStream(call) => (&call.to, matches!(callout, Callout::GrpcStream(_))),
        };
        is_kind && to == callout.upstream()
    }

    /// What it is, in a finding.
    pub(super) fn name(&self) -> String {
        match &self.0 {
            Kind::Http(call) => format!("{HTTP} `{}`", call.to),
            Kind::Grpc(call) => format!("{GRPC} `{}`", call.to),
            Kind::GrpcStream(call) => format!("{GRPC_STREAM} `{}`", call.to),
        }
    }

    /// What does not hold of a call that [is for it](Self::is_for).
    pub(super) fn check(&self, callout: &Callout, findings: &mut Findings) {
        let name = self.name();
        match (&self.0, callout) {
            (Kind::Http(expected), Callout::Http(call)) => expected.check(&name, call, findings),
            (Kind::Grpc(expected), Callout::Grpc(call)) => expected.check(&name, call, findings),
            (Kind::GrpcStream(expected), Callout::GrpcStream(stream)) => {
                expected.check(&name, stream, findings);
            }
            _ => {}
        }
    }

    /// How long the module waits for the answer.
    pub(super) fn after(&self) -> Delay {
        match &self.0 {
            Kind::Http(call) => call.after,
            Kind::Grpc(call) => call.after,
            Kind::GrpcStream(call) => call.after,
        }
    }

    /// What comes, one by one; none where nothing ever does.
    pub(super) fn answer(&self) -> Option<Vec<Event>> {
        match &self.0 {
            Kind::Http(call) => match &call.answer {
                Reply::Given(response) => {
                    Some(vec![Event::HttpResponse(response.clone().into_response())])
                }
                Reply::Fails => Some(vec![Event::HttpFailure]),
                Reply::Unreachable => Some(vec![Event::HttpResponse(unreachable())]),
                Reply::Never => None,
            },
            Kind::Grpc(call) => match &call.answer {
                Reply::Given(answer) => Some(vec![answer.event()]),
                Reply::Fails | Reply::Unreachable => Some(vec![call_not_reached()]),
                Reply::Never => None,
            },
            Kind::GrpcStream(call) => match &call.answer {
                Reply::Given(answer) => Some(answer.events()),
                Reply::Fails | Reply::Unreachable => Some(stream_not_reached()),
                Reply::Never => None,
            },
        }
    }
}

impl ExpectedHttpCall {
    fn check(&self, name: &str, call: &HttpCall, findings: &mut Findings) {
        findings.headers(
            &format!("{name}: header"),
            &self.headers,
            &self.no_headers,
            Some(&call.headers),
        );
        findings.equal(&format!("{name}: body"), &self.body, Some(Bytes(call.body.clone())));
        findings.headers(&format!("{name}: trailer"), &self.trailers, &[], Some(&call.trailers));
    }
}

impl ExpectedGrpcCall {
    fn check(&self, name: &str, call: &GrpcCall, findings: &mut Findings) {
        let method = format!("{}/{}", call.service, call.method);
        findings.equal(&format!("{name}: method"), &self.method, Some(method));
        findings.headers(&format!("{name}: metadata"), &self.metadata, &[], Some(&call.metadata));
        let message = Some(Bytes(call.message.clone()));
        findings.equal(&format!("{name}: message"), &self.message, message);
    }
}

impl ExpectedGrpcStream {
    fn check(&self, name: &str, stream: &GrpcStream, findings: &mut Findings) {
        let method = format!("{}/{}", stream.service, stream.method);
        findings.equal(&format!("{name}: method"), &self.method, Some(method));
        findings.headers(&format!("{name}: metadata"), &self.metadata, &[], Some(&stream.metadata));
        let sent = stream.sent.iter().cloned().map(Bytes).collect();
        findings.equal(&format!("{name}: messages"), &self.messages, Some(sent));
    }
}

impl GrpcAnswerEntry {
    /// A message does not count when the status says that something went wrong, as in Envoy.
    fn event(&self) -> Event {
        if self.status == 0 {
            return Event::GrpcMessage(self.message.0.clone());
        }
        close(self.status, &self.text, Closer::Service)
    }
}

impl StreamAnswerEntry {
    fn events(&self) -> Vec<Event> {
        let mut events = Vec::new();
        events
            .extend(self.initial_metadata.as_deref().map(headers).map(Event::GrpcInitialMetadata));
        events.extend(self.messages.iter().map(|message| Event::GrpcMessage(message.0.clone())));
        let trailing = self.trailing_metadata.as_deref().map(headers);
        events.extend(trailing.map(Event::GrpcTrailingMetadata));
        events.extend(self.status.map(|status| close(status, &self.text, Closer::Service)));
        events
    }
}

fn headers(pairs: &[(Bytes, Bytes)]) -> Headers {
    pairs.iter().map(|(name, value)| (&name.0, value.0.as_slice())).collect()
}

fn close(status: u32, text: &str, by: Closer) -> Event {
    Event::GrpcClose { status, message: text.as_bytes().to_vec(), by }
}

fn not_reached() -> Event {
    close(UNAVAILABLE, NOT_REACHED, Closer::Proxy)
}

/// As Envoy shows a call that does not reach its service.
fn call_not_reached() -> Event {
    close(UNAVAILABLE, &format!("{NOT_REACHED}{DETAILS}"), Closer::Proxy)
}

/// As Envoy shows a stream that does not reach its service.
fn stream_not_reached() -> Vec<Event> {
    let status = UNAVAILABLE.to_string();
    let response = [
        (":status", "200"),
        ("content-type", "application/grpc"),
        ("grpc-status", &status),
        ("grpc-message", NOT_REACHED),
    ];
    let trailing = response.into_iter().collect();
    let initial = Event::GrpcInitialMetadata(Headers::new());
    vec![initial, Event::GrpcTrailingMetadata(trailing), not_reached()]
}
