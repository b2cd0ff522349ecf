//! How an answer reaches the module.

use crate::callouts::{Callout, Closer, Event, Received};
use crate::number::number;
use crate::status::Status;
use crate::trap::Trap;
use crate::vm::Vm;

/// Whether an event can come for the call of this id now.
pub(crate) fn is_for_live_call(vm: &Vm, id: u32, event: &Event) -> bool {
    let Some(pending) = vm.world_ref().callouts.get(id) else {
        return false;
    };
    match &pending.callout {
        Callout::Http(_) => matches!(event, Event::HttpResponse(_) | Event::HttpFailure),
        Callout::Grpc(_) => matches!(event, Event::GrpcMessage(_) | Event::GrpcClose { .. }),
        Callout::GrpcStream(_) => {
            !matches!(event, Event::HttpResponse(_) | Event::HttpFailure)
                && !pending.is_remote_closed()
        }
    }
}

/// Calls the module back. The answer can be read while the callback runs, and no longer.
pub(crate) fn deliver(vm: &mut Vm, id: u32, event: Event) -> Result<(), Trap> {
    let Some(pending) = vm.world_ref().callouts.get(id) else {
        return Ok(());
    };
    let root = pending.root;
    // In the last callback of a call the module can still close it, as in the reference host.
    let over = !matches!(pending.callout, Callout::GrpcStream(_));
    let done = match event {
        Event::HttpResponse(response) => {
            let counts =
                [response.headers.len(), response.body.len(), response.trailers.len()].map(number);
            receive(vm, root, |received| received.http = Some(response));
            let [headers, body, trailers] = counts;
            vm.on_http_call_response(root, id, headers, body, trailers)
        }
        Event::HttpFailure => {
            receive(vm, root, |received| {
                received.status = Status::BrokenConnection as u32;
                received.status_message = b"reset".to_vec();
            });
            vm.on_http_call_response(root, id, 0, 0, 0)
        }
        Event::GrpcInitialMetadata(metadata) => {
            let count = number(metadata.len());
            receive(vm, root, |received| received.initial_metadata = Some(metadata));
            vm.on_grpc_receive_initial_metadata(root, id, count)
        }
        Event::GrpcMessage(message) => {
            let size = number(message.len());
            receive(vm, root, |received| received.message = Some(message));
            vm.on_grpc_receive(root, id, size)
        }
        Event::GrpcTrailingMetadata(metadata) => {
            let count = number(metadata.len());
            receive(vm, root, |received| received.trailing_metadata = Some(metadata));
            vm.on_grpc_receive_trailing_metadata(root, id, count)
        }
        Event::GrpcClose { status, message, by } => {
            let with_details = vm.world().rules.grpc_message_has_details && by == Closer::Service;
            receive(vm, root, |received| {
                received.status = status;
                received.status_message = if with_details { detailed(message) } else { message };
            });
            vm.world().callouts.close_remote(id);
            vm.on_grpc_close(root, id, status)
        }
    };
    if over {
        let _ = vm.world().callouts.remove(id);
    } else {
        vm.world().callouts.forget_closed(id);
    }
    receive(vm, root, |received| {
        *received = Received { status: received.status, ..Received::default() };
    });
    done
}

fn receive(vm: &mut Vm, root: u32, change: impl FnOnce(&mut Received)) {
    if let Some(root) = vm.world().contexts.root(root) {
        change(&mut root.received);
    }
}

/// Envoy puts the response-code details of the call behind the text of its status.
fn detailed(message: Vec<u8>) -> Vec<u8> {
    const DETAILS: &[u8] = b"via_upstream";
    if message.is_empty() {
        return DETAILS.to_vec();
    }
    [&message, b"{".as_slice(), DETAILS, b"}"].concat()
}
