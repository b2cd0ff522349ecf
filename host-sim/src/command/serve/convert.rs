//! Between HTTP as the wire has it and as modules see it.

use std::borrow::Cow;
use std::fmt;

use hyper::body::Body as _;
use hyper::header::{
    CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use hyper::http::{request, response, uri};
use hyper::{Method, StatusCode, Uri, Version};

use super::body::{self, Content};
use crate::headers::Headers;
use crate::outcome::Upstream;
use crate::request::{Request, Response};
use crate::stream::Peers;

/// Headers of one connection only, but for `te`. A proxy takes them off, and module and peer never see
/// them.
const HOP_BY_HOP: [&str; 5] =
    ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"];

/// What of a message cannot be sent, and why. Values are not shown: they may be credentials.
#[derive(Debug)]
pub(super) struct Unsendable {
    field: String,
    why: Cow<'static, str>,
}

/// What a client asked for: what it is called, and what matters to the form of the answer.
pub(super) struct Asked {
    pub(super) name: String,
    head: bool,
    http_2: bool,
}

impl Asked {
    pub(super) fn by(head: &request::Parts) -> Self {
        // Without the query: there may be credentials in it.
        let path = match head.uri.path() {
            "" => head.uri.authority().map_or("", |authority| authority.as_str()),
            path => path,
        };
        Self {
            name: format!("`{} {path}`", head.method),
            head: head.method == Method::HEAD,
            http_2: head.version == Version::HTTP_2,
        }
    }
}

/// Without its body.
pub(super) fn request(head: &request::Parts, peers: Peers) -> Request {
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let in_uri = head.uri.authority().map(|authority| authority.as_str().as_bytes().to_vec());
    // As Envoy joins several.
    let in_headers = || head.headers.get_all(HOST).iter().map(HeaderValue::as_bytes);
    let authority = in_uri.unwrap_or_else(|| in_headers().collect::<Vec<_>>().join(&b","[..]));
    let mut request = Request::new(head.method.as_str(), path)
        .authority(authority)
        .protocol(protocol(head.version))
        .source_address(peers.source)
        .destination_address(peers.destination)
        .connection_id(peers.connection);
    if head.method == Method::CONNECT {
        request = request.without_path();
    }
    // As Envoy does: of `te` nothing else concerns anybody but the two ends of a connection.
    let mut te = takes_trailers(&head.headers);
    for (name, value) in end_to_end(&head.headers).filter(|(name, _)| *name != HOST) {
        if *name != TE {
            request = request.header(name, value);
        } else if std::mem::take(&mut te) {
            request = request.header(name, "trailers");
        }
    }
    request
}

/// By Envoy's names.
fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2",
        _ => "HTTP/1.1",
    }
}

fn takes_trailers(headers: &HeaderMap) -> bool {
    let values = headers.get_all(TE).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| coding.trim() == "trailers")
}

/// Without its body.
pub(super) fn response(head: &response::Parts) -> Response {
    let response = Response::new(head.status.as_u16());
    let headers = end_to_end(&head.headers).filter(|(name, _)| *name != TE);
    headers.fold(response, |response, (name, value)| response.header(name, value))
}

pub(super) fn trailers(trailers: &HeaderMap) -> Headers {
    trailers.iter().map(|(name, value)| (name, value.as_bytes())).collect()
}

