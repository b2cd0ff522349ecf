//! The thread that the module lives on.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::super::render;
use crate::host::{Host, OpenStream};
use crate::log::LogLine;
use crate::outcome::{Outcome, Upstream, Verdict};
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

enum Job {
    Open(Box<Request>, oneshot::Sender<Opened>),
    Respond(u64, Box<Response>, oneshot::Sender<Responded>),
    Close { id: u64, complete: bool },
}

/// Starts the thread. It ends when the worker that is given back and all exchanges are gone.
pub(super) fn spawn(host: Host, json: bool) -> io::Result<Worker> {
    let (sender, receiver) = mpsc::channel();
    let mut desk = Desk { host, streams: HashMap::new(), last: 0, json };
    std::thread::Builder::new().name("module".to_owned()).spawn(move || desk.work(&receiver))?;
    Ok(Worker(sender))
}

/// Prints what a module logged.
pub(super) fn report(lines: &[LogLine]) {
    lines.iter().for_each(|line| say!("module: {line}"));
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

/// The module, and the streams that are open in it.
struct Desk {
    host: Host,
    streams: HashMap<u64, OpenStream>,
    last: u64,
    json: bool,
}

impl Desk {
    /// Does the jobs in order, and ticks in between where the module asked for it. A client that
    /// is gone does not want its answer.
    fn work(&mut self, jobs: &Receiver<Job>) {
        let mut last_tick = Instant::now();
        loop {
            match self.wait(jobs, last_tick) {
                Ok(Job::Open(request, reply)) => {
                    // Where nobody waits any more, what is dropped with the answer is the number
                    // of a stream, and not the stream.
                    if let Err(Opened::Asked(id, _)) = reply.send(self.open(*request)) {
                        self.close(id, false);
                    }
                }
                Ok(Job::Respond(id, response, reply)) => {
                    let _ = reply.send(self.respond(id, *response));
                }
                Ok(Job::Close { id, complete }) => self.close(id, complete),
                Err(RecvTimeoutError::Timeout) => {
                    last_tick = Instant::now();
                    report(&self.host.tick().logs);
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// The next job, or a time-out when a tick is due.
    fn wait(&mut self, jobs: &Receiver<Job>, last_tick: Instant) -> Result<Job, RecvTimeoutError> {
        match self.host.tick_period() {
            0 => jobs.recv().map_err(|_| RecvTimeoutError::Disconnected),
            period => {
                let period = Duration::from_millis(u64::from(period));
                jobs.recv_timeout(period.saturating_sub(last_tick.elapsed()))
            }
        }
    }

    fn open(&mut self, request: Request) -> Opened {
        let stream = self.host.open(request.unanswered());
        if self.host.is_over(&stream) {
            let outcome = self.host.close(stream);
            // Nobody has answered yet: only a module that is not asked lets it pass like that.
            return match outcome {
                Outcome { verdict: Verdict::Continued, upstream: Some(upstream), .. } => {
                    Opened::Unseen(upstream)
                }
                outcome => Opened::Ended(self.reported(outcome)),
            };
        }
        let paused = self.host.is_paused(&stream);
        match self.host.upstream_of(&stream).filter(|_| !paused) {
            Some(upstream) => {
                self.last += 1;
                self.streams.insert(self.last, stream);
                Opened::Asked(self.last, upstream)
            }
            None => {
                let outcome = self.host.close(stream);
                Opened::Ended(self.reported(outcome))
            }
        }
    }

    fn respond(&mut self, id: u64, response: Response) -> Responded {
        let Some(stream) = self.streams.remove(&id) else {
            return Responded::Passed(response);
        };
        self.host.respond(&stream, response);
        let over = self.host.is_over(&stream) || self.host.is_paused(&stream);
        match self.host.response_of(&stream).filter(|_| !over) {
            Some(response) => {
                self.streams.insert(id, stream);
                Responded::Passed(response)
            }
            None => {
                let outcome = self.host.close(stream);
                Responded::Ended(self.reported(outcome))
            }
        }
    }

    fn close(&mut self, id: u64, complete: bool) {
        let Some(stream) = self.streams.remove(&id) else {
            return;
        };
        let outcome = if complete {
            self.host.end_request(&stream);
            self.host.end_response(&stream);
            self.host.close(stream)
        } else {
            self.host.reset(stream)
        };
        self.reported(outcome);
    }

    fn reported(&self, outcome: Outcome) -> Box<Outcome> {
        report(&outcome.logs);
        if let Some(trap) = outcome.trap() {
            say!("error: {trap}");
        }
        if self.json {
            // When nobody reads it, nothing is to be done about it.
            let _ = writeln!(io::stdout(), "{}", render::served(&outcome));
        }
        Box::new(outcome)
    }
}
