//! A message as the parts in which it comes.

use std::collections::VecDeque;

use crate::headers::Headers;

/// A part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    Headers { end: bool },
    Data { bytes: Vec<u8>, end: bool },
    Trailers(Headers),
}

/// Adds a piece to a body; what was there in one piece is one before it.
pub(crate) fn add_piece(body: &mut Vec<u8>, pieces: &mut Vec<usize>, piece: &[u8]) {
    if pieces.is_empty() && !body.is_empty() {
        pieces.push(body.len());
    }
    pieces.push(piece.len());
    body.extend_from_slice(piece);
}

/// The frames of a message whose body comes in pieces of these sizes; none for a body in one
/// piece. Without `end` more is to come.
pub(crate) fn frames(
    body: &[u8],
    pieces: &[usize],
    trailers: &Headers,
    end: bool,
) -> VecDeque<Frame> {
    let mut frames = VecDeque::from([Frame::Headers { end: false }]);
    let mut rest = body;
    for size in pieces {
        let (piece, after) = rest.split_at_checked(*size).unwrap_or((rest, &[]));
        frames.push_back(Frame::Data { bytes: piece.to_vec(), end: false });
        rest = after;
    }
    if !rest.is_empty() {
        frames.push_back(Frame::Data { bytes: rest.to_vec(), end: false });
    }
    if !trailers.is_empty() {
        frames.push_back(Frame::Trailers(trailers.clone()));
    } else if end && let Some(Frame::Headers { end } | Frame::Data { end, .. }) = frames.back_mut()
    {
        *end = true;
    }
    frames
}
