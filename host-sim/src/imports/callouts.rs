//! Calls to other services.

use std::time::Duration;

use wasmtime::Linker;

use super::link::bind;
use crate::callouts::{GrpcCall, GrpcStream, HttpCall, Kind};
use crate::headers::Headers;
use crate::memory::{Call, Destination, GuestMemory, Slice, status};
use crate::state::{State, World};
use crate::status::{Answer, Fault, Status};

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    bind!(linker, "env", status, {
        proxy_http_call(
            upstream, upstream_size, headers, headers_size, body, body_size,
            trailers, trailers_size, timeout, id_at
        ) => http_call(
            Slice::new(upstream, upstream_size),
            Slice::new(headers, headers_size),
            Slice::new(body, body_size),
            Slice::new(trailers, trailers_size),
            timeout,
            id_at
        );
        proxy_grpc_call(
            upstream, upstream_size, service, service_size, method, method_size,
            metadata, metadata_size, message, message_size, timeout, id_at
        ) => grpc_call(
            Method::new([upstream, upstream_size, service, service_size, method, method_size]),
            Slice::new(metadata, metadata_size),
            Slice::new(message, message_size),
            timeout,
            id_at
        );
        proxy_grpc_stream(
            upstream, upstream_size, service, service_size, method, method_size,
            metadata, metadata_size, id_at
        ) => grpc_stream(
            Method::new([upstream, upstream_size, service, service_size, method, method_size]),
            Slice::new(metadata, metadata_size),
            id_at
        );
        proxy_grpc_send(id, message, size, end) => grpc_send(id, Slice::new(message, size), end);
        proxy_grpc_cancel(id) => grpc_cancel(id);
        proxy_grpc_close(id) => grpc_close(id);
        proxy_get_status(code_at, message_at, size_at)
            => get_status(code_at, Destination::new(message_at, size_at));
    });
    Ok(())
}

/// What a gRPC call is for.
struct Method {
    upstream: Slice,
    service: Slice,
    method: Slice,
}

impl Method {
    fn new(
        [upstream, upstream_size, service, service_size, method, method_size]: [u32; 6],
    ) -> Self {
        Self {
            upstream: Slice::new(upstream, upstream_size),
            service: Slice::new(service, service_size),
            method: Slice::new(method, method_size),
        }
    }
}

/// The id is 0 where the call is refused: Envoy tries whether it can write there first.
fn http_call(
    call: &mut Call<'_>,
    upstream: Slice,
    headers: Slice,
    body: Slice,
    trailers: Slice,
    timeout: u32,
    id_at: u32,
) -> Answer {
    let (memory, world) = call.parts()?;
    let limits = world.rules.pair_limits;
    let request = HttpCall {
        id: 0,
        upstream: memory.text(memory.read(upstream)?)?,
        headers: memory.pairs(headers, limits)?.collect(),
        body: memory.read(body)?.to_vec(),
        trailers: memory.pairs(trailers, limits)?.collect(),
        timeout: time_to_wait(timeout),
    };
    call.write(id_at, &0_u32.to_le_bytes())?;
    let id = start_http(call.world(), request, timeout)?;
    Ok(call.write(id_at, &id.to_le_bytes())?)
}

fn start_http(world: &mut World, mut request: HttpCall, timeout: u32) -> Result<u32, Status> {
    let has = |name: &str| request.headers.contains(name);
    let addressed = has(":path") && has(":method") && (has(":authority") || has("host"));
    // Envoy takes the timeout for a signed number.
    let in_time = i32::try_from(timeout).is_ok();
    let named = !request.upstream.is_empty();
    if !in_time || !addressed || !named || !world.services.knows(&request.upstream) {
        return Err(Status::BadArgument);
    }
    if !request.body.is_empty() {
        request.headers.replace("content-length", request.body.len().to_string());
    }
    request.id = world.callouts.next_id(Kind::Http)?;
    let id = request.id;
    let answer = world.services.answer_http(&request);
    let now = world.lasting.clock.passed();
    let root = world.contexts.active_root_id();
    world.callouts.add_http(root, request, answer, now, world.rules.timeout)?;
    Ok(id)
}

