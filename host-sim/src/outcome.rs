//! What comes out of one HTTP exchange.

use std::collections::BTreeMap;

use crate::callouts::Callout;
use crate::changes::HeaderChanges;
use crate::cost::{Activity, Callback, Cost};
use crate::headers::Headers;
use crate::holdings;
use crate::log::LogLine;
use crate::request::{Request, Response};
use crate::trap::Trap;

/// What a module did with one request, and what that cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub verdict: Verdict,
    /// The request as the upstream got it; none when it never got there.
    pub upstream: Option<Upstream>,
    /// The response as the client got it; none when none was sent.
    pub response: Option<Response>,
    /// What the module changed in the request's headers, whether or not they went anywhere.
    pub request_changes: HeaderChanges,
    /// What the module changed in the response's headers.
    pub response_changes: HeaderChanges,
    /// The calls to other services that were made in the time of the exchange, as they were made.
    pub callouts: Vec<Callout>,
    /// Response-code details: the module's own, or `wasm_fail_stream`, as Envoy logs them.
    pub details: Option<Vec<u8>>,
    /// What `proxy_set_property` left, by the path it gave (names with a zero byte between them).
    /// Envoy keeps it as filter state under `wasm.` and this path.
    pub filter_state: BTreeMap<Vec<u8>, Vec<u8>>,
    /// A trap after the response had gone out, in `proxy_on_log`, `proxy_on_done` or
    /// `proxy_on_delete`: this client saw nothing of it, the next will.
    pub late_trap: Option<Trap>,
    /// What the module logged, in order.
    pub logs: Vec<LogLine>,
    /// What all callbacks cost together.
    pub cost: Cost,
    /// The callbacks that were entered, in order.
    pub callbacks: Vec<Callback>,
    /// Guest memory after the exchange, in pages of 64 KiB; it never shrinks.
    pub memory_pages: u64,
}

/// How an exchange ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The request went to the upstream, and its response came back to the client.
    Continued,
    /// The module answered.
    LocalReply(LocalReply),
    /// The module held the stream, and nothing let it go on.
    Paused,
    /// The module closed the stream, or the client went away: there is no response.
    Closed,
    /// The module trapped; the client got a 503, and the VM is dead.
    Trapped(Trap),
    /// The VM had died before, or did not start again: the client got a 503, and the module was
    /// not asked.
    Unavailable,
}

/// A response that a module gave by itself, as it gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalReply {
    /// The HTTP status.
    pub status: u16,
    /// Response-code details, for the access log; blanks have become `_`.
    pub details: Vec<u8>,
    /// The headers the module added.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
    /// The gRPC status, when the module set one.
    pub grpc_status: Option<u32>,
}

/// A request as the upstream gets it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upstream {
    /// All headers, pseudo headers too.
    pub headers: Headers,
    /// The whole body, or what the module let pass of it.
    pub body: Vec<u8>,
    /// The trailers; mostly there are none.
    pub trailers: Headers,
}

impl Outcome {
    /// The module's own response, if it gave one.
    pub fn local_reply(&self) -> Option<&LocalReply> {
        match &self.verdict {
            Verdict::LocalReply(reply) => Some(reply),
            _ => None,
        }
    }

    /// Whether the request went to the upstream and its response to the client.
    pub fn continued(&self) -> bool {
        self.verdict == Verdict::Continued
    }

    /// The trap, when the module trapped at any time in this exchange.
    pub fn trap(&self) -> Option<&Trap> {
        match &self.verdict {
            Verdict::Trapped(trap) => Some(trap),
            _ => self.late_trap.as_ref(),
        }
    }

    /// The HTTP status that the client got; none when it got no response.
    pub fn status(&self) -> Option<u16> {
        self.response.as_ref()?.status()
    }

    /// How it ended, for people: `continued (200)`, `local_reply (401)`.
    pub(crate) fn ending(&self) -> String {
        let name = self.verdict.name();
        self.status().map_or_else(|| name.to_owned(), |status| format!("{name} ({status})"))
    }

    /// Response-code details as text; empty when there are none.
    pub fn details(&self) -> String {
        String::from_utf8_lossy(self.details.as_deref().unwrap_or_default()).into_owned()
    }

    /// The headers that the upstream got; none when the request never got there.
    pub fn upstream_headers(&self) -> Option<&Headers> {
        self.upstream.as_ref().map(|upstream| &upstream.headers)
    }

    /// The first value of a header that the upstream got.
    pub fn upstream_header(&self, name: &str) -> Option<&[u8]> {
        self.upstream_headers()?.first(name)
    }

    /// The first value of a header that the client got.
    pub fn response_header(&self, name: &str) -> Option<&[u8]> {
        self.response.as_ref()?.headers.first(name)
    }

    /// A value that the module left with `proxy_set_property`.
    pub fn filter_state(&self, path: &str) -> Option<&[u8]> {
        self.filter_state.get(path.as_bytes()).map(Vec::as_slice)
    }

    /// Adds what the module did after the stream had ended.
    pub(crate) fn add(&mut self, later: Activity) {
        later.add_to(&mut self.cost, &mut self.callbacks, &mut self.logs);
    }

    /// Whether a log line contains a text.
    pub fn logged(&self, text: &str) -> bool {
        self.logs.iter().any(|line| line.text().contains(text))
    }
}

impl Verdict {
    /// One word for it, as in case files and JSON: `continued`, `local_reply`, `paused`,
    /// `closed`, `trapped` or `unavailable`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Continued => "continued",
            Self::LocalReply(_) => "local_reply",
            Self::Paused => "paused",
            Self::Closed => "closed",
            Self::Trapped(_) => "trapped",
            Self::Unavailable => "unavailable",
        }
    }
}

impl Upstream {
    /// A request that the module never saw.
    pub(crate) fn unseen(request: &Request) -> Self {
        Self {
            headers: request.headers.clone(),
            body: request.body.clone(),
            trailers: request.trailers.clone(),
        }
    }
}

impl LocalReply {
    /// Bytes that are kept.
    pub(crate) fn held(&self) -> usize {
        self.body.len() + self.details.len() + holdings::headers([&self.headers])
    }

    /// The response that a proxy makes of it: a body has a length, and a type (`text/plain`
    /// unless the module gave one); no body has neither (Envoy, `prepareLocalReply`).
    pub(crate) fn response(&self) -> Response {
        let mut response = Response::new(self.status).body(self.body.clone());
        for (name, value) in self.headers.iter() {
            response.headers.add(name, value);
        }
        if self.body.is_empty() {
            response.headers.remove("content-length");
            response.headers.remove("content-type");
        } else {
            response.headers.replace("content-length", self.body.len().to_string());
            if !response.headers.contains("content-type") {
                response.headers.add("content-type", "text/plain");
            }
        }
        response
    }
}
