//! Between HTTP as the wire has it and as modules see it.

use std::error::Error;
use std::net::SocketAddr;

use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Bytes;
use hyper::header::{CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue};
use hyper::http::{self, request, response};

use crate::headers::Headers;
use crate::outcome::Upstream;
use crate::request::{Request, Response};

/// A body, whole or in pieces.
pub(super) type Content = UnsyncBoxBody<Bytes, Box<dyn Error + Send + Sync>>;

/// Headers of one connection only. A proxy takes them off, and module and peer never see them.
const HOP_BY_HOP: [&str; 7] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Without its body.
pub(super) fn request(head: &request::Parts, peer: SocketAddr, local: SocketAddr) -> Request {
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let in_uri = head.uri.authority().map(|authority| authority.as_str().as_bytes());
    let in_header = head.headers.get(HOST).map(HeaderValue::as_bytes);
    let mut request = Request::new(head.method.as_str(), path)
        .authority(in_uri.or(in_header).unwrap_or_default())
        .protocol(protocol(head.version))
        .source_address(peer)
        .destination_address(local);
    for (name, value) in end_to_end(&head.headers).filter(|(name, _)| *name != HOST) {
        request = request.header(name, value);
    }
    request
}

/// By Envoy's names.
fn protocol(version: http::Version) -> &'static str {
    match version {
        http::Version::HTTP_10 => "HTTP/1.0",
        http::Version::HTTP_2 => "HTTP/2",
        _ => "HTTP/1.1",
    }
}

/// Without its body.
pub(super) fn response(head: &response::Parts) -> Response {
    let response = Response::new(head.status.as_u16());
    end_to_end(&head.headers).fold(response, |response, (name, value)| response.header(name, value))
}

pub(super) fn to_upstream(
    upstream: &Upstream,
    body: Content,
) -> Result<hyper::Request<Content>, http::Error> {
    let headers = &upstream.headers;
    let pseudo = |name| headers.first(name).unwrap_or_default();
    let mut request = hyper::Request::builder()
        .method(pseudo(":method"))
        .uri(pseudo(":path"))
        .header(HOST, HeaderValue::from_bytes(pseudo(":authority"))?)
        .body(body)?;
    copy(headers, request.headers_mut())?;
    Ok(request)
}

pub(super) fn to_client(
    response: Response,
    body: Content,
) -> Result<hyper::Response<Content>, http::Error> {
    let Response { headers, .. } = response;
    let status = headers.first(":status").unwrap_or_default();
    let status = http::StatusCode::from_bytes(status)?;
    let mut response = hyper::Response::builder().status(status).body(body)?;
    copy(&headers, response.headers_mut())?;
    Ok(response)
}

/// The length is left to the codec, which knows that of the body.
fn copy(from: &Headers, to: &mut HeaderMap) -> Result<(), http::Error> {
    for (name, value) in from.iter() {
        if !name.starts_with(b":") && name != b"content-length" {
            to.append(HeaderName::from_bytes(name)?, HeaderValue::from_bytes(value)?);
        }
    }
    Ok(())
}

/// Without the headers of one connection: those of that kind, and those that `connection` names,
/// such as `http2-settings` (RFC 9110, section 7.6.1).
fn end_to_end(headers: &HeaderMap) -> impl Iterator<Item = (&HeaderName, &[u8])> {
    let named = headers.get_all(CONNECTION).iter().filter_map(|names| names.to_str().ok());
    let named: Vec<&str> = named.flat_map(|names| names.split(',')).map(str::trim).collect();
    headers
        .iter()
        .filter(move |(name, _)| {
            let name = name.as_str();
            !HOP_BY_HOP.contains(&name)
                && !named.iter().any(|named| named.eq_ignore_ascii_case(name))
        })
        .map(|(name, value)| (name, value.as_bytes()))
}
