//! What a module can do with a stream as a whole.

use wasmtime::Linker;

use super::link::bind;
use crate::abi::AbiVersion;
use crate::context::Context;
use crate::headers::Headers;
use crate::memory::{Call, Slice, status};
use crate::outcome::LocalReply;
use crate::state::{State, World};
use crate::status::{Answer, Status};
use crate::stream::Open;

/// Numbers of the stream types.
const REQUEST: u32 = 0;
const RESPONSE: u32 = 1;
const DOWNSTREAM: u32 = 2;
const UPSTREAM: u32 = 3;

pub(super) fn link(linker: &mut Linker<State>, abi: AbiVersion) -> wasmtime::Result<()> {
    bind!(linker, "env", status, {
        proxy_send_local_response(
            code, details, details_size, body, body_size, headers, headers_size, grpc_status
        ) => send_local_response(
            code,
            Slice::new(details, details_size),
            Slice::new(body, body_size),
            Slice::new(headers, headers_size),
            grpc_status
        );
    });
    if abi == AbiVersion::V0_1_0 {
        bind!(linker, "env", status, {
            proxy_continue_request() => go_on(REQUEST);
            proxy_continue_response() => go_on(RESPONSE);
            proxy_clear_route_cache() => nothing();
        });
    } else {
        bind!(linker, "env", status, {
            proxy_continue_stream(stream) => go_on(stream);
            proxy_close_stream(stream) => close(stream);
        });
    }
    Ok(())
}

/// Kept until the callback returns. Outside a stream it does nothing, and says that it did.
fn send_local_response(
    call: &mut Call<'_>,
    code: u32,
    details: Slice,
    body: Slice,
    headers: Slice,
    grpc_status: u32,
) -> Answer {
    let (memory, world) = call.parts()?;
    let (details, body) = (memory.read(details)?, memory.read(body)?);
    let headers: Headers = memory.pairs(headers, world.rules.pair_limits)?.collect();
    world.contexts.note_wish();
    world.contexts.note_reply();
    let Some(stream) = world.contexts.active_stream() else {
        return Ok(());
    };
    stream.wishes.reply.get_or_insert_with(|| LocalReply {
        // Envoy puts the number into an enumeration without looking at it, and keeps its low 16
        // bits (measured in 1.40: 65736 is 200).
        status: low_bits(code),
        details: without_white_space(details),
        headers,
        body: body.to_vec(),
        // Modules give -1 for "none"; Envoy knows the codes up to 16.
        grpc_status: (grpc_status <= 16).then_some(grpc_status),
    });
    Ok(())
}

fn low_bits(code: u32) -> u16 {
    let [low, high, ..] = code.to_le_bytes();
    u16::from_le_bytes([low, high])
}

/// Envoy puts `_` for every blank, so that the details stay one word of an access log.
fn without_white_space(details: &[u8]) -> Vec<u8> {
    let mark = |byte: &u8| if matches!(byte, b'\t'..=b'\r' | b' ') { b'_' } else { *byte };
    details.iter().map(mark).collect()
}

/// Lets a stream go on that the module holds; done when the callback returns. Whichever side goes
/// on, the request cannot be read any more, as in Envoy.
fn go_on(call: &mut Call<'_>, stream_type: u32) -> Answer {
    let World { contexts, rules, .. } = call.world();
    contexts.note_wish();
    match (stream_type, contexts.active_context()) {
        (REQUEST | RESPONSE, Some(Context::Stream(stream))) => {
            // What is ended does not go on.
            let ended = stream.wishes.reply.is_some() || stream.wishes.close;
            stream.wishes.resume_request |= stream_type == REQUEST && !ended;
            stream.wishes.resume_response |= stream_type == RESPONSE && !ended;
            stream.request.open = Open::default();
        }
        (DOWNSTREAM, Some(Context::Connection(connection))) => {
            connection.downstream.wants_resume = true;
        }
        (UPSTREAM, _) if !rules.upstream_continues => return Err(Status::Unimplemented.into()),
        (UPSTREAM, Some(Context::Connection(connection))) => {
            connection.upstream.wants_resume = true;
        }
        (REQUEST..=UPSTREAM, _) => {}
        _ => return Err(Status::BadArgument.into()),
    }
    Ok(())
}

/// Closes a stream; done when the callback returns.
fn close(call: &mut Call<'_>, stream_type: u32) -> Answer {
    let contexts = &mut call.world().contexts;
    contexts.note_wish();
    match (stream_type, contexts.active_context()) {
        (REQUEST | RESPONSE, Some(Context::Stream(stream))) => stream.wishes.close = true,
        (DOWNSTREAM | UPSTREAM, Some(Context::Connection(connection))) => {
            connection.wants_close = true;
        }
        (REQUEST..=UPSTREAM, _) => {}
        _ => return Err(Status::BadArgument.into()),
    }
    Ok(())
}

/// There are no routes here.
fn nothing(_: &mut Call<'_>) -> Answer {
    Ok(())
}
