//! Bodies: held whole, or on their way piece by piece.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::header::HeaderMap;

/// A body, whole or in pieces.
pub(super) type Content = UnsyncBoxBody<Bytes, Failed>;

pub(super) type Failed = Box<dyn Error + Send + Sync>;

/// The most that is held of a body.
const MAXIMUM: usize = 16 << 20;

/// Why a body did not come to its end.
pub(super) enum NotHeld {
    TooLarge,
    Broken(Failed),
}

/// A body that has come to its end.
pub(super) struct Held {
    pub(super) data: Vec<u8>,
    pub(super) trailers: HeaderMap,
}

impl Held {
    /// The pieces in which Envoy shows it, where it has no trailers: its end is one of its own, without
    /// bytes, by HTTP/1.1, and where nothing else has come. A module that edits a body only when its
    /// end has come finds nothing left of it there.
    pub(super) fn pieces(self, by_http_2: bool) -> Vec<Vec<u8>> {
        match (self.data.is_empty(), self.trailers.is_empty()) {
            (true, true) => vec![Vec::new()],
            (true, false) => Vec::new(),
            (false, true) if !by_http_2 => vec![self.data, Vec::new()],
            (false, _) => vec![self.data],
        }
    }
}

/// Waits for the end of a body.
///
/// # Errors
/// When it is larger than what is held, or breaks off.
pub(super) async fn hold(body: Incoming) -> Result<Held, NotHeld> {
    let mut body = Limited::new(body, MAXIMUM);
    let mut held = Held { data: Vec::new(), trailers: HeaderMap::new() };
    while let Some(frame) = body.frame().await {
        // Pieces are not kept as they come: of one byte each they would take forty times as much.
        match frame.map_err(NotHeld::by)?.into_data() {
            Ok(piece) => held.data.extend_from_slice(&piece),
            Err(frame) => held.trailers.extend(frame.into_trailers().unwrap_or_default()),
        }
    }
    Ok(held)
}

impl NotHeld {
    fn by(error: Failed) -> Self {
        if error.is::<LengthLimitError>() { Self::TooLarge } else { Self::Broken(error) }
    }
}

impl fmt::Display for NotHeld {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => write!(
                formatter,
                "it is larger than {} MiB, the most that is held for a module with a callback for bodies or \
                 trailers",
                MAXIMUM >> 20
            ),
            Self::Broken(error) => write!(formatter, "it broke off: {error}"),
        }
    }
}

/// What comes from a peer goes on as it comes.
pub(super) fn streamed(body: Incoming) -> Content {
    body.map_err(Into::into).boxed_unsync()
}

/// A body whose length the codec tells, unless trailers follow.
pub(super) fn whole(data: Vec<u8>, trailers: HeaderMap) -> Content {
    if trailers.is_empty() {
        return Full::new(Bytes::from(data)).map_err(|never| match never {}).boxed_unsync();
    }
    let data = (!data.is_empty()).then(|| Frame::data(Bytes::from(data)));
    of_frames(data.into_iter().chain([Frame::trailers(trailers)]))
}

/// No body, of which the codec does not say that it is empty: a header can tell the length of the
/// one that is left out.
pub(super) fn left_out() -> Content {
    of_frames([])
}

fn of_frames(frames: impl IntoIterator<Item = Frame<Bytes>>) -> Content {
    Frames(frames.into_iter().collect()).map_err(|never| match never {}).boxed_unsync()
}

/// A body without a length.
struct Frames(VecDeque<Frame<Bytes>>);

impl Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(Ok))
    }
}
