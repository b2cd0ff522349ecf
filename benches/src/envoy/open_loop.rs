//! Load at a fixed rate, whatever the server does, as users are: what a slow answer delays is
//! counted as slow, too.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::answers::Answers;
use super::closed_loop::CONNECTIONS;
use super::requests::Requests;
use crate::statistics::{float, quantile};

/// How long answers took, each from when its request was due, in microseconds, sorted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Latency(Vec<f64>);

impl Latency {
    /// What this part of the answers took at most, in microseconds.
    #[must_use]
    pub fn quantile(&self, part: f64) -> Option<f64> {
        quantile(&self.0, part)
    }

    /// How many answers there were.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there were none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds those of another run.
    pub fn add(&mut self, other: &Self) {
        self.0.extend(&other.0);
        self.0.sort_by(f64::total_cmp);
    }
}

/// Sends a request in every `1 / rate` seconds, on whichever connection is free.
///
/// # Errors
/// Where an answer has another status than it must, or none comes.
pub fn open_loop(
    server: SocketAddr,
    requests: &Requests,
    rate: f64,
    time: Duration,
) -> Result<Latency> {
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        let connection = Answers::connect(server)?;
        connection.do_not_wait()?;
        connections.push((connection, None::<Duration>));
    }
    let period = Duration::from_secs_f64(1.0 / rate);
    let (mut sent, mut latencies) = (0_usize, Vec::new());
    let mut due = Duration::ZERO;
    let start = Instant::now();
    while due < time || connections.iter().any(|(_, since)| since.is_some()) {
        let mut idle = true;
        for (connection, since) in &mut connections {
            if let Some(was_due) = *since {
                let Some(status) = connection.arrived()? else { continue };
                ensure!(status == requests.status, "a request got {status}");
                latencies.push(start.elapsed().saturating_sub(was_due).as_secs_f64() * 1e6);
                (*since, idle) = (None, false);
            }
            if due < time && start.elapsed() >= due {
                connection.send(requests.at(sent))?;
                *since = Some(due);
                sent += 1;
                due = period.mul_f64(float(sent));
                idle = false;
            }
        }
        if idle {
            // An external authorizer may have to share this core.
            std::thread::yield_now();
        }
        ensure!(
            start.elapsed() < time + Duration::from_secs(30),
            "answers at {rate:.0} requests a second are missing"
        );
    }
    latencies.sort_by(f64::total_cmp);
    Ok(Latency(latencies))
}
