//! Configurations, bodies, data, messages.

use wasmtime::Linker;

use super::link::bind;
use crate::abi::AbiVersion;
use crate::context::Context;
use crate::memory::{Call, Destination, Slice, status};
use crate::number::number;
use crate::profile::{BodyEdits, ClosedBody, Readable};
use crate::state::{State, World};
use crate::status::{Answer, Fault, Status};

pub(super) fn link(linker: &mut Linker<State>, abi: AbiVersion) -> wasmtime::Result<()> {
    bind!(linker, "env", status, {
        proxy_get_buffer_bytes(buffer, start, length, data_at, size_at)
            => get_bytes(buffer, start, length, Destination::new(data_at, size_at));
        proxy_get_buffer_status(buffer, length_at, flags_at)
            => get_status(buffer, length_at, flags_at);
        proxy_set_buffer_bytes(buffer, start, length, data, size)
            => set_bytes(buffer, start, length, Slice::new(data, size));
    });
    if abi == AbiVersion::V0_1_0 {
        bind!(linker, "env", status, {
            proxy_get_configuration(data_at, size_at)
                => get_configuration(Destination::new(data_at, size_at));
        });
    }
    Ok(())
}

/// The buffers of the ABI, in the order of their numbers.
#[derive(Clone, Copy)]
enum Buffer {
    HttpRequestBody,
    HttpResponseBody,
    DownstreamData,
    UpstreamData,
    HttpCallResponseBody,
    GrpcCallMessage,
    VmConfiguration,
    PluginConfiguration,
    ForeignFunctionArguments,
}

impl Buffer {
    fn from_number(number: u32) -> Result<Self, Status> {
        Ok(match number {
            0 => Self::HttpRequestBody,
            1 => Self::HttpResponseBody,
            2 => Self::DownstreamData,
            3 => Self::UpstreamData,
            4 => Self::HttpCallResponseBody,
            5 => Self::GrpcCallMessage,
            6 => Self::VmConfiguration,
            7 => Self::PluginConfiguration,
            8 => Self::ForeignFunctionArguments,
            _ => return Err(Status::BadArgument),
        })
    }
}

/// What a module reads in a buffer now. As in Envoy a body outside its phase is empty and not
/// missing, while a configuration outside `proxy_on_configure` is missing.
fn content(world: &mut World, buffer: Buffer) -> Result<&[u8], Fault> {
    let rules = world.rules;
    match buffer {
        Buffer::HttpRequestBody
        | Buffer::HttpResponseBody
        | Buffer::DownstreamData
        | Buffer::UpstreamData => match open_body(world, buffer) {
            Some(body) => Ok(body),
            None => closed(rules.closed_body),
        },
        Buffer::VmConfiguration => match rules.vm_configuration {
            Readable::Always => Ok(&world.vm.configuration),
            Readable::InItsCallback if world.starting => Ok(&world.vm.configuration),
            _ => Err(Status::NotFound.into()),
        },
        Buffer::PluginConfiguration => configuration(world).ok_or(Status::NotFound.into()),
        Buffer::HttpCallResponseBody => {
            let root = world.contexts.active_root();
            let response = root.and_then(|root| root.received.http.as_ref());
            response.map(|response| response.body.as_slice()).ok_or(Status::NotFound.into())
        }
        Buffer::GrpcCallMessage => {
            let root = world.contexts.active_root();
            match root.and_then(|root| root.received.message.as_deref()) {
                Some(message) => Ok(message),
                None => closed(rules.closed_body),
            }
        }
        Buffer::ForeignFunctionArguments => {
            let root = world.contexts.active_root();
            match root.and_then(|root| root.received.arguments.as_deref()) {
                Some(arguments) => Ok(arguments),
                None => closed(rules.closed_body),
            }
        }
    }
}

