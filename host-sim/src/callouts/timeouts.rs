//! Calls whose time is up.

use super::{Closer, Event};
use crate::profile::Timeout;
use crate::request::Response;

const TIMEOUT: &str = "upstream request timeout";

/// What a timeout is to the module: in Envoy a response like any other, with status 504.
pub(super) fn http_timeout(rule: Timeout) -> Event {
    match rule {
        Timeout::Response => {
            let response = Response::new(504)
                .header("content-length", TIMEOUT.len().to_string())
                .header("content-type", "text/plain")
                .body(TIMEOUT);
            Event::HttpResponse(response)
        }
        Timeout::Failure => Event::HttpFailure,
    }
}

/// Envoy makes of its response with status 504 gRPC's status 14 (`UNAVAILABLE`), and not 4
/// (`DEADLINE_EXCEEDED`).
pub(super) fn grpc_timeout(rule: Timeout) -> Event {
    let (status, message) = match rule {
        Timeout::Response => (14, format!("{TIMEOUT}{{response_timeout}}")),
        Timeout::Failure => (4, TIMEOUT.to_owned()),
    };
    Event::GrpcClose { status, message: message.into(), by: Closer::Proxy }
}

/// Whichever comes first; an answer at the very time of the timeout is in time.
pub(super) fn earlier(
    answer: Option<(u64, Event)>,
    timeout: Option<(u64, Event)>,
) -> Option<(u64, Event)> {
    match (answer, timeout) {
        (Some(answer), Some(timeout)) if timeout.0 < answer.0 => Some(timeout),
        (Some(answer), _) => Some(answer),
        (None, timeout) => timeout,
    }
}
