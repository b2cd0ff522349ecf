//! The thread that the module lives on.

use std::io;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::host::{Begun, Host, Pending};
use crate::log::LogLine;
use crate::outcome::Outcome;
use crate::request::{Request, Response};

/// Hands work to the module's thread.
pub(super) struct Worker(Sender<Job>);

enum Job {
    Begin(Box<Request>, oneshot::Sender<Begun>),
    Complete(Box<(Pending, Response)>, oneshot::Sender<Outcome>),
}

/// Starts the thread. It ends with the worker that is given back.
pub(super) fn spawn(host: Host) -> io::Result<Worker> {
    let (sender, receiver) = mpsc::channel();
    std::thread::Builder::new().name("module".to_owned()).spawn(move || work(host, &receiver))?;
    Ok(Worker(sender))
}

/// Prints what a module logged.
pub(super) fn report(lines: &[LogLine]) {
    lines.iter().for_each(|line| say!("module: {line}"));
}

impl Worker {
    /// None when the thread is gone.
    pub(super) async fn begin(&self, request: Request) -> Option<Begun> {
        let (reply, replied) = oneshot::channel();
        self.0.send(Job::Begin(Box::new(request), reply)).ok()?;
        replied.await.ok()
    }

    /// None when the thread is gone.
    pub(super) async fn complete(&self, pending: Pending, response: Response) -> Option<Outcome> {
        let (reply, replied) = oneshot::channel();
        self.0.send(Job::Complete(Box::new((pending, response)), reply)).ok()?;
        replied.await.ok()
    }
}

/// Does the jobs in order, and ticks in between where the module asked for it. A client that is
/// gone does not want its answer.
fn work(mut host: Host, jobs: &Receiver<Job>) {
    let mut last_tick = Instant::now();
    loop {
        match wait(&mut host, jobs, last_tick) {
            Ok(Job::Begin(request, reply)) => {
                let begun = host.begin(*request);
                if let Begun::Ended(outcome) = &begun {
                    report_outcome(outcome);
                }
                let _ = reply.send(begun);
            }
            Ok(Job::Complete(exchange, reply)) => {
                let (pending, response) = *exchange;
                let outcome = host.complete(pending, response);
                report_outcome(&outcome);
                let _ = reply.send(outcome);
            }
            Err(RecvTimeoutError::Timeout) => {
                last_tick = Instant::now();
                report(&host.tick().logs);
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// The next job, or a time-out when a tick is due.
fn wait(
    host: &mut Host,
    jobs: &Receiver<Job>,
    last_tick: Instant,
) -> Result<Job, RecvTimeoutError> {
    match host.tick_period() {
        0 => jobs.recv().map_err(|_| RecvTimeoutError::Disconnected),
        period => {
            let period = Duration::from_millis(u64::from(period));
            jobs.recv_timeout(period.saturating_sub(last_tick.elapsed()))
        }
    }
}

fn report_outcome(outcome: &Outcome) {
    report(&outcome.logs);
    if let Some(trap) = outcome.trap() {
        say!("error: {trap}");
    }
}
