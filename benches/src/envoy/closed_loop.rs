//! Load that keeps a server busy: on every connection the next request follows the last answer.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::answers::Answers;
use super::requests::Requests;
use crate::statistics::float;

/// Requests that are under way at once, each on a connection of its own: enough that one worker
/// never waits for the client.
pub const CONNECTIONS: usize = 32;

const MOST_WARMING: Duration = Duration::from_secs(1);

/// A client with connections to one server.
#[derive(Debug)]
pub struct Client {
    connections: Vec<Answers>,
    /// Where the next run goes on in its requests.
    turn: usize,
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// Where nobody listens.
    pub fn connect(server: SocketAddr) -> Result<Self> {
        let connections: Result<_> = (0..CONNECTIONS).map(|_| Answers::connect(server)).collect();
        Ok(Self { connections: connections?, turn: 0 })
    }

    /// Sends so many requests and takes their answers; how long that took.
    ///
    /// # Errors
    /// Where an answer has another status than it must, or none comes.
    pub fn run(&mut self, requests: &Requests, count: usize) -> Result<Duration> {
        let start = Instant::now();
        let (mut sent, mut answered) = (0, 0);
        for connection in self.connections.iter_mut().take(count) {
            connection.send(requests.at(self.turn + sent))?;
            sent += 1;
        }
        while answered < count {
            for connection in &mut self.connections {
                if answered == count {
                    break;
                }
                let status = connection.status()?;
                ensure!(
                    status == requests.status,
                    "a request got {status} instead of {}: `{}`",
                    requests.status,
                    String::from_utf8_lossy(requests.at(self.turn + answered)).trim()
                );
                answered += 1;
                if sent < count {
                    connection.send(requests.at(self.turn + sent))?;
                    sent += 1;
                }
            }
        }
        self.turn += count;
        Ok(start.elapsed())
    }

    /// Sends each request once, as caches want it, but for no longer than a second, and goes on for
    /// at least this time; how many requests the server answers in a second.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn warm_up(&mut self, requests: &Requests, time: Duration) -> Result<f64> {
        let (start, mut count) = (Instant::now(), 0);
        loop {
            let elapsed = start.elapsed();
            let all_sent = count >= requests.messages.len() || elapsed > MOST_WARMING;
            if elapsed > time && all_sent {
                return Ok(float(count) / elapsed.as_secs_f64());
            }
            self.run(requests, CONNECTIONS)?;
            count += CONNECTIONS;
        }
    }
}