fn grpc_call(
    call: &mut Call<'_>,
    method: Method,
    metadata: Slice,
    message: Slice,
    timeout: u32,
    id_at: u32,
) -> Answer {
    let (memory, world) = call.parts()?;
    let mut request = GrpcCall {
        id: 0,
        upstream: cluster(&memory, method.upstream)?,
        service: memory.text(memory.read(method.service)?)?,
        method: memory.text(memory.read(method.method)?)?,
        metadata: memory.pairs(metadata, world.rules.pair_limits)?.collect(),
        message: memory.read(message)?.to_vec(),
        timeout: time_to_wait(timeout),
    };
    if !world.services.knows(&request.upstream) {
        return Err(Status::ParseFailure.into());
    }
    request.id = world.callouts.next_id(Kind::Grpc)?;
    let id = request.id;
    let answer = world.services.answer_grpc(&request);
    let now = world.lasting.clock.passed();
    let root = world.contexts.active_root_id();
    world.callouts.add_grpc(root, request, answer, now, world.rules.timeout)?;
    Ok(call.write(id_at, &id.to_le_bytes())?)
}

fn grpc_stream(call: &mut Call<'_>, method: Method, metadata: Slice, id_at: u32) -> Answer {
    let (memory, world) = call.parts()?;
    let upstream = cluster(&memory, method.upstream)?;
    let service = memory.text(memory.read(method.service)?)?;
    let method = memory.text(memory.read(method.method)?)?;
    let metadata: Headers = memory.pairs(metadata, world.rules.pair_limits)?.collect();
    if !world.services.knows(&upstream) {
        return Err(Status::ParseFailure.into());
    }
    let id = world.callouts.next_id(Kind::GrpcStream)?;
    let root = world.contexts.active_root_id();
    let sent = Vec::new();
    let stream = GrpcStream { id, upstream, service, method, metadata, sent, half_closed: false };
    let answer = world.services.answer_stream(&stream);
    let now = world.lasting.clock.passed();
    world.callouts.add_stream(root, stream, answer, now);
    Ok(call.write(id_at, &id.to_le_bytes())?)
}

fn grpc_send(call: &mut Call<'_>, id: u32, message: Slice, end: u32) -> Answer {
    let (memory, world) = call.parts()?;
    Ok(world.callouts.send(id, memory.read(message)?, end != 0)?)
}

fn grpc_cancel(call: &mut Call<'_>, id: u32) -> Answer {
    Ok(call.world().callouts.cancel(id)?)
}

fn grpc_close(call: &mut Call<'_>, id: u32) -> Answer {
    Ok(call.world().callouts.close(id)?)
}

/// Of the last call that failed or was closed.
fn get_status(call: &mut Call<'_>, code_at: u32, message: Destination) -> Answer {
    let root = call.world().contexts.active_root();
    let (code, text) = root.map_or((0, Vec::new()), |root| {
        (root.received.status, root.received.status_message.clone())
    });
    call.write(code_at, &code.to_le_bytes())?;
    call.give(&text, message)
}

/// 0 is to wait for ever.
fn time_to_wait(milliseconds: u32) -> Option<Duration> {
    (milliseconds > 0).then(|| Duration::from_millis(u64::from(milliseconds)))
}

/// A gRPC service is the name of a cluster, or Envoy's message `GrpcService` with nothing in it
/// but `envoy_grpc.cluster_name`, which is field 1 of field 1.
fn cluster(memory: &GuestMemory<'_>, service: Slice) -> Result<String, Fault> {
    let service = memory.read(service)?;
    memory.text(only_field_one(service).and_then(only_field_one).unwrap_or(service))
}

/// The content of a message that has field 1, of less than 128 bytes, and nothing else.
fn only_field_one(message: &[u8]) -> Option<&[u8]> {
    let [0x0a, size, content @ ..] = message else {
        return None;
    };
    (content.len() == usize::from(*size) && *size < 0x80).then_some(content)
}
