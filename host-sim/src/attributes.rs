//! The properties that follow from a request, by Envoy's names.
//!
//! Source: Envoy's `attributes.rst` and its wasm `context.cc`. Attributes of a proxy that this
//! host does not have (routes, clusters, certificates) are only there when the caller sets them.

use std::net::SocketAddr;

use crate::context::Context;
use crate::headers::Headers;
use crate::plugin::Plugin;
use crate::profile::{ClosedMap, Rules};
use crate::properties::{FilterState, PropertyValue};
use crate::settings::VmIdentity;
use crate::stream::Stream;

/// A property of the plugin, which is there in every context.
pub(crate) fn of_plugin(
    path: &[u8],
    plugin: Option<&Plugin>,
    vm: &VmIdentity,
) -> Option<PropertyValue> {
    let text = match path {
        b"plugin_name" => &plugin?.name,
        b"plugin_root_id" => &plugin?.root_id,
        b"plugin_vm_id" => &vm.id,
        _ => return None,
    };
    Some(text.as_str().into())
}

/// A property of a request and its response, or of a connection.
///
/// What follows from headers is there when the module can read those headers, as in Envoy: once
/// the request's headers have passed, `request.path` is not found until the access log is written.
/// `now` is in nanoseconds since 1970, as the module sees it.
pub(crate) fn of_context(
    path: &[u8],
    context: &Context,
    rules: &Rules,
    now: u64,
) -> Option<PropertyValue> {
    let path = str::from_utf8(path).ok()?;
    let names: Vec<&str> = path.split('\0').collect();
    let peers = context.peers()?;
    match (names.as_slice(), context) {
        (["request" | "response", ..], Context::Stream(stream)) => {
            of_stream(&names, stream, rules.closed_map == ClosedMap::StaysReadable, now)
        }
        (["source", name], _) => of_address(name, peers.source, rules),
        (["destination", name], _) => of_address(name, peers.destination, rules),
        (["connection", "id"] | ["connection_id"], _) => Some(peers.connection.into()),
        (["connection", "mtls"], _) => Some(false.into()),
        (["connection", "requested_server_name"] | ["metadata"], _) => Some("".into()),
        (["metadata", "filter_metadata"], _) => Some(all(None)),
        (["filter_state", name], context) => own(context, name.strip_prefix("wasm.")?),
        // Envoy looks for the first name only, and a value found has no parts.
        ([name], context) => own(context, name),
        _ => None,
    }
}

/// Whether the path leads to a group of properties, which has no value of its own.
pub(crate) fn is_group(path: &[u8], context: Option<&Context>) -> bool {
    let groups: [&[u8]; 7] = [
        b"request",
        b"response",
        b"source",
        b"destination",
        b"connection",
        b"upstream",
        b"filter_state",
    ];
    path == b"xds" || (context.and_then(Context::peers).is_some() && groups.contains(&path))
}

/// What the module itself has set.
fn own(context: &Context, name: &str) -> Option<PropertyValue> {
    filter_state(context)?.get(name.as_bytes()).map(|value| value.as_slice().into())
}

fn of_stream(names: &[&str], stream: &Stream, always: bool, now: u64) -> Option<PropertyValue> {
    let readable = always || stream.logging;
    let Stream { request, response, .. } = stream;
    let request = (readable || request.open.headers).then_some(&request.headers);
    let headers = (readable || response.open.headers).then_some(&response.headers);
    let trailers = response.trailers.as_ref().filter(|_| readable || response.open.trailers);
    match names {
        ["request", name] => of_request(name, stream, request, now),
        // Envoy has no header `host` but `:authority` (`HeaderMap`, its inline headers).
        ["request", "headers", "host"] => joined(request?, ":authority"),
        ["request", "headers", name] => joined(request?, name),
        ["response", "headers"] => Some(all(headers)),
        ["response", "headers_bytes"] => integer(headers.map_or(0, Headers::byte_size)),
        ["response", "headers", name] => joined(headers?, name),
        ["response", "trailers"] => Some(all(trailers)),
        ["response", "trailers", name] => joined(trailers?, name),
        ["response", name] => {
            let size = |map: Option<&Headers>| map.map_or(0, Headers::byte_size);
            of_response(name, stream, size(headers) + size(trailers))
        }
        _ => None,
    }
}

fn filter_state(context: &Context) -> Option<&FilterState> {
    match context {
        Context::Root(_) => None,
        Context::Stream(stream) => Some(&stream.filter_state),
        Context::Connection(connection) => Some(&connection.filter_state),
    }
}

