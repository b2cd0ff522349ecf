//! A real Envoy with two workers under load, while its table changes every few seconds.
//!
//! ```text
//! cargo xtask soak-envoy --minutes 30
//! ```
//!
//! Load comes at half of the rate that Envoy can serve, on connections that are never closed. The
//! table comes by Envoy's own dynamic configuration: a file that it watches and that is replaced by
//! renaming. Each table gives some keys other rights than the one before, and each answer must be
//! that of a table that was in force while the request was under way (see `timeline`). A request
//! that is decided wrongly, or that gets no answer, ends the run with an error.
#![forbid(unsafe_code)]

mod keeper;
mod load;
mod outcome;
mod policy;
mod timeline;
mod updates;

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use portcullis_benches::envoy::{Client, Envoy, Launch, Places, Requests};

use keeper::Keeper;
use policy::{KEYS, message_of, verdict};
use timeline::Timeline;
use updates::Updates;

const WORKERS: usize = 2;

/// Lets a real Envoy serve under load while its table changes, and checks every answer
#[derive(Parser)]
#[command(after_help = "Example:\n  soak-envoy --minutes 30 --record benches/record")]
struct Arguments {
    /// How long, in minutes
    #[arg(long, value_name = "N", default_value_t = 30.0)]
    minutes: f64,
    /// Seconds from one table to the next
    #[arg(long, value_name = "N", default_value_t = 10)]
    every: u64,
    /// Requests a second; half of what Envoy can serve unless set
    #[arg(long, value_name = "N")]
    rate: Option<f64>,
    /// Write the results to CSV files in this folder, and draw them
    #[arg(long, value_name = "FOLDER")]
    record: Option<PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    ensure!(
        arguments.minutes > 0.0 && arguments.minutes < 1e5,
        "`--minutes` is how long to run: more than 0"
    );
    ensure!(arguments.every > 0, "`--every` is at least 1 s");
    let places = Places::find()?;
    let folder = places.folder()?;
    let mut updates = Updates::new(&places, folder.path())?;
    let start = updates.write_first(folder.path())?;
    let timeline = Timeline::new(start);
    let launch = Launch { program: places.envoy.clone(), workers: WORKERS, core: None };
    let mut envoy = Envoy::start(&launch, folder)?;
    let granted = Requests {
        messages: (0..KEYS).filter(|key| verdict(*key, 0) == 200).map(message_of).collect(),
        status: 200,
    };
    let ready = envoy.until(granted.at(0), 200, Duration::from_secs(60))?;
    ready.with_context(|| format!("no right answer in 60 s: {}", envoy.last_words()))?;
    envoy.until_each_worker_answered(|| granted.at(0).to_vec(), 200, Duration::from_secs(60))?;
    let mut client = Client::connect(envoy.listener()?)?;
    client.warm_up(&granted, Duration::from_secs(1))?;
    let most = client.warm_up(&granted, Duration::from_secs(4))?;
    drop(client);
    let rate = arguments.rate.unwrap_or(most / 2.0);
    println!(
        "{WORKERS} workers serve {most:.0} requests a second; load is {rate:.0} a second for {} minutes, \
         a new table every {} s",
        arguments.minutes, arguments.every
    );
    let server = envoy.listener()?;
    let time = Duration::from_secs_f64(arguments.minutes * 60.0);
    let ended = AtomicBool::new(false);
    let keeper = Keeper {
        envoy: &envoy,
        timeline: &timeline,
        ended: &ended,
        begin: Instant::now(),
        every: Duration::from_secs(arguments.every),
    };
    let (load, kept) = std::thread::scope(|scope| {
        let kept = scope.spawn(|| keeper.keep(&mut updates));
        let load = load::run(server, rate, time, &timeline, &ended);
        ended.store(true, std::sync::atomic::Ordering::Relaxed);
        (load, kept.join())
    });
    if load.is_err() && !envoy.last_words().is_empty() {
        eprintln!("Envoy's last words: {}", envoy.last_words());
    }
    let load = load?;
    let Ok(kept) = kept else { anyhow::bail!("the thread that changes tables ended early") };
    outcome::report(&load, &kept?, most, rate, arguments.record.as_deref())
}
