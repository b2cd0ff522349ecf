//! What the front wants of the module's thread, and what it gets.

use tokio::sync::oneshot;

use crate::outcome::{Outcome, Upstream};
use crate::request::{Request, Response};

/// What there is to do for the module's thread.
pub(super) enum Job {
    Open {
        id: u64,
        /// What the request is called in messages.
        name: String,
        request: Box<Request>,
        reply: oneshot::Sender<Opened>,
    },
    Respond(u64, Box<Response>, oneshot::Sender<Responded>),
    /// Ends what is yet open.
    Close {
        id: u64,
        complete: bool,
    },
}

/// What a request came to, before there is a response.
pub(super) enum Opened {
    /// It goes to the upstream; the stream stays open in the module.
    Asked(Upstream),
    /// It goes to the upstream, and the module sees nothing of it.
    Unseen(Upstream),
    Ended(Box<Outcome>),
}

/// What a response came to.
pub(super) enum Responded {
    /// It goes to the client; the stream stays open in the module.
    Passed(Response),
    Ended(Box<Outcome>),
}
