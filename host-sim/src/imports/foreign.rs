//! Foreign functions, and an import that only Envoy has.

use wasmtime::Linker;

use super::link::bind;
use super::properties;
use crate::expressions::Expression;
use crate::memory::{Call, Slice, status};
use crate::number::number;
use crate::state::{State, World};
use crate::status::{Answer, Status};

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    bind!(linker, "env", status, {
        envoy_resolve_dns(name, name_size, token_at)
            => resolve_name(Slice::new(name, name_size), token_at);
        proxy_call_foreign_function(name, name_size, arguments, arguments_size, result_at, size_at)
            => foreign(
                Slice::new(name, name_size),
                Slice::new(arguments, arguments_size),
                result_at,
                size_at
            );
    });
    Ok(())
}

/// The root context is told of the end by `envoy_on_resolve_dns` (Envoy, `wasm.cc`).
fn resolve_name(call: &mut Call<'_>, name: Slice, token_at: u32) -> Answer {
    let (memory, world) = call.parts()?;
    memory.read(name)?;
    let root = world.contexts.active_root_id();
    let token = world.lookups.begin(root);
    Ok(call.write(token_at, &token.to_le_bytes())?)
}

/// A module that gives no address for the result or its size does not get it. When the function
/// fails, both are 0.
fn foreign(
    call: &mut Call<'_>,
    name: Slice,
    arguments: Slice,
    result_at: u32,
    size_at: u32,
) -> Answer {
    let (memory, world) = call.parts()?;
    let (name, arguments) = (memory.read(name)?, memory.read(arguments)?);
    let result = match world.foreign.get(name) {
        Some(function) => function(arguments),
        None => expression(world, name, arguments)?,
    };
    let value = result.as_deref().unwrap_or_default();
    let size = match result_at {
        0 => number(value.len()),
        _ => call.give_at(value, result_at)?,
    };
    if size_at != 0 {
        call.write(size_at, &size.to_le_bytes())?;
    }
    result.map(drop).map_err(Into::into)
}

/// What Envoy does with the expressions of a plugin.
fn expression(
    world: &mut World,
    name: &[u8],
    arguments: &[u8],
) -> Result<Result<Vec<u8>, Status>, Status> {
    if !world.rules.evaluates_expressions {
        return Err(Status::NotFound);
    }
    let root = world.contexts.current_root();
    let expressions = &mut root.ok_or(Status::NotFound)?.expressions;
    Ok(match name {
        b"expr_create" => expressions.create(arguments),
        b"expr_delete" => expressions.delete(arguments),
        b"expr_evaluate" => match expressions.get(arguments).cloned() {
            Ok(Expression::Literal(value)) => Ok(value),
            // What cannot be evaluated is an error of the evaluation.
            Ok(Expression::Attribute(path)) => {
                properties::find(world, &path).map_err(|_| Status::InternalFailure)
            }
            Err(status) => Err(status),
        },
        _ => return Err(Status::NotFound),
    })
}
