//! What the host keeps for a module, in bytes: a module that logs or calls out without an end must
//! not use up the host's own memory.
//!
//! Counting all of it takes time, so that is only done when so much has come since the last time
//! that it may be too much.

use std::fmt;

use crate::callouts::{Callout, Received};
use crate::headers::Headers;
use crate::log::LogLine;
use crate::outcome::LocalReply;
use crate::state::World;
use crate::stream::FilterState;

/// The most bytes that are kept for a VM that may not have more memory than that itself; others
/// get as much as their own limit. Logs, headers, bodies, filter state, calls, and what the workers
/// of a proxy share: data, queues, metrics.
const MOST: u64 = 256 << 20;

/// What one call may leave besides what it read from the guest.
const CALL: u64 = 1 << 10;

/// What an entry of a list takes besides its bytes.
pub(crate) const ENTRY: usize = 64;

/// How much may come before everything is counted again.
#[derive(Debug)]
pub(crate) struct Holdings {
    most: u64,
    room: u64,
}

/// The module made the host keep too much.
#[derive(Debug)]
pub(crate) struct TooMuch(u64);

impl Holdings {
    /// For a VM whose own memory has this limit.
    pub(crate) fn new(memory_limit: usize) -> Self {
        let most = u64::try_from(memory_limit).unwrap_or(u64::MAX).max(MOST);
        Self { most, room: most }
    }

    /// The most that is kept; no single call may read more from the guest either.
    pub(crate) fn most(&self) -> u64 {
        self.most
    }
}

impl World {
    /// A call has read so many bytes from the guest, and may have left them here.
    ///
    /// # Errors
    /// When that is too much.
    pub(crate) fn keep(&mut self, bytes: u64) -> Result<(), TooMuch> {
        let Holdings { most, room } = self.holdings;
        if bytes > most {
            return Err(TooMuch(most));
        }
        if let Some(room) = room.checked_sub(bytes.saturating_add(CALL)) {
            self.holdings.room = room;
            return Ok(());
        }
        let held = u64::try_from(self.held()).unwrap_or(u64::MAX);
        let left = most.checked_sub(held).ok_or(TooMuch(most))?;
        // Not again at once, where it is nearly too much.
        self.holdings.room = left.max(most / 16);
        Ok(())
    }

    fn held(&self) -> usize {
        let proxy = &self.lasting.proxy;
        let vm = lines(&self.logs) + self.contexts.held() + self.callouts.held();
        let vm = vm + self.lookups.held();
        let shared = proxy.data().held() + proxy.queues().held() + proxy.metrics().held();
        vm + self.metrics.held() + shared
    }
}

/// Of log lines.
pub(crate) fn lines(lines: &[LogLine]) -> usize {
    lines.iter().map(|line| line.message.len() + ENTRY).sum()
}

/// Of header maps.
pub(crate) fn headers<'a>(maps: impl IntoIterator<Item = &'a Headers>) -> usize {
    maps.into_iter().map(|headers| headers.byte_size() + headers.len() * ENTRY).sum()
}

/// Of values by their paths.
pub(crate) fn filter_state(values: &FilterState) -> usize {
    values.iter().map(|(path, value)| path.len() + value.len() + ENTRY).sum()
}

/// Of a module's own response.
pub(crate) fn reply(reply: &LocalReply) -> usize {
    reply.body.len() + reply.details.len() + headers([&reply.headers])
}

/// Of a call to another service, with what was sent on it.
pub(crate) fn callout(callout: &Callout) -> usize {
    let (maps, bytes) = match callout {
        Callout::Http(call) => (vec![&call.headers, &call.trailers], call.body.len()),
        Callout::Grpc(call) => (vec![&call.metadata], call.message.len()),
        Callout::GrpcStream(stream) => {
            let sent = stream.sent.iter().map(|message| message.len() + ENTRY);
            (vec![&stream.metadata], sent.sum())
        }
    };
    callout.upstream().len() + headers(maps) + bytes + 8 * ENTRY
}

/// Of an answer that can be read now and changed.
pub(crate) fn received(received: &Received) -> usize {
    received.message.as_ref().map_or(0, Vec::len)
}

impl fmt::Display for TooMuch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "used too much of the host's memory: more than {} MiB of logs, headers, bodies, \
             calls, shared data, metrics and the like",
            self.0 >> 20
        )
    }
}

impl std::error::Error for TooMuch {}