fn of_request(
    name: &str,
    stream: &Stream,
    headers: Option<&Headers>,
    now: u64,
) -> Option<PropertyValue> {
    let header = |name: &str| headers?.first(name).map(PropertyValue::from);
    // To Envoy a request without a path has an empty one here.
    let path = || {
        let path = headers?.first(":path").unwrap_or_default();
        Some(path.splitn(2, |byte| *byte == b'?'))
    };
    match name {
        "path" => header(":path"),
        "url_path" => path()?.next().map(PropertyValue::from),
        "query" => Some(path()?.nth(1).unwrap_or_default().into()),
        "host" => header(":authority"),
        "scheme" => header(":scheme"),
        "method" => header(":method"),
        "referer" => header("referer"),
        "useragent" => header("user-agent"),
        "id" => header("x-request-id"),
        "protocol" => Some(stream.protocol.as_str().into()),
        "time" => integer(stream.started),
        "duration" => stream.logging.then(|| integer(now.saturating_sub(stream.started)))?,
        // Of what the headers announce, not of what has come yet (Envoy, `RequestWrapper`).
        "size" => match headers.and_then(|headers| headers.first("content-length")) {
            Some(length) => {
                std::str::from_utf8(length).ok()?.parse().ok().map(PropertyValue::Integer)
            }
            None => integer(stream.request.received()),
        },
        "total_size" => integer(stream.request.received() + headers.map_or(0, Headers::byte_size)),
        "headers" => Some(all(headers)),
        "headers_bytes" => integer(headers.map_or(0, Headers::byte_size)),
        _ => None,
    }
}

fn of_response(name: &str, stream: &Stream, readable: usize) -> Option<PropertyValue> {
    let sent = stream.response.released().body.len();
    match name {
        "code" => stream.response.status.map(PropertyValue::from),
        "code_details" => match stream.details.as_deref() {
            Some(details) => Some(details.into()),
            None => stream.responding.then(|| "via_upstream".into()),
        },
        // Of what can go wrong on the way to an upstream, nothing did.
        "flags" => Some(0_u64.into()),
        "grpc_status" => grpc_status(stream).map(PropertyValue::from),
        "size" => integer(sent),
        "total_size" => integer(sent + readable),
        // The answer of an upstream comes at once, if it comes.
        "backend_latency" => {
            let came = stream.responding && stream.details.is_none();
            (stream.logging && came).then(|| integer(0))?
        }
        _ => None,
    }
}

/// What the response says, or what its HTTP status means to gRPC.
fn grpc_status(stream: &Stream) -> Option<i64> {
    let response = &stream.response;
    let said = response.trailers.as_ref().and_then(|trailers| trailers.first("grpc-status"));
    if let Some(status) = said.or_else(|| response.headers.first("grpc-status")) {
        return number(status);
    }
    Some(match response.status? {
        400 => 13,
        401 => 16,
        403 => 7,
        404 => 12,
        429 | 502..=504 => 14,
        _ => 2,
    })
}

fn number(text: &[u8]) -> Option<i64> {
    str::from_utf8(text).ok()?.parse().ok()
}

/// Envoy gives the port with the address: `192.0.2.1:1234`, `[2001:db8::1]:1234`.
fn of_address(name: &str, address: SocketAddr, rules: &Rules) -> Option<PropertyValue> {
    match name {
        "address" if !rules.address_has_port => Some(address.ip().to_string().into()),
        "address" => Some(address.to_string().into()),
        "port" => Some(i64::from(address.port()).into()),
        _ => None,
    }
}

/// All values of a header with a comma between them, unlike the header functions.
fn joined(headers: &Headers, name: &str) -> Option<PropertyValue> {
    let values = headers.all(name);
    (!values.is_empty()).then(|| values.join(&b',').into())
}

/// One entry a name; no entries where there are no headers.
fn all(headers: Option<&Headers>) -> PropertyValue {
    let Some(headers) = headers else { return PropertyValue::Pairs(Vec::new()) };
    let values = headers.by_name();
    let joined = |name: &[u8]| values.get(name).map(|values| values.join(&b','));
    let entries = headers.names().map(|name| (name.to_vec(), joined(name).unwrap_or_default()));
    PropertyValue::Pairs(entries.collect())
}

fn integer(number: impl TryInto<i64>) -> Option<PropertyValue> {
    number.try_into().ok().map(PropertyValue::Integer)
}