/// What a buffer is that is not there now.
fn closed<'a>(rule: ClosedBody) -> Result<&'a [u8], Fault> {
    match rule {
        ClosedBody::Empty => Ok(&[]),
        ClosedBody::NotFound => Err(Status::NotFound.into()),
        ClosedBody::Trap => Err(Fault::Trap(wasmtime::Error::msg(
            "a body can only be read and changed in its own callback",
        ))),
    }
}

fn configuration(world: &mut World) -> Option<&[u8]> {
    let always = world.rules.plugin_configuration == Readable::Always;
    let active = if always { world.contexts.active_root_id() } else { world.contexts.active() };
    let root = world.contexts.root(active).filter(|root| always || root.configuring)?;
    Some(&root.plugin.configuration)
}

fn open_body(world: &mut World, buffer: Buffer) -> Option<&mut Vec<u8>> {
    if let Buffer::GrpcCallMessage = buffer {
        return world.contexts.active_root()?.received.message.as_mut();
    }
    let (body, open) = match (world.contexts.active_context()?, buffer) {
        (Context::Stream(stream), Buffer::HttpRequestBody) => {
            (&mut stream.request.body, stream.request.open.body)
        }
        (Context::Stream(stream), Buffer::HttpResponseBody) => {
            (&mut stream.response.body, stream.response.open.body)
        }
        (Context::Connection(connection), Buffer::DownstreamData) => {
            (&mut connection.downstream.buffer, connection.downstream.open)
        }
        (Context::Connection(connection), Buffer::UpstreamData) => {
            (&mut connection.upstream.buffer, connection.upstream.open)
        }
        _ => return None,
    };
    open.then_some(body)
}

fn get_bytes(
    call: &mut Call<'_>,
    buffer: u32,
    start: u32,
    length: u32,
    destination: Destination,
) -> Answer {
    let buffer = Buffer::from_number(buffer)?;
    let content = content(call.world(), buffer)?;
    // No sum is too large: the reference host reckons in 64 bits.
    let part = part(content, start, start.saturating_add(length)).to_vec();
    call.give(&part, destination)
}

/// What there is of the bytes from `start` to `end`.
fn part(content: &[u8], start: u32, end: u32) -> &[u8] {
    content.get(position(content, start)..position(content, end)).unwrap_or_default()
}

fn position(content: &[u8], number: u32) -> usize {
    usize::try_from(number).map_or(content.len(), |number| number.min(content.len()))
}

fn get_status(call: &mut Call<'_>, buffer: u32, length_at: u32, flags_at: u32) -> Answer {
    let buffer = Buffer::from_number(buffer)?;
    let length = number(content(call.world(), buffer)?.len());
    call.write(length_at, &length.to_le_bytes())?;
    Ok(call.write(flags_at, &0_u32.to_le_bytes())?)
}

/// Envoy can replace the beginning (start 0; of length 0 that is to prepend, of all or more to
/// replace everything) and append (start at the end or behind it), and nothing else. Where any
/// part can be replaced, these mean the same.
fn set_bytes(call: &mut Call<'_>, buffer: u32, start: u32, length: u32, data: Slice) -> Answer {
    let buffer = Buffer::from_number(buffer)?;
    content(call.world(), buffer)?;
    let (memory, world) = call.parts()?;
    let data = memory.read(data)?;
    let edits = world.rules.body_edits;
    let body = open_body(world, buffer).ok_or(Status::BadArgument)?;
    let from = position(body, start);
    let to = position(body, start.saturating_add(length));
    let at_an_end = start == 0 || from == body.len();
    if edits == BodyEdits::Ends && !at_an_end {
        return Err(Status::BadArgument.into());
    }
    body.splice(from..to, data.iter().copied());
    Ok(())
}

/// ABI 0.1.0: the plugin's configuration in `proxy_on_configure`, the VM's everywhere else.
fn get_configuration(call: &mut Call<'_>, destination: Destination) -> Answer {
    let world = call.world();
    let bytes = match configuration(world) {
        Some(bytes) => bytes.to_vec(),
        None => world.vm.configuration.to_vec(),
    };
    call.give(&bytes, destination)
}
