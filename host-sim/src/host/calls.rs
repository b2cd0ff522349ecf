//! Calls that the module makes to other services, answered by hand, and the other way round.

use super::Host;
use crate::callouts::{Callout, Closer, Event, HttpAnswer};
use crate::cost::Activity;
use crate::delivery;
use crate::headers::Headers;
use crate::number::number;

impl Host {
    /// The calls that have no answer yet, by their ids.
    pub fn callouts(&self) -> Vec<Callout> {
        self.vm.world_ref().callouts.all().cloned().collect()
    }

    /// Answers an HTTP call now, with a [`Response`](crate::Response) or a failure; a delay counts
    /// for nothing here. Streams that the module resumes then go on.
    ///
    /// Nothing happens when there is no such call (any more).
    pub fn answer(&mut self, call: u32, answer: impl Into<HttpAnswer>) -> Activity {
        match answer.into().into_event() {
            Some(event) => self.bring(call, event),
            None => Activity::default(),
        }
    }

    /// Brings the initial metadata of a gRPC stream.
    pub fn grpc_initial_metadata(&mut self, stream: u32, metadata: Headers) -> Activity {
        self.bring(stream, Event::GrpcInitialMetadata(metadata))
    }

    /// Brings a message of a gRPC stream, or the answer of a gRPC call, which ends it.
    pub fn grpc_message(&mut self, call: u32, message: impl Into<Vec<u8>>) -> Activity {
        self.bring(call, Event::GrpcMessage(message.into()))
    }

    /// Brings the trailing metadata of a gRPC stream.
    pub fn grpc_trailing_metadata(&mut self, stream: u32, metadata: Headers) -> Activity {
        self.bring(stream, Event::GrpcTrailingMetadata(metadata))
    }

    /// Lets the service end a gRPC call or stream, with this status and its text.
    pub fn grpc_close(&mut self, call: u32, status: u32, message: &str) -> Activity {
        let message = message.as_bytes().to_vec();
        self.bring(call, Event::GrpcClose { status, message, by: Closer::Service })
    }

    /// Calls the module's `proxy_on_foreign_function`, which a proxy does for functions of its
    /// own that take their time.
    pub fn call_foreign_function_callback(
        &mut self,
        function: u32,
        arguments: impl Into<Vec<u8>>,
    ) -> Activity {
        let root = self.root_for(None);
        let arguments = arguments.into();
        let size = number(arguments.len());
        if let Some(root) = self.vm.world().contexts.root(root) {
            root.received.arguments = Some(arguments);
        }
        // A trap leaves a dead VM, which `is_dead` and the next request tell.
        let _ = self.vm.on_foreign_function(root, function, size);
        if let Some(root) = self.vm.world().contexts.root(root) {
            root.received.arguments = None;
        }
        self.settle()
    }

    fn bring(&mut self, call: u32, event: Event) -> Activity {
        if delivery::is_for_live_call(&self.vm, call, &event) {
            // A trap leaves a dead VM, which `is_dead` and the next request tell.
            let _ = delivery::deliver(&mut self.vm, call, event);
        }
        self.settle()
    }
}
