//! One direction of an HTTP stream: what has come, what the module sees of it, what it has let
//! pass.
//!
//! A message comes as frames: headers, pieces of the body, trailers. Each is shown to the module
//! once, and the action that the module returns says whether it passes. The rules are Envoy's
//! (`ActiveStreamFilterBase::commonHandleAfter…Callback`, and the wasm filter's `Context::decode…`).

use std::collections::VecDeque;

use crate::changes::HeaderChanges;
use crate::frames::Frame;
use crate::headers::Headers;
use crate::holdings;
use crate::number::number;
use crate::profile::Action;

/// A direction of a stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flow {
    /// The headers as the module left them.
    pub(crate) headers: Headers,
    /// The headers as they came, once the module may have changed them.
    before: Option<Headers>,
    /// What the proxy notes of a response: its status as it came, and once the headers have passed, as they did.
    pub(crate) status: Option<i64>,
    /// The buffer that the module sees: the piece that came last, or all it is holding back.
    pub(crate) body: Vec<u8>,
    /// The trailers as the module left them.
    pub(crate) trailers: Option<Headers>,
    /// What the module may read and change now.
    pub(crate) open: Open,
    /// Its headers have come.
    begun: bool,
    waiting: VecDeque<Frame>,
    /// Pieces that are held back where the module does not see them any more.
    held: Vec<u8>,
    stop: Stop,
    released: Released,
    /// The frame that was shown last is the end of the message.
    at_end: bool,
    /// Bytes of the body that have been shown so far.
    received: usize,
}

/// What the module may read and change now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) headers: bool,
    pub(crate) body: bool,
    pub(crate) trailers: bool,
}

/// What the module is told of a frame: the number of headers, or the bytes of its buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    Headers { count: u32, end: bool },
    Body { size: u32, end: bool },
    Trailers { count: u32 },
}

/// Where the module holds the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stop {
    #[default]
    Nowhere,
    /// Nothing more is shown.
    Everything,
    /// Nothing passes, and more is shown.
    More,
    /// The rest of the message counts for nothing.
    Abandoned,
}

/// What has passed the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Released {
    pub(crate) headers: bool,
    pub(crate) body: Vec<u8>,
    /// All of the message.
    pub(crate) all: bool,
}

impl Flow {
    /// A message begins.
    pub(crate) fn begin(&mut self, headers: Headers, frames: impl IntoIterator<Item = Frame>) {
        *self = Self { begun: true, status: status(&headers), headers, ..Self::default() };
        frames.into_iter().for_each(|frame| self.push(frame));
    }

    /// Another part has come, unless the message has not begun, or has come to its end.
    pub(crate) fn push(&mut self, frame: Frame) {
        if self.begun && !self.has_ended() {
            self.waiting.push_back(frame);
        }
    }

    fn has_ended(&self) -> bool {
        match self.waiting.back() {
            Some(Frame::Headers { end } | Frame::Data { end, .. }) => *end,
            Some(Frame::Trailers(_)) => true,
            None => self.at_end,
        }
    }

    /// The next frame, if it is to be shown now; what the module may see is open then.
    pub(crate) fn show_next(&mut self) -> Option<Shown> {
        if matches!(self.stop, Stop::Everything | Stop::Abandoned) {
            return None;
        }
        Some(match self.waiting.pop_front()? {
            Frame::Headers { end } => {
                self.at_end = end;
                self.open.headers = true;
                Shown::Headers { count: number(self.headers.len()), end }
            }
            Frame::Data { bytes, end } => {
                self.at_end = end;
                self.open.body = true;
                self.received += bytes.len();
                if self.body.is_empty() {
                    self.body = bytes;
                } else {
                    self.body.extend_from_slice(&bytes);
                }
                Shown::Body { size: number(self.body.len()), end }
            }
            Frame::Trailers(trailers) => {
                self.at_end = true;
                self.open.trailers = true;
                let count = number(trailers.len());
                self.trailers = Some(trailers);
                Shown::Trailers { count }
            }
        })
    }

    /// Does with the frame that was shown last what the module said.
    pub(crate) fn settle(&mut self, shown: Shown, action: Action) {
        match (shown, action) {
            (_, Action::Pass) => {
                self.close(shown);
                self.release();
            }
            (Shown::Headers { .. }, Action::HoldThis) => self.stop = Stop::More,
            (Shown::Headers { .. } | Shown::Trailers { .. }, _) => self.stop = Stop::Everything,
            (Shown::Body { .. }, Action::Hold) => {
                self.held.append(&mut self.body);
                std::mem::swap(&mut self.held, &mut self.body);
                self.stop = Stop::More;
            }
            (Shown::Body { .. }, Action::HoldThis) => {
                self.held.append(&mut self.body);
                self.stop = Stop::More;
            }
            (Shown::Body { .. }, Action::Drop) => {
                self.body.clear();
                self.stop = Stop::More;
            }
        }
    }

