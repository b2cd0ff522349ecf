//! The module's thread: it does what the front wants, and what falls due by the clock.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::super::{render, say_logs};
use super::job::{Job, Opened, Responded};
use crate::host::{Host, OpenStream};
use crate::outcome::{Outcome, Verdict};
use crate::request::{Request, Response};

/// The module, and the streams that are open in it.
pub(super) struct Desk {
    host: Host,
    started: Instant,
    streams: HashMap<u64, Open>,
    held: Vec<Held>,
    /// The longest that a stream is held.
    hold: Duration,
    json: bool,
}

/// A stream that is open in the module.
struct Open {
    /// The number of its exchange.
    id: u64,
    stream: OpenStream,
    /// What the request is called in messages.
    name: String,
    /// More of the request was to come.
    unfinished: bool,
}

/// A stream that the module holds.
struct Held {
    open: Open,
    waiting: Waiting,
    /// When it is let go at the latest, counted from the start.
    until: Duration,
}

/// Who waits for it.
enum Waiting {
    Request(oneshot::Sender<Opened>),
    Response(oneshot::Sender<Responded>),
}

impl Desk {
    pub(super) fn new(mut host: Host, hold: Duration, json: bool) -> Self {
        host.listen();
        let started = Instant::now();
        Self { host, started, streams: HashMap::new(), held: Vec::new(), hold, json }
    }

