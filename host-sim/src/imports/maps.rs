//! Which header map a number means, and whether it is there now.

use std::borrow::Cow;

use crate::headers::Headers;
use crate::joined::Part;
use crate::profile::{ClosedMap, RepeatedHeaders};
use crate::state::World;
use crate::status::Status;
use crate::stream::{Flow, Stream};

/// The maps of the ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Map {
    RequestHeaders,
    RequestTrailers,
    ResponseHeaders,
    ResponseTrailers,
    GrpcInitialMetadata,
    GrpcTrailingMetadata,
    HttpCallHeaders,
    HttpCallTrailers,
}

/// What there is to read.
pub(super) enum Readable<'a> {
    Map(Cow<'a, Headers>),
    /// Not now; the access log is being written.
    Logging,
    /// Not now.
    Closed,
}

impl Map {
    pub(super) fn from_number(number: u32) -> Result<Self, Status> {
        Ok(match number {
            0 => Self::RequestHeaders,
            1 => Self::RequestTrailers,
            2 => Self::ResponseHeaders,
            3 => Self::ResponseTrailers,
            4 => Self::GrpcInitialMetadata,
            5 => Self::GrpcTrailingMetadata,
            6 => Self::HttpCallHeaders,
            7 => Self::HttpCallTrailers,
            _ => return Err(Status::BadArgument),
        })
    }

    /// How Envoy adds to it: it joins the values of some names.
    pub(super) fn part(self) -> Option<Part> {
        match self {
            Self::RequestHeaders => Some(Part::RequestHeaders),
            Self::RequestTrailers => Some(Part::RequestTrailers),
            Self::ResponseHeaders => Some(Part::ResponseHeaders),
            Self::ResponseTrailers => Some(Part::ResponseTrailers),
            _ => None,
        }
    }

    /// A request's `host` is its `:authority`.
    pub(super) fn key(self, name: &[u8]) -> &[u8] {
        if self == Self::RequestHeaders && name.eq_ignore_ascii_case(b"host") {
            b":authority"
        } else {
            name
        }
    }
}

/// A map that can be changed now. Trailers that nobody sent can be made in the callback for the
/// last piece of the body.
pub(super) fn writable(world: &mut World, map: Map) -> Result<&mut Headers, Status> {
    let stream = world.contexts.active_stream().ok_or(Status::BadArgument)?;
    let found = match map {
        Map::RequestHeaders => headers(&mut stream.request),
        Map::ResponseHeaders => headers(&mut stream.response),
        Map::RequestTrailers => trailers(&mut stream.request, stream.at_end),
        Map::ResponseTrailers => trailers(&mut stream.response, stream.at_end),
        _ => None,
    };
    found.ok_or(Status::BadArgument)
}

fn headers(flow: &mut Flow) -> Option<&mut Headers> {
    flow.open.headers.then(|| flow.headers_to_change())
}

/// Envoy does not ask which of the two messages it is that ends.
fn trailers(flow: &mut Flow, at_end: bool) -> Option<&mut Headers> {
    if flow.trailers.is_none() && flow.open.body && at_end {
        flow.open.trailers = true;
        flow.trailers = Some(Headers::new());
    }
    let open = flow.open.trailers;
    flow.trailers.as_mut().filter(|_| open)
}

/// A map that can be read now.
pub(super) fn readable(world: &mut World, map: Map) -> Readable<'_> {
    let rules = world.rules;
    let logging = world.contexts.active_stream().is_some_and(|stream| stream.logging);
    let found = match map {
        Map::RequestHeaders
        | Map::RequestTrailers
        | Map::ResponseHeaders
        | Map::ResponseTrailers => {
            let always = rules.closed_map == ClosedMap::StaysReadable;
            world.contexts.active_stream().and_then(|stream| of_stream(stream, map, always))
        }
        _ => of_callout(world, map),
    };
    match found {
        Some(map) if rules.repeated_headers == RepeatedHeaders::Joined => {
            Readable::Map(Cow::Owned(map.joined()))
        }
        Some(map) => Readable::Map(Cow::Borrowed(map)),
        None if logging => Readable::Logging,
        None => Readable::Closed,
    }
}

/// While the access log is written that is every map that ever was, but the request's trailers.
fn of_stream(stream: &Stream, map: Map, always: bool) -> Option<&Headers> {
    let Stream { request, response, logging, .. } = stream;
    let (headers, open) = match map {
        Map::RequestHeaders => (Some(&request.headers), request.open.headers),
        Map::ResponseHeaders => (Some(&response.headers), response.open.headers),
        Map::RequestTrailers => (request.trailers.as_ref(), request.open.trailers && !logging),
        Map::ResponseTrailers => (response.trailers.as_ref(), response.open.trailers),
        _ => return None,
    };
    let logged = (*logging && map != Map::RequestTrailers) || always;
    headers.filter(|headers| open || (logged && !headers.is_empty()))
}

fn of_callout(world: &mut World, map: Map) -> Option<&Headers> {
    let received = &world.contexts.active_root()?.received;
    match map {
        Map::GrpcInitialMetadata => received.initial_metadata.as_ref(),
        Map::GrpcTrailingMetadata => received.trailing_metadata.as_ref(),
        Map::HttpCallHeaders => received.http.as_ref().map(|response| &response.headers),
        Map::HttpCallTrailers => received
            .http
            .as_ref()
            .map(|response| &response.trailers)
            .filter(|trailers| !trailers.is_empty()),
        _ => None,
    }
}
