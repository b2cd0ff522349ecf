//! Callouts and foreign functions: they link, and say that they are not implemented yet.

use wasmtime::Linker;

use super::link::bind;
use crate::memory::{Call, status};
use crate::state::State;
use crate::status::{Answer, Status};

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    bind!(linker, "env", status, {
        proxy_http_call(
            _upstream, _upstream_size, _headers, _headers_size, _body, _body_size,
            _trailers, _trailers_size, _timeout, _id_at
        ) => unimplemented();
        proxy_grpc_call(
            _upstream, _upstream_size, _service, _service_size, _method, _method_size,
            _metadata, _metadata_size, _message, _message_size, _timeout, _id_at
        ) => unimplemented();
        proxy_grpc_stream(
            _upstream, _upstream_size, _service, _service_size, _method, _method_size,
            _metadata, _metadata_size, _id_at
        ) => unimplemented();
        proxy_grpc_send(_id, _message, _size, _end) => unimplemented();
        proxy_grpc_cancel(_id) => unimplemented();
        proxy_grpc_close(_id) => unimplemented();
        proxy_call_foreign_function(
            _name, _name_size, _arguments, _arguments_size, _result_at, _size_at
        ) => unimplemented();
    });
    Ok(())
}

fn unimplemented(_: &mut Call<'_>) -> Answer {
    Err(Status::Unimplemented.into())
}
