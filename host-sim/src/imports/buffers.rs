//! Configurations and bodies.

use wasmtime::Linker;

use super::link::bind;
use crate::memory::{Call, Destination, Slice, status};
use crate::module::AbiVersion;
use crate::state::{Proxy, State};
use crate::status::{Answer, Status};
use crate::stream::Message;

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
fn content(proxy: &mut Proxy, buffer: Buffer) -> Result<&[u8], Status> {
    match buffer {
        Buffer::HttpRequestBody | Buffer::HttpResponseBody => {
            Ok(open_body(proxy, buffer).map_or(&[], |body| body.as_slice()))
        }
        Buffer::VmConfiguration => Ok(&proxy.plugin.vm_configuration),
        Buffer::PluginConfiguration => configuration(proxy).ok_or(Status::NotFound),
        Buffer::HttpCallResponseBody => Err(Status::NotFound),
        Buffer::DownstreamData
        | Buffer::UpstreamData
        | Buffer::GrpcCallMessage
        | Buffer::ForeignFunctionArguments => Ok(&[]),
    }
}

fn configuration(proxy: &mut Proxy) -> Option<&[u8]> {
    let active = proxy.contexts.active();
    let root = proxy.contexts.root(active).filter(|root| root.configuring)?;
    Some(&root.configuration)
}

fn open_body(proxy: &mut Proxy, buffer: Buffer) -> Option<&mut Vec<u8>> {
    let stream = proxy.contexts.active_stream()?;
    let message: &mut Message = match buffer {
        Buffer::HttpRequestBody => &mut stream.request,
        Buffer::HttpResponseBody => &mut stream.response,
        _ => return None,
    };
    message.body_open.then_some(&mut message.body)
}

fn get_bytes(
    call: &mut Call<'_>,
    buffer: u32,
    start: u32,
    length: u32,
    destination: Destination,
) -> Answer {
    let buffer = Buffer::from_number(buffer)?;
    let content = content(call.proxy(), buffer)?;
    let end = start.checked_add(length).ok_or(Status::BadArgument)?;
    let part = part(content, start, end).to_vec();
    call.give(&part, destination)
}

/// What there is of the bytes from `start` to `end`.
fn part(content: &[u8], start: u32, end: u32) -> &[u8] {
    let position = |number: u32| {
        usize::try_from(number).map_or(content.len(), |number| number.min(content.len()))
    };
    content.get(position(start)..position(end)).unwrap_or_default()
}

fn get_status(call: &mut Call<'_>, buffer: u32, length_at: u32, flags_at: u32) -> Answer {
    let buffer = Buffer::from_number(buffer)?;
    let length = content(call.proxy(), buffer)?.len();
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    call.write(length_at, &length.to_le_bytes())?;
    Ok(call.write(flags_at, &0_u32.to_le_bytes())?)
}

/// Envoy can prepend (start 0, length 0), replace everything (start 0, length of all or more)
/// and append (start at the end or behind it), and nothing else.
fn set_bytes(call: &mut Call<'_>, buffer: u32, start: u32, length: u32, data: Slice) -> Answer {
    let buffer = Buffer::from_number(buffer)?;
    content(call.proxy(), buffer)?;
    let (memory, proxy) = call.parts()?;
    let data = memory.read(data)?;
    let body = open_body(proxy, buffer).ok_or(Status::BadArgument)?;
    let size = u32::try_from(body.len()).unwrap_or(u32::MAX);
    match (start, length) {
        (0, 0) => drop(body.splice(0..0, data.iter().copied())),
        (0, length) if length >= size => *body = data.to_vec(),
        (start, _) if start != 0 && start >= size => body.extend_from_slice(data),
        _ => return Err(Status::BadArgument.into()),
    }
    Ok(())
}

/// ABI 0.1.0: the plugin's configuration in `proxy_on_configure`, the VM's everywhere else.
fn get_configuration(call: &mut Call<'_>, destination: Destination) -> Answer {
    let proxy = call.proxy();
    let bytes = match configuration(proxy) {
        Some(bytes) => bytes.to_vec(),
        None => proxy.plugin.vm_configuration.clone(),
    };
    call.give(&bytes, destination)
}
