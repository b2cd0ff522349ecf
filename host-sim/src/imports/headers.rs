//! Header maps.

use wasmtime::Linker;

use super::link::bind;
use super::maps::{Map, Readable, readable, writable};
use crate::abi::AbiVersion;
use crate::joined::Part;
use crate::memory::{Call, Destination, Slice, status};
use crate::pairs;
use crate::profile::{ClosedMap, MapSize, RepeatedHeaders, Rules};
use crate::state::State;
use crate::status::{Answer, Status};

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

/// Only the first value of a name, as in Envoy.
fn get(call: &mut Call<'_>, map: u32, key: Slice, destination: Destination) -> Answer {
    let map = Map::from_number(map)?;
    let (memory, world) = call.parts()?;
    let key = map.key(memory.read(key)?);
    let abi = world.abi;
    let value = match readable(world, map) {
        Readable::Map(headers) => headers.first(key).map(<[u8]>::to_vec),
        Readable::Logging => None,
        Readable::Closed => return Err(Status::BadArgument.into()),
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
    let world = call.world();
    let refused = world.rules.closed_map == ClosedMap::BadArgument;
    let wire = match readable(world, map) {
        Readable::Map(headers) => pairs::encode(headers.iter()),
        Readable::Closed if refused => return Err(Status::BadArgument.into()),
        _ => Vec::new(),
    };
    call.give(&wire, destination)
}

/// Only of maps that could be changed, as in Envoy.
fn get_size(call: &mut Call<'_>, map: u32, size_at: u32) -> Answer {
    let map = Map::from_number(map)?;
    let counts = call.world().rules.map_size;
    let joined = call.world().rules.repeated_headers == RepeatedHeaders::Joined;
    let headers = writable(call.world(), map)?;
    let size = match counts {
        MapSize::Bytes => headers.byte_size(),
        MapSize::Entries if joined => headers.joined().len(),
        MapSize::Entries => headers.len(),
        MapSize::Serialized => pairs::encode(headers.iter()).len(),
    };
    Ok(call.write(size_at, &u32::try_from(size).unwrap_or(u32::MAX).to_le_bytes())?)
}

fn add(call: &mut Call<'_>, map: u32, key: Slice, value: Slice) -> Answer {
    let map = Map::from_number(map)?;
    let (memory, world) = call.parts()?;
    let (key, value) = (map.key(memory.read(key)?), memory.read(value)?);
    let part = joining(map, world.rules);
    let headers = writable(world, map)?;
    match part {
        Some(part) => part.add(headers, key, value),
        None => headers.add(key, value),
    }
    Ok(())
}

fn replace(call: &mut Call<'_>, map: u32, key: Slice, value: Slice) -> Answer {
    let map = Map::from_number(map)?;
    let (memory, world) = call.parts()?;
    let (key, value) = (map.key(memory.read(key)?), memory.read(value)?);
    writable(world, map)?.replace(key, value);
    Ok(())
}

fn remove(call: &mut Call<'_>, map: u32, key: Slice) -> Answer {
    let map = Map::from_number(map)?;
    let (memory, world) = call.parts()?;
    let key = map.key(memory.read(key)?);
    writable(world, map)?.remove(key);
    Ok(())
}

fn set_pairs(call: &mut Call<'_>, map: u32, wire: Slice) -> Answer {
    let map = Map::from_number(map)?;
    let (memory, world) = call.parts()?;
    let pairs = memory.pairs(wire, world.rules.pair_limits)?;
    let pairs = pairs.map(|(name, value)| (map.key(name), value));
    let part = joining(map, world.rules);
    *writable(world, map)? = match part {
        Some(part) => part.join(pairs),
        None => pairs.collect(),
    };
    Ok(())
}

/// How values of one name are joined, where the proxy joins some.
fn joining(map: Map, rules: &Rules) -> Option<Part> {
    map.part().filter(|_| rules.joins_known_names())
}
