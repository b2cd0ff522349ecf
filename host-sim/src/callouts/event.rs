//! What comes back from other services.

use crate::headers::Headers;
use crate::request::Response;

/// Something that comes back from another service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    HttpResponse(Response),
    HttpFailure,
    GrpcInitialMetadata(Headers),
    GrpcMessage(Vec<u8>),
    GrpcTrailingMetadata(Headers),
    GrpcClose { status: u32, message: Vec<u8>, by: Closer },
}

/// Who ends a gRPC call or stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closer {
    /// The service that was called.
    Service,
    /// The proxy, which did not reach it or has waited long enough.
    Proxy,
}
