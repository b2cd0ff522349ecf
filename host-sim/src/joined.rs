//! Names of which Envoy keeps one value: what is added is joined to it by a comma.
//!
//! They are those of `envoy/http/header_map.h` (`INLINE_REQ_HEADERS`, …) and those that its extensions register
//! (`RegisterCustomInlineHeader`); the probe `joined` asks Envoy 1.40 for each of them.

use crate::headers::Headers;

/// What a map is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    RequestHeaders,
    ResponseHeaders,
    RequestTrailers,
    ResponseTrailers,
}

impl Part {
    /// Adds a value as Envoy does.
    pub(crate) fn add(self, headers: &mut Headers, name: &[u8], value: &[u8]) {
        if self.joins(name) {
            headers.append(name, value);
        } else {
            headers.add(name, value);
        }
    }

    /// A map as Envoy makes it of these entries.
    pub(crate) fn join<'a>(
        self,
        entries: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
    ) -> Headers {
        let mut headers = Headers::new();
        entries.into_iter().for_each(|(name, value)| self.add(&mut headers, name, value));
        headers
    }

    /// The same of a map that has come, which is left as it is where there is nothing to join.
    pub(crate) fn joined(self, headers: Headers) -> Headers {
        let again = |(at, (name, _)): (usize, (&[u8], &[u8]))| {
            self.joins(name) && headers.iter().skip(at + 1).any(|(other, _)| other == name)
        };
        if headers.iter().enumerate().any(again) { self.join(headers.iter()) } else { headers }
    }

    fn joins(self, name: &[u8]) -> bool {
        let names = match self {
            Self::RequestHeaders => REQUEST_HEADERS,
            Self::ResponseHeaders => RESPONSE_HEADERS,
            Self::RequestTrailers => &[],
            Self::ResponseTrailers => RESPONSE_TRAILERS,
        };
        let order = |known: &&str| known.bytes().cmp(name.iter().map(u8::to_ascii_lowercase));
        names.binary_search_by(order).is_ok()
    }
}

const REQUEST_HEADERS: &[&str] = &[
    ":authority",
    ":method",
    ":path",
    ":protocol",
    ":scheme",
    "accept",
    "accept-encoding",
    "access-control-request-headers",
    "access-control-request-method",
    "access-control-request-private-network",
    "authentication",
    "authorization",
    "cache-control",
    "cdn-loop",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "grpc-accept-encoding",
    "grpc-timeout",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "keep-alive",
    "origin",
    "pragma",
    "proxy-connection",
    "proxy-status",
    "referer",
    "te",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-client-trace-id",
    "x-envoy-attempt-count",
    "x-envoy-decorator-operation",
    "x-envoy-downstream-service-cluster",
    "x-envoy-downstream-service-node",
    "x-envoy-expected-rq-timeout-ms",
    "x-envoy-external-address",
    "x-envoy-force-trace",
    "x-envoy-hedge-on-per-try-timeout",
    "x-envoy-internal",
    "x-envoy-ip-tags",
    "x-envoy-is-timeout-retry",
    "x-envoy-max-retries",
    "x-envoy-original-host",
    "x-envoy-original-path",
    "x-envoy-original-url",
    "x-envoy-retriable-header-names",
    "x-envoy-retriable-status-codes",
    "x-envoy-retry-grpc-on",
    "x-envoy-retry-on",
    "x-envoy-upstream-alt-stat-name",
    "x-envoy-upstream-rq-per-try-timeout-ms",
    "x-envoy-upstream-rq-timeout-alt-response",
    "x-envoy-upstream-rq-timeout-ms",
    "x-envoy-upstream-stream-duration-ms",
    "x-forwarded-client-cert",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-request-id",
];

const RESPONSE_HEADERS: &[&str] = &[
    ":status",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-allow-private-network",
    "access-control-expose-headers",
    "access-control-max-age",
    "age",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "etag",
    "expires",
    "grpc-message",
    "grpc-status",
    "keep-alive",
    "last-modified",
    "location",
    "proxy-connection",
    "proxy-status",
    "server",
    "transfer-encoding",
    "upgrade",
    "vary",
    "via",
    "x-envoy-attempt-count",
    "x-envoy-decorator-operation",
    "x-envoy-degraded",
    "x-envoy-immediate-health-check-fail",
    "x-envoy-ratelimited",
    "x-envoy-upstream-canary",
    "x-envoy-upstream-healthchecked-cluster",
    "x-envoy-upstream-service-time",
    "x-request-id",
];

const RESPONSE_TRAILERS: &[&str] = &["grpc-message", "grpc-status"];

#[test]
fn names_are_in_order() {
    for names in [REQUEST_HEADERS, RESPONSE_HEADERS, RESPONSE_TRAILERS] {
        assert!(names.is_sorted());
    }
}

#[test]
fn some_names_have_one_value() {
    let entries =
        [("accept", "a"), ("x-two", "a"), ("Accept", ""), ("accept", "b"), ("x-two", "b")];
    let entries = entries.map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    let joined = Part::RequestHeaders.join(entries);
    assert_eq!(joined.all("accept"), [b"a,b"]);
    assert_eq!(joined.all("x-two"), [b"a", b"b"]);
    assert_eq!(Part::RequestTrailers.join(entries).len(), 5);
}
