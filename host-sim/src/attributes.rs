//! The properties that follow from a request, by Envoy's names.
//!
//! Source: Envoy's `attributes.rst` and its wasm `context.cc`. Attributes of a proxy that this
//! host does not have (routes, clusters, certificates) are only there when the caller sets them.

use std::net::SocketAddr;

use crate::contexts::Context;
use crate::headers::Headers;
use crate::plugin::Plugin;
use crate::profile::Rules;
use crate::properties::PropertyValue;
use crate::state::VmIdentity;
use crate::stream::{FilterState, Stream};

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
pub(crate) fn of_context(path: &[u8], context: &Context, rules: &Rules) -> Option<PropertyValue> {
    let path = str::from_utf8(path).ok()?;
    let names: Vec<&str> = path.split('\0').collect();
    let peers = context.peers()?;
    match (names.as_slice(), context) {
        (["request", name], Context::Stream(stream)) => of_request(name, stream),
        (["request", "headers", name], Context::Stream(stream)) => {
            joined(&stream.request.headers, name)
        }
        (["response", name], Context::Stream(stream)) => of_response(name, stream),
        (["response", "headers", name], Context::Stream(stream)) => {
            joined(&stream.response.headers, name)
        }
        (["response", "trailers", name], Context::Stream(stream)) => {
            joined(stream.response.trailers.as_ref()?, name)
        }
        (["source", name], _) => of_address(name, peers.source, rules),
        (["destination", name], _) => of_address(name, peers.destination, rules),
        (["connection", "id"] | ["connection_id"], _) => Some(peers.connection.into()),
        (["connection", "mtls"], _) => Some(false.into()),
        // Envoy looks for the first name only, and a value found has no parts.
        ([name], context) => {
            filter_state(context)?.get(name.as_bytes()).map(|value| value.as_slice().into())
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

fn of_request(name: &str, stream: &Stream) -> Option<PropertyValue> {
    let headers = &stream.request.headers;
    let header = |name: &str| headers.first(name).map(PropertyValue::from);
    let path = headers.first(":path").unwrap_or_default();
    let mut parts = path.splitn(2, |byte| *byte == b'?');
    match name {
        "path" => header(":path"),
        "url_path" => parts.next().map(PropertyValue::from),
        "query" => Some(parts.nth(1).unwrap_or_default().into()),
        "host" => header(":authority"),
        "scheme" => header(":scheme"),
        "method" => header(":method"),
        "referer" => header("referer"),
        "useragent" => header("user-agent"),
        "id" => header("x-request-id"),
        "protocol" => Some(stream.protocol.as_str().into()),
        "time" => integer(stream.started),
        "size" => integer(stream.request.received()),
        "total_size" => integer(stream.request.received() + headers.byte_size()),
        "headers" => Some(all(headers)),
        _ => None,
    }
}

fn of_response(name: &str, stream: &Stream) -> Option<PropertyValue> {
    let headers = &stream.response.headers;
    let status = || str::from_utf8(headers.first(":status")?).ok()?.parse::<i64>().ok();
    match name {
        "code" => status().map(PropertyValue::from),
        "code_details" => stream.details.as_deref().map(PropertyValue::from),
        "size" => integer(stream.response.received()),
        "total_size" => integer(stream.response.received() + headers.byte_size()),
        "trailers" => Some(all(stream.response.trailers.as_ref()?)),
        "headers" => Some(all(headers)),
        _ => None,
    }
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

fn all(headers: &Headers) -> PropertyValue {
    PropertyValue::Pairs(
        headers.iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect(),
    )
}

fn integer(number: impl TryInto<i64>) -> Option<PropertyValue> {
    number.try_into().ok().map(PropertyValue::Integer)
}
