//! How the front talks to the thread that the module lives on.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Sender};
use std::time::Duration;

use tokio::sync::oneshot;

use super::desk::Desk;
use super::job::{Job, Opened, Responded};
use crate::host::Host;
use crate::request::{Request, Response};

/// Hands work to the module's thread.
pub(super) struct Worker {
    jobs: Sender<Job>,
    /// How many exchanges there have been.
    count: AtomicU64,
}

/// A request and its response. What of it is open in the module ends when this is dropped: a client
/// that goes away takes it along, wherever it is.
pub(super) struct Exchange {
    jobs: Sender<Job>,
    id: u64,
    /// The response has come to its end.
    pub(super) complete: bool,
}

/// Starts the thread. It ends when the worker that is given back and all exchanges are gone.
pub(super) fn spawn(host: Host, hold: Duration, json: bool) -> io::Result<Worker> {
    let (sender, receiver) = mpsc::channel();
    let desk = Desk::new(host, hold, json);
    std::thread::Builder::new().name("module".to_owned()).spawn(move || desk.work(&receiver))?;
    Ok(Worker { jobs: sender, count: AtomicU64::new(0) })
}

impl Worker {
    /// One exchange more.
    pub(super) fn exchange(&self) -> Exchange {
        let id = self.count.fetch_add(1, Ordering::Relaxed);
        Exchange { jobs: self.jobs.clone(), id, complete: false }
    }
}

impl Exchange {
    /// Shows the module a request. None when the thread is gone.
    pub(super) async fn open(&self, name: String, request: Request) -> Option<Opened> {
        let (reply, replied) = oneshot::channel();
        let job = Job::Open { id: self.id, name, request: Box::new(request), reply };
        self.jobs.send(job).ok()?;
        replied.await.ok()
    }

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