    /// Does the jobs in order until nobody is left who could bring one. What is due goes first, or
    /// else a module would not get its ticks while there is much to do.
    pub(super) fn work(mut self, jobs: &Receiver<Job>) {
        loop {
            let job = self.wait(jobs);
            self.catch_up();
            match job {
                Ok(Job::Open { id, name, request, reply }) => self.open(id, name, *request, reply),
                Ok(Job::Respond(id, response, reply)) => self.respond(id, *response, reply),
                Ok(Job::Close { id, complete }) => self.close(id, complete),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.look_again();
        }
    }

    /// Brings about what is due by the clock.
    fn catch_up(&mut self) {
        self.host.catch_up(self.started.elapsed());
        self.say_heard();
    }

    /// Says what the module has logged, each line once, whichever stream or VM it is of. It comes
    /// before anything that somebody else could say because of what the module did.
    fn say_heard(&mut self) {
        say_logs(&self.host.take_heard());
    }

    /// The next job, or a time-out when something is due.
    fn wait(&self, jobs: &Receiver<Job>) -> Result<Job, RecvTimeoutError> {
        let ends = self.held.iter().map(|held| held.until);
        match ends.chain(self.host.next_due()).min() {
            None => jobs.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(due) => jobs.recv_timeout(due.saturating_sub(self.started.elapsed())),
        }
    }

    fn open(&mut self, id: u64, name: String, request: Request, reply: oneshot::Sender<Opened>) {
        let unfinished = request.unfinished;
        let stream = self.host.open(request.unanswered());
        self.proceed(Open { id, stream, name, unfinished }, Waiting::Request(reply));
    }

    fn respond(&mut self, id: u64, response: Response, reply: oneshot::Sender<Responded>) {
        // Nobody answers for what is not known here, and the client gets a 503.
        let Some(open) = self.streams.remove(&id) else {
            return;
        };
        self.host.respond(&open.stream, response);
        self.proceed(open, Waiting::Response(reply));
    }

    fn close(&mut self, id: u64, complete: bool) {
        let Some(Open { stream, unfinished, name, .. }) = self.take(id) else {
            return;
        };
        let outcome = if complete {
            if unfinished {
                self.host.end_request(&stream);
            }
            self.host.end_response(&stream);
            self.host.close(stream)
        } else {
            self.host.reset(stream)
        };
        self.reported(&name, outcome);
    }

    /// What is open of an exchange: nothing, where it has ended.
    fn take(&mut self, id: u64) -> Option<Open> {
        self.streams.remove(&id).or_else(|| {
            let position = self.held.iter().position(|held| held.open.id == id)?;
            Some(self.held.remove(position).open)
        })
    }

    /// Lets go on what the module does not hold any more, and ends what it has held too long.
    fn look_again(&mut self) {
        // There may be many, and what is due changes only where something is done.
        let mut due = self.host.next_due();
        for Held { open, waiting, until } in std::mem::take(&mut self.held) {
            if !self.host.is_paused(&open.stream) {
                self.proceed(open, waiting);
                due = self.host.next_due();
            } else if due.is_none() {
                let name = &open.name;
                say!("error: {name}: the module holds it, and no tick or call can let it go on");
                self.end(open, waiting);
            } else if until <= self.started.elapsed() {
                let hold = humantime::format_duration(self.hold);
                let name = &open.name;
                say!("error: {name}: the module has held it for {hold}, the longest here (--hold)");
                self.end(open, waiting);
                due = self.host.next_due();
            } else {
                self.held.push(Held { open, waiting, until });
            }
        }
    }

    /// Sends a stream on to who waits for it, if the module lets it pass.
    fn proceed(&mut self, open: Open, waiting: Waiting) {
        self.say_heard();
        if self.host.is_over(&open.stream) {
            self.end(open, waiting);
        } else if self.host.is_paused(&open.stream) {
            let until = self.started.elapsed().saturating_add(self.hold);
            self.held.push(Held { open, waiting, until });
        } else {
            self.pass(open, waiting);
        }
    }

    fn pass(&mut self, open: Open, waiting: Waiting) {
        match waiting {
            Waiting::Request(reply) => match self.host.upstream_of(&open.stream) {
                Some(upstream) => {
                    self.streams.insert(open.id, open);
                    // A client that is gone closes it.
                    let _ = reply.send(Opened::Asked(upstream));
                }
                None => self.end(open, Waiting::Request(reply)),
            },
            Waiting::Response(reply) => match self.host.response_of(&open.stream) {
                Some(response) => {
                    self.streams.insert(open.id, open);
                    let _ = reply.send(Responded::Passed(response));
                }
                None => self.end(open, Waiting::Response(reply)),
            },
        }
    }

    fn end(&mut self, open: Open, waiting: Waiting) {
        let Open { stream, name, .. } = open;
        let outcome = self.host.close(stream);
        match (waiting, outcome) {
            // Nobody has answered yet: only a module that is not asked lets it pass like that.
            (
                Waiting::Request(reply),
                Outcome { verdict: Verdict::Continued, upstream: Some(upstream), .. },
            ) => drop(reply.send(Opened::Unseen(upstream))),
            (Waiting::Request(reply), outcome) => {
                drop(reply.send(Opened::Ended(self.reported(&name, outcome))));
            }
            (Waiting::Response(reply), outcome) => {
                drop(reply.send(Responded::Ended(self.reported(&name, outcome))));
            }
        }
    }

    /// Says what there is to say of a stream that has ended.
    fn reported(&mut self, name: &str, outcome: Outcome) -> Box<Outcome> {
        self.say_heard();
        if let Some(trap) = outcome.trap() {
            say!("error: {name}: {trap}");
        }
        if self.json {
            // When nobody reads it, nothing is to be done about it.
            let _ = writeln!(io::stdout(), "{}", render::served(&outcome));
        }
        Box::new(outcome)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::module::Module;

    /// Answers each request with the status 400 and the number of ticks so far, after two periods.
    const COUNTING: &str = r#"(module
        (import "env" "proxy_get_current_time_nanoseconds" (func $time (param i32) (result i32)))
        (import "env" "proxy_set_tick_period_milliseconds" (func $tick (param i32) (result i32)))
        (import "env" "proxy_send_local_response"
            (func $reply (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (global $ticks (mut i32) (i32.const 400))
        (func (export "proxy_abi_version_0_2_1"))
        (func (export "malloc") (param i32) (result i32) (i32.const 0))
        (func $now (result i64) (drop (call $time (i32.const 0))) (i64.load (i32.const 0)))
        (func (export "proxy_on_vm_start") (param i32 i32) (result i32)
            (drop (call $tick (i32.const 1))) (i32.const 1))
        (func (export "proxy_on_tick") (param i32)
            (global.set $ticks (i32.add (global.get $ticks) (i32.const 1))))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (local $until i64)
            (drop (call $reply (global.get $ticks) (i32.const 0) (i32.const 0) (i32.const 0)
                (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1)))
            (local.set $until (i64.add (call $now) (i64.const 2000000)))
            (loop $wait (br_if $wait (i64.lt_s (call $now) (local.get $until))))
            (i32.const 1)))"#;

    #[test]
    fn a_tick_that_is_due_goes_before_a_job_that_waits() {
        let module = Module::from_bytes(wat::parse_str(COUNTING).unwrap()).unwrap();
        let host = Host::builder(&module).start().unwrap();
        let (sender, receiver) = mpsc::channel();
        let replies: Vec<_> = (0..3)
            .map(|id| {
                let (reply, replied) = oneshot::channel();
                let (name, request) = (String::new(), Box::new(Request::get("/")));
                sender.send(Job::Open { id, name, request, reply }).unwrap();
                replied
            })
            .collect();
        drop(sender);
        Desk::new(host, Duration::ZERO, false).work(&receiver);
        let statuses: Vec<_> = replies
            .into_iter()
            .map(|mut reply| match reply.try_recv().unwrap() {
                Opened::Ended(outcome) => outcome.status().unwrap(),
                Opened::Asked(..) | Opened::Unseen(_) => 0,
            })
            .collect();
        assert!(statuses.is_sorted_by(|one, next| one < next), "{statuses:?}");
    }
    #[test]
    fn a_response_to_what_is_not_open_does_not_pass() {
        let module = Module::from_bytes(wat::parse_str(COUNTING).unwrap()).unwrap();
        let (sender, receiver) = mpsc::channel();
        let (reply, mut replied) = oneshot::channel();
        sender.send(Job::Respond(7, Box::new(Response::new(200)), reply)).unwrap();
        drop(sender);
        let host = Host::builder(&module).start().unwrap();
        Desk::new(host, Duration::ZERO, false).work(&receiver);
        assert!(replied.try_recv().is_err(), "nobody answers, which is a 503");
    }
}
