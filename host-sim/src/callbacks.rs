//! The callbacks of a module, each skipped where the module does not export it.

use crate::exports::OnHeaders;
use crate::trap::Trap;
use crate::vm::Vm;

/// Methods that enter the guest: `on_tick => "proxy_on_tick" (root) -> nothing;`. The first
/// parameter is the context that the callback is for. An action that nobody returns is 0, to
/// continue; a question that nobody answers is answered by yes.
macro_rules! callbacks {
    ($($name:ident => $export:literal ($context:ident $(, $parameter:ident)*) -> $kind:ident;)*) => {
        impl Vm {$(
            pub(crate) fn $name(
                &mut self,
                $context: u32,
                $($parameter: u32,)*
            ) -> Result<callbacks!(@type $kind), Trap> {
                // Taken out and put back: a copy would count references, for each callback.
                let function = self.exports.$name.take();
                let returned =
                    self.call($export, $context, function.as_ref(), ($context, $($parameter,)*));
                self.exports.$name = function;
                let returned = returned?;
                callbacks!(@note $kind self returned);
                Ok(callbacks!(@value $kind returned))
            }
        )*}
    };
    (@note nothing $vm:ident $returned:ident) => {};
    (@note $kind:ident $vm:ident $returned:ident) => {
        if let Some(number) = $returned {
            $vm.note_returned(number);
        }
    };
    (@type nothing) => { () };
    (@type action) => { u32 };
    (@type yes) => { bool };
    (@value nothing $returned:ident) => { $returned.unwrap_or(()) };
    (@value action $returned:ident) => { $returned.unwrap_or(0) };
    (@value yes $returned:ident) => { $returned != Some(0) };
}

callbacks! {
    on_context_create => "proxy_on_context_create" (context, parent) -> nothing;
    on_vm_start => "proxy_on_vm_start" (root, size) -> yes;
    on_configure => "proxy_on_configure" (root, size) -> yes;
    on_tick => "proxy_on_tick" (root) -> nothing;
    on_queue_ready => "proxy_on_queue_ready" (root, queue) -> nothing;
    on_foreign_function => "proxy_on_foreign_function" (root, function, size) -> nothing;
    on_resolve_dns => "envoy_on_resolve_dns" (root, token, size) -> nothing;
    on_new_connection => "proxy_on_new_connection" (connection) -> action;
    on_downstream_data => "proxy_on_downstream_data" (connection, size, end) -> action;
    on_upstream_data => "proxy_on_upstream_data" (connection, size, end) -> action;
    on_downstream_connection_close =>
        "proxy_on_downstream_connection_close" (connection, peer) -> nothing;
    on_upstream_connection_close =>
        "proxy_on_upstream_connection_close" (connection, peer) -> nothing;
    on_request_body => "proxy_on_request_body" (stream, size, end) -> action;
    on_request_trailers => "proxy_on_request_trailers" (stream, count) -> action;
    on_response_body => "proxy_on_response_body" (stream, size, end) -> action;
    on_response_trailers => "proxy_on_response_trailers" (stream, count) -> action;
    on_http_call_response =>
        "proxy_on_http_call_response" (root, call, headers, body, trailers) -> nothing;
    on_grpc_receive_initial_metadata =>
        "proxy_on_grpc_receive_initial_metadata" (root, call, count) -> nothing;
    on_grpc_receive => "proxy_on_grpc_receive" (root, call, size) -> nothing;
    on_grpc_receive_trailing_metadata =>
        "proxy_on_grpc_receive_trailing_metadata" (root, call, count) -> nothing;
    on_grpc_close => "proxy_on_grpc_close" (root, call, status) -> nothing;
    on_log => "proxy_on_log" (context) -> nothing;
    on_done => "proxy_on_done" (context) -> yes;
    on_delete => "proxy_on_delete" (context) -> nothing;
}

impl Vm {
    pub(crate) fn on_request_headers(
        &mut self,
        stream: u32,
        count: u32,
        end: bool,
    ) -> Result<u32, Trap> {
        let function = std::mem::take(&mut self.exports.on_request_headers);
        let returned = self.on_headers("proxy_on_request_headers", &function, stream, count, end);
        self.exports.on_request_headers = function;
        returned
    }

    pub(crate) fn on_response_headers(
        &mut self,
        stream: u32,
        count: u32,
        end: bool,
    ) -> Result<u32, Trap> {
        let function = std::mem::take(&mut self.exports.on_response_headers);
        let returned = self.on_headers("proxy_on_response_headers", &function, stream, count, end);
        self.exports.on_response_headers = function;
        returned
    }

    fn on_headers(
        &mut self,
        name: &'static str,
        function: &OnHeaders,
        stream: u32,
        count: u32,
        end: bool,
    ) -> Result<u32, Trap> {
        let action = match function {
            OnHeaders::Missing => return Ok(0),
            OnHeaders::WithoutEnd(function) => self.enter(name, stream, function, (stream, count)),
            OnHeaders::WithEnd(function) => {
                self.enter(name, stream, function, (stream, count, u32::from(end)))
            }
        }?;
        self.note_returned(action);
        Ok(action)
    }
}
