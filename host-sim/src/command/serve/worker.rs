//! How the front talks to the thread that the module lives on.

use std::io;
use std::sync::mpsc::{self, Sender};
use std::time::Duration;

use tokio::sync::oneshot;

use super::desk::Desk;
use crate::host::Host;
use crate::outcome::{Outcome, Upstream};
use crate::request::{Request, Response};

/// Hands work to the module's thread.
pub(super) struct Worker(Sender<Job>);

/// What a request came to, before there is a response.
pub(super) enum Opened {
    /// It goes to the upstream; the stream stays open in the module.
    Asked(u64, Upstream),
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

/// A stream that is open in the module. It ends there when this is dropped.
pub(super) struct Exchange {
    jobs: Sender<Job>,
    id: u64,
    /// The response has come to its end.
    pub(super) complete: bool,
}

/// What there is to do for the module's thread.
pub(super) enum Job {
    Open(Box<Request>, oneshot::Sender<Opened>),
    Respond(u64, Box<Response>, oneshot::Sender<Responded>),
    Close { id: u64, complete: bool },
}

/// Starts the thread. It ends when the worker that is given back and all exchanges are gone.
pub(super) fn spawn(host: Host, hold: Duration, json: bool) -> io::Result<Worker> {
    let (sender, receiver) = mpsc::channel();
    let desk = Desk::new(host, hold, json);
    std::thread::Builder::new().name("module".to_owned()).spawn(move || desk.work(&receiver))?;
    Ok(Worker(sender))
}

impl Worker {
    /// Shows the module a request. None when the thread is gone.
    pub(super) async fn open(&self, request: Request) -> Option<Opened> {
        let (reply, replied) = oneshot::channel();
        self.0.send(Job::Open(Box::new(request), reply)).ok()?;
        replied.await.ok()
    }

    /// The stream of this number, from now on in the hands of the caller.
    pub(super) fn exchange(&self, id: u64) -> Exchange {
        Exchange { jobs: self.0.clone(), id, complete: false }
    }
}

impl Exchange {
    /// Shows the module a response. None when the thread is gone.
    pub(super) async fn respond(&self, response: Response) -> Option<Responded> {
        let (reply, replied) = oneshot::channel();
        self.jobs.send(Job::Respond(self.id, Box::new(response), reply)).ok()?;
        replied.await.ok()
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        // Where the thread is gone, so is the stream.
        let _ = self.jobs.send(Job::Close { id: self.id, complete: self.complete });
    }
}
