//! Requests at a fixed rate, each answer judged.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use portcullis_benches::envoy::{Answers, CONNECTIONS};
use portcullis_benches::statistics::float;

use crate::policy::{KEYS, message_of};
use crate::timeline::Timeline;

/// An answer that takes longer is none.
const PATIENCE: Duration = Duration::from_secs(30);

/// Between two looks at the connections, where nothing has come.
const PAUSE: Duration = Duration::from_micros(100);

/// What was sent and answered.
#[derive(Debug, Default)]
pub(crate) struct Load {
    /// Answers by status; all of them right.
    pub(crate) answers: BTreeMap<u16, u64>,
    /// How long answers took from when their requests were due: a count for each tenth of a millisecond.
    pub(crate) latencies: BTreeMap<u128, u64>,
}

struct Connection {
    answers: Answers,
    /// Of the request under way: its key, when it was due, when it was sent.
    under_way: Option<(usize, Duration, Instant)>,
    /// The newest version that its worker is known to have.
    seen: u64,
}

/// Runs for this time, or until something has ended it.
pub(crate) fn run(
    server: SocketAddr,
    rate: f64,
    time: Duration,
    timeline: &Timeline,
    ended: &AtomicBool,
) -> Result<Load> {
    let messages: Vec<Vec<u8>> = (0..KEYS).map(message_of).collect();
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        let answers = Answers::connect(server)?;
        answers.do_not_wait()?;
        connections.push(Connection { answers, under_way: None, seen: 0 });
    }
    let period = 1.0 / rate;
    let (mut load, mut sent, mut due) = (Load::default(), 0_usize, Duration::ZERO);
    let start = Instant::now();
    loop {
        let going_on = start.elapsed() < time && !ended.load(Ordering::Relaxed);
        if !going_on && connections.iter().all(|connection| connection.under_way.is_none()) {
            return Ok(load);
        }
        let mut idle = true;
        for connection in &mut connections {
            idle &= !connection.take_answer(start, timeline, &mut load)?;
            if connection.under_way.is_none() && going_on && start.elapsed() >= due {
                // All keys in turn, neighbours far apart.
                let key = sent.wrapping_mul(7_919) % KEYS;
                let message = messages.get(key).context("no such key")?;
                connection.under_way = Some((key, due, Instant::now()));
                connection.answers.send(message).context("a request was dropped")?;
                sent += 1;
                due = Duration::from_secs_f64(period * float(sent));
                idle = false;
            }
        }
        if idle {
            std::thread::sleep(PAUSE);
        }
    }
}

impl Connection {
    /// Judges the answer if it is there; whether it was.
    fn take_answer(
        &mut self,
        start: Instant,
        timeline: &Timeline,
        load: &mut Load,
    ) -> Result<bool> {
        let Some((key, due, sent)) = self.under_way else { return Ok(false) };
        let Some(status) = self.answers.arrived().context("a request was dropped")? else {
            if sent.elapsed() > PATIENCE {
                bail!("a request was dropped: no answer in {} s", PATIENCE.as_secs());
            }
            return Ok(false);
        };
        let received = Instant::now();
        if let Err(wrong) = timeline.judge(key, status, sent, received, &mut self.seen) {
            bail!(
                "wrong decision: key {key} got {status}, {:.3} s after the start; tables in force: {:?}, its \
                 connection had seen table {}",
                start.elapsed().as_secs_f64(),
                wrong.could,
                wrong.seen
            );
        }
        let tenths = (start.elapsed().saturating_sub(due)).as_micros() / 100;
        *load.latencies.entry(tenths).or_default() += 1;
        *load.answers.entry(status).or_default() += 1;
        self.under_way = None;
        Ok(true)
    }
}
