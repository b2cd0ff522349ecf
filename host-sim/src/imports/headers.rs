//! Header maps.

use wasmtime::Linker;

use super::link::bind;
use crate::headers::Headers;
use crate::memory::{Call, Destination, Slice, status};
use crate::module::AbiVersion;
use crate::pairs;
use crate::state::{Proxy, State};
use crate::status::{Answer, Status};
use crate::stream::Message;

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    bind!(linker, "env", status, {
        proxy_get_header_map_value(map, key, key_size, value_at, size_at)
            => get(map, Slice::new(key, key_size), Destination::new(value_at, size_at));
        proxy_get_header_map_pairs(map, pairs_at, size_at)
            => get_pairs(map, Destination::new(pairs_at, size_at));
        proxy_get_header_map_size(map, size_at) => get_size(map, size_at);
        proxy_add_header_map_value(map, key, key_size, value, value_size)
            => add(map, Slice::new(key, key_size), Slice::new(value, value_size));
        proxy_replace_header_map_value(map, key, key_size, value, value_size)
            => replace(map, Slice::new(key, key_size), Slice::new(value, value_size));
        proxy_remove_header_map_value(map, key, key_size)
            => remove(map, Slice::new(key, key_size));
        proxy_set_header_map_pairs(map, pairs, size) => set_pairs(map, Slice::new(pairs, size));
    });
    Ok(())
}

/// The maps of the ABI; those of callouts and trailers hold nothing yet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Map {
    RequestHeaders,
    ResponseHeaders,
    Other,
}

impl Map {
    fn from_number(number: u32) -> Result<Self, Status> {
        match number {
            0 => Ok(Self::RequestHeaders),
            2 => Ok(Self::ResponseHeaders),
            1 | 3..=7 => Ok(Self::Other),
            _ => Err(Status::BadArgument),
        }
    }

    /// A request's `host` is its `:authority`.
    fn key(self, name: &[u8]) -> &[u8] {
        if self == Self::RequestHeaders && name.eq_ignore_ascii_case(b"host") {
            b":authority"
        } else {
            name
        }
    }
}

/// A map that can be changed now.
fn writable(proxy: &mut Proxy, map: Map) -> Result<&mut Headers, Status> {
    let message = message(proxy, map).ok_or(Status::BadArgument)?;
    message.headers_open.then_some(&mut message.headers).ok_or(Status::BadArgument)
}

/// A map that can be read now. While logging that is every map that ever was.
fn readable(proxy: &mut Proxy, map: Map) -> Option<&Headers> {
    let logging = is_logging(proxy);
    let message = message(proxy, map)?;
    (message.headers_open || (logging && !message.headers.is_empty())).then_some(&message.headers)
}

fn message(proxy: &mut Proxy, map: Map) -> Option<&mut Message> {
    let stream = proxy.contexts.active_stream()?;
    match map {
        Map::RequestHeaders => Some(&mut stream.request),
        Map::ResponseHeaders => Some(&mut stream.response),
        Map::Other => None,
    }
}

fn is_logging(proxy: &mut Proxy) -> bool {
    proxy.contexts.active_stream().is_some_and(|stream| stream.logging)
}

/// Only the first value of a name, as in Envoy.
fn get(call: &mut Call<'_>, map: u32, key: Slice, destination: Destination) -> Answer {
    let map = Map::from_number(map)?;
    let (memory, proxy) = call.parts()?;
    let key = map.key(memory.read(key)?);
    let logging = is_logging(proxy);
    let abi = proxy.abi;
    let value = match readable(proxy, map) {
        Some(headers) => headers.first(key).map(<[u8]>::to_vec),
        None if logging => None,
        None => return Err(Status::BadArgument.into()),
    };
    match value {
        Some(value) => call.give(&value, destination),
        // The first version of the ABI has no word for an absent header.
        None if abi == AbiVersion::V0_1_0 => call.give(&[], destination),
        None => Err(Status::NotFound.into()),
    }
}

/// A map that is not there now is an empty one, as in Envoy.
fn get_pairs(call: &mut Call<'_>, map: u32, destination: Destination) -> Answer {
    let map = Map::from_number(map)?;
    let wire = readable(call.proxy(), map).map(|headers| pairs::encode(headers.iter()));
    call.give(&wire.unwrap_or_default(), destination)
}

fn get_size(call: &mut Call<'_>, map: u32, size_at: u32) -> Answer {
    let map = Map::from_number(map)?;
    let size = writable(call.proxy(), map)?.byte_size();
    Ok(call.write(size_at, &u32::try_from(size).unwrap_or(u32::MAX).to_le_bytes())?)
}

fn add(call: &mut Call<'_>, map: u32, key: Slice, value: Slice) -> Answer {
    let map = Map::from_number(map)?;
    let (memory, proxy) = call.parts()?;
    let (key, value) = (map.key(memory.read(key)?), memory.read(value)?);
    writable(proxy, map)?.add(key, value);
    Ok(())
}

fn replace(call: &mut Call<'_>, map: u32, key: Slice, value: Slice) -> Answer {
    let map = Map::from_number(map)?;
    let (memory, proxy) = call.parts()?;
    let (key, value) = (map.key(memory.read(key)?), memory.read(value)?);
    writable(proxy, map)?.replace(key, value);
    Ok(())
}

fn remove(call: &mut Call<'_>, map: u32, key: Slice) -> Answer {
    let map = Map::from_number(map)?;
    let (memory, proxy) = call.parts()?;
    let key = map.key(memory.read(key)?);
    writable(proxy, map)?.remove(key);
    Ok(())
}

fn set_pairs(call: &mut Call<'_>, map: u32, wire: Slice) -> Answer {
    let map = Map::from_number(map)?;
    let (memory, proxy) = call.parts()?;
    let pairs = pairs::decode(memory.read(wire)?);
    *writable(proxy, map)? =
        pairs.iter().map(|(name, value)| (map.key(name), value.as_slice())).collect();
    Ok(())
}
