//! Between HTTP as the wire has it and as modules see it.

use std::net::SocketAddr;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use hyper::http::{self, request, response};

use crate::headers::Headers;
use crate::outcome::Upstream;
use crate::request::{Request, Response};

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

pub(super) fn request(
    head: &request::Parts,
    body: &Bytes,
    peer: SocketAddr,
    local: SocketAddr,
) -> Request {
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let in_uri = head.uri.authority().map(|authority| authority.as_str().as_bytes());
    let in_header = head.headers.get(HOST).map(HeaderValue::as_bytes);
    let mut request = Request::new(head.method.as_str(), path)
        .authority(in_uri.or(in_header).unwrap_or_default())
        .protocol(format!("{:?}", head.version))
        .source_address(peer)
        .destination_address(local)
        .body(body.to_vec());
    for (name, value) in end_to_end(&head.headers).filter(|(name, _)| *name != HOST) {
        request = request.header(name, value);
    }
    request
}

pub(super) fn response(head: &response::Parts, body: &Bytes) -> Response {
    end_to_end(&head.headers)
        .fold(Response::new(head.status.as_u16()).body(body.to_vec()), |response, (name, value)| {
            response.header(name, value)
        })
}

pub(super) fn to_upstream(upstream: &Upstream) -> Result<hyper::Request<Full<Bytes>>, http::Error> {
    let Upstream { headers, body, .. } = upstream;
    let pseudo = |name| headers.first(name).unwrap_or_default();
    let mut request = hyper::Request::builder()
        .method(pseudo(":method"))
        .uri(pseudo(":path"))
        .header(HOST, HeaderValue::from_bytes(pseudo(":authority"))?)
        .body(Full::new(Bytes::copy_from_slice(body)))?;
    copy(headers, request.headers_mut())?;
    Ok(request)
}

pub(super) fn to_client(response: Response) -> Result<hyper::Response<Full<Bytes>>, http::Error> {
    let Response { headers, body, .. } = response;
    let status = headers.first(":status").unwrap_or_default();
    let status = http::StatusCode::from_bytes(status)?;
    let mut response = hyper::Response::builder().status(status).body(Full::new(body.into()))?;
    copy(&headers, response.headers_mut())?;
    Ok(response)
}

/// The length is left to the codec: a module may have changed the body.
fn copy(from: &Headers, to: &mut HeaderMap) -> Result<(), http::Error> {
    for (name, value) in from.iter() {
        if !name.starts_with(b":") && name != b"content-length" {
            to.append(HeaderName::from_bytes(name)?, HeaderValue::from_bytes(value)?);
        }
    }
    Ok(())
}

fn end_to_end(headers: &HeaderMap) -> impl Iterator<Item = (&HeaderName, &[u8])> {
    headers
        .iter()
        .filter(|(name, _)| !HOP_BY_HOP.contains(&name.as_str()))
        .map(|(name, value)| (name, value.as_bytes()))
}