/// With the body as it comes, or else with that of the module.
pub(super) fn to_upstream(
    upstream: &Upstream,
    streamed: Option<Content>,
) -> Result<hyper::Request<Content>, Unsendable> {
    let headers = &upstream.headers;
    let pseudo = |name| headers.first(name).unwrap_or_default();
    let authority = HeaderValue::from_bytes(pseudo(":authority"))
        .map_err(|_| Unsendable::new(":authority", BAD_BYTE))?;
    let method = Method::from_bytes(pseudo(":method")).map_err(|_| {
        Unsendable::new(":method", "it is no method: expected a word, such as `GET`")
    })?;
    let path = path(pseudo(":path"))?;
    let length = length(headers, streamed.as_ref(), upstream.body.len())?;
    let trailers = map(&upstream.trailers)?;
    // Envoy, too, sends none behind a body whose length it has told.
    let trailers = if length.is_some() { HeaderMap::new() } else { trailers };
    let mut all = map(headers)?;
    all.insert(HOST, authority);
    announce(&trailers, &mut all);
    let body = streamed.unwrap_or_else(|| body::whole(upstream.body.clone(), trailers));
    match (body.size_hint().exact(), length) {
        // The codec would take a GET without a length for one without a body.
        (None, _) => {
            all.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
        // And a length of 0 for none in any but a few methods.
        (Some(_), Some(length)) => {
            all.insert(CONTENT_LENGTH, length.into());
        }
        (Some(_), None) => {}
    }
    let mut request = hyper::Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = path;
    *request.headers_mut() = all;
    Ok(request)
}

fn path(path: &[u8]) -> Result<Uri, Unsendable> {
    let wrong = |why| Unsendable::new(":path", why);
    if path.is_empty() {
        return Err(wrong("it is empty or not there: expected a path, such as `/`"));
    }
    if !path.starts_with(b"/") && path != b"*" {
        return Err(wrong("it does not begin with `/`"));
    }
    let path = uri::PathAndQuery::try_from(path)
        .map_err(|_| wrong("it has a byte that is not allowed in a path"))?;
    Ok(path.into())
}

/// With the body as it comes, or else with that of the module.
pub(super) fn to_client(
    response: &Response,
    streamed: Option<Content>,
    asked: &Asked,
) -> Result<hyper::Response<Content>, Unsendable> {
    let status = StatusCode::from_bytes(response.headers.first(":status").unwrap_or_default());
    let status = status.ok().filter(|status| status.as_u16() >= 200).ok_or_else(|| {
        Unsendable::new(":status", "expected the status of a last response, from 200 to 999")
    })?;
    let has_no_body = asked.head || status == StatusCode::NOT_MODIFIED;
    let length = if has_no_body {
        // That of a body that is not sent (RFC 9110, section 8.6).
        told_length(&response.headers)?
    } else if status == StatusCode::NO_CONTENT {
        // Whatever an upstream says, nothing follows.
        None
    } else {
        length(&response.headers, streamed.as_ref(), response.body.len())?
    };
    let trailers = map(&response.trailers)?;
    let is_told = length.is_some() && !asked.http_2;
    let trailers = if is_told { HeaderMap::new() } else { trailers };
    let mut headers = map(&response.headers)?;
    // Envoy leaves them out, whoever has set them.
    for name in [CONNECTION, UPGRADE, HeaderName::from_static("proxy-connection")] {
        headers.remove(name);
    }
    announce(&trailers, &mut headers);
    let body = match (length.filter(|_| has_no_body), streamed) {
        (Some(length), _) => {
            headers.insert(CONTENT_LENGTH, length.into());
            if asked.head || asked.http_2 {
                body::whole(Vec::new(), HeaderMap::new())
            } else {
                body::left_out()
            }
        }
        (None, Some(streamed)) => streamed,
        (None, None) => body::whole(response.body.clone(), trailers),
    };
    let mut response = hyper::Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// The length that headers tell of a body, where it is the body's own.
///
/// Envoy sends what the module left in `content-length`: with another one the peer takes the rest of the
/// body for the next message on the connection, or waits for bytes that never come.
fn length(
    headers: &Headers,
    streamed: Option<&Content>,
    held: usize,
) -> Result<Option<u64>, Unsendable> {
    let told = told_length(headers)?;
    let real = match streamed {
        Some(streamed) => streamed.size_hint().exact(),
        None => u64::try_from(held).ok(),
    };
    match (told, real) {
        (Some(told), Some(real)) if told != real => Err(Unsendable::new(
            CONTENT_LENGTH.as_str(),
            format!(
                "it says {told} and the body has {real} bytes; remove or set it where the body is changed"
            ),
        )),
        (told, _) => Ok(told),
    }
}

fn told_length(headers: &Headers) -> Result<Option<u64>, Unsendable> {
    let Some(value) = headers.first(CONTENT_LENGTH) else { return Ok(None) };
    let length = str::from_utf8(value).ok().and_then(|value| value.parse().ok());
    length.map(Some).ok_or_else(|| Unsendable::new(CONTENT_LENGTH.as_str(), "it is no number"))
}

/// How long a body is and how it is framed is left to the codec, which knows that of the body.
fn map(headers: &Headers) -> Result<HeaderMap, Unsendable> {
    let mut map = HeaderMap::new();
    for (name, value) in headers.iter().filter(|(name, _)| !name.starts_with(b":")) {
        let field = || name.escape_ascii().to_string();
        let known = HeaderName::from_bytes(name)
            .map_err(|_| Unsendable::new(field(), "it is no name of a header"))?;
        if known == TRANSFER_ENCODING {
            let why = "how a message is framed is not the module's to say: Envoy passes it on, and the peer waits for chunks that do not come; remove it";
            return Err(Unsendable::new(field(), why));
        }
        if known != CONTENT_LENGTH {
            let value =
                HeaderValue::from_bytes(value).map_err(|_| Unsendable::new(field(), BAD_BYTE))?;
            map.append(known, value);
        }
    }
    Ok(map)
}

/// HTTP/1.1 sends no trailer that was not announced.
fn announce(trailers: &HeaderMap, headers: &mut HeaderMap) {
    let names: Vec<&str> = trailers.keys().map(HeaderName::as_str).collect();
    if let Ok(names) = HeaderValue::from_str(&names.join(", "))
        && !trailers.is_empty()
    {
        headers.insert(TRAILER, names);
    }
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
                && (name == TE || !named.iter().any(|named| named.eq_ignore_ascii_case(name)))
        })
        .map(|(name, value)| (name, value.as_bytes()))
}

const BAD_BYTE: &str = "its value has a byte that HTTP does not allow";

impl Unsendable {
    fn new(field: impl Into<String>, why: impl Into<Cow<'static, str>>) -> Self {
        Self { field: field.into(), why: why.into() }
    }
}

impl fmt::Display for Unsendable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}`: {}", self.field, self.why)
    }
}