    /// Lets pass what is held, when anything is. What the module could read of it it can read still, as in Envoy.
    pub(crate) fn resume(&mut self) {
        if self.stop == Stop::Everything {
            self.join_end();
        }
        if self.is_stopped() {
            self.release();
        }
    }

    /// An end without bytes that has come while nothing more was shown comes with the piece before it: Envoy
    /// has one buffer for both.
    fn join_end(&mut self) {
        if let [.., Frame::Data { end, .. }, Frame::Data { bytes, end: true }] =
            self.waiting.make_contiguous()
            && bytes.is_empty()
        {
            *end = true;
            self.waiting.pop_back();
        }
    }

    /// What has not passed never will. What the module could read it can read still, as in Envoy.
    pub(crate) fn abandon(&mut self) {
        self.waiting.clear();
        self.stop = Stop::Abandoned;
    }

    /// Everything has passed, without being shown.
    pub(crate) fn pass_unseen(&mut self) {
        while let Some(frame) = self.waiting.pop_front() {
            match frame {
                Frame::Headers { end } => self.at_end = end,
                Frame::Data { bytes, end } => {
                    self.at_end = end;
                    self.body.extend_from_slice(&bytes);
                }
                Frame::Trailers(trailers) => {
                    self.at_end = true;
                    self.trailers = Some(trailers);
                }
            }
        }
        self.release();
    }

    /// Trailers that have come are known, though they were not shown: Envoy's access log has them.
    pub(crate) fn know_trailers(&mut self) {
        if let Some(Frame::Trailers(trailers)) = self.waiting.back_mut() {
            self.trailers = Some(std::mem::take(trailers));
        }
    }

    /// The module holds the message.
    pub(crate) fn is_stopped(&self) -> bool {
        matches!(self.stop, Stop::Everything | Stop::More)
    }

    /// Ends a message that has no trailers: its last frame, if nobody has seen it, or else an
    /// empty one, is the end.
    pub(crate) fn end(&mut self) {
        match self.waiting.back_mut() {
            Some(Frame::Headers { end } | Frame::Data { end, .. }) => *end = true,
            Some(Frame::Trailers(_)) => {}
            None => self.push(Frame::Data { bytes: Vec::new(), end: true }),
        }
    }

    /// The headers, to be changed.
    pub(crate) fn headers_to_change(&mut self) -> &mut Headers {
        self.before.get_or_insert_with(|| self.headers.clone());
        &mut self.headers
    }

    /// What the module changed in the headers.
    pub(crate) fn changes(&self) -> HeaderChanges {
        let before = self.before.as_ref();
        before.map(|before| HeaderChanges::between(before, &self.headers)).unwrap_or_default()
    }

    /// What has passed: headers, body, and, once all has, trailers.
    pub(crate) fn into_parts(self) -> (Headers, Vec<u8>, Option<Headers>) {
        let trailers = self.trailers.filter(|_| self.released.all);
        (self.headers, self.released.body, trailers)
    }

    /// Bytes that are kept.
    pub(crate) fn held(&self) -> usize {
        let maps = [Some(&self.headers), self.before.as_ref(), self.trailers.as_ref()];
        holdings::headers(maps.into_iter().flatten())
            + self.body.len()
            + self.held.len()
            + self.released.body.len()
    }

    pub(crate) fn released(&self) -> &Released {
        &self.released
    }

    /// Bytes of the body that have come.
    pub(crate) fn received(&self) -> usize {
        self.received
    }

    /// Everything that was shown so far passes. What the module could read it can read still.
    pub(crate) fn release(&mut self) {
        if !self.released.headers {
            self.status = status(&self.headers);
        }
        self.released.headers = true;
        self.released.body.append(&mut self.held);
        self.released.body.append(&mut self.body);
        self.released.all = self.at_end;
        self.stop = Stop::Nowhere;
    }

    /// Envoy's filter forgets what it let pass, and nothing else.
    fn close(&mut self, shown: Shown) {
        match shown {
            Shown::Headers { .. } => self.open.headers = false,
            Shown::Body { .. } => self.open.body = false,
            Shown::Trailers { .. } => self.open.trailers = false,
        }
    }
}

fn status(headers: &Headers) -> Option<i64> {
    str::from_utf8(headers.first(":status")?).ok()?.parse().ok()
}
