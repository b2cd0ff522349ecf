//! A response's body on its way to the client, piece by piece.

use std::pin::Pin;
use std::task::{Context, Poll};

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};

use super::body::Content;
use super::worker::Exchange;

/// The upstream's body, and the stream in the module that ends with it: complete, or broken off
/// when the client goes away.
pub(super) struct Relay {
    body: Incoming,
    exchange: Exchange,
}

impl Relay {
    pub(super) fn new(body: Incoming, exchange: Exchange) -> Self {
        Self { body, exchange }
    }

    pub(super) fn boxed(self) -> Content {
        self.map_err(Into::into).boxed_unsync()
    }
}

impl Body for Relay {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        // Nothing is asked for any more after trailers, or when so much has come as was announced.
        self.exchange.complete = match &frame {
            Poll::Ready(None) => true,
            Poll::Ready(Some(Ok(frame))) if frame.is_trailers() => true,
            _ => self.body.is_end_stream(),
        };
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
