//! The properties that follow from a request, by Envoy's names.
//!
//! Source: Envoy's `attributes.rst` and its wasm `context.cc`. Attributes of a proxy that this
//! host does not have (routes, clusters, certificates) are only there when the caller sets them.

use std::net::SocketAddr;

use crate::headers::Headers;
use crate::properties::PropertyValue;
use crate::state::Plugin;
use crate::stream::Stream;

/// A property of the plugin, which is there in every context.
pub(crate) fn of_plugin(path: &[u8], plugin: &Plugin) -> Option<PropertyValue> {
    let text = match path {
        b"plugin_name" => &plugin.name,
        b"plugin_root_id" => &plugin.root_id,
        b"plugin_vm_id" => &plugin.vm_id,
        _ => return None,
    };
    Some(text.as_str().into())
}

/// A property of a request and its response.
pub(crate) fn of_stream(path: &[u8], stream: &Stream) -> Option<PropertyValue> {
    let path = str::from_utf8(path).ok()?;
    let names: Vec<&str> = path.split('\0').collect();
    match names.as_slice() {
        ["request", name] => of_request(name, stream),
        ["request", "headers", name] => joined(&stream.request.headers, name),
        ["response", name] => of_response(name, stream),
        ["response", "headers", name] => joined(&stream.response.headers, name),
        ["source", name] => of_address(name, stream.source),
        ["destination", name] => of_address(name, stream.destination),
        ["connection", "id"] | ["connection_id"] => Some(stream.connection.into()),
        ["connection", "mtls"] => Some(false.into()),
        // Envoy looks for the first name only, and a value found has no parts.
        [name] => stream.filter_state.get(name.as_bytes()).map(|value| value.as_slice().into()),
        _ => None,
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
        "size" => integer(stream.request.body.len()),
        "total_size" => integer(stream.request.body.len() + headers.byte_size()),
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
        "size" => integer(stream.response.body.len()),
        "total_size" => integer(stream.response.body.len() + headers.byte_size()),
        "headers" => Some(all(headers)),
        _ => None,
    }
}

/// Envoy gives the port with the address: `192.0.2.1:1234`, `[2001:db8::1]:1234`.
fn of_address(name: &str, address: SocketAddr) -> Option<PropertyValue> {
    match name {
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
