//! One Envoy process, asked and measured from outside.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use super::answers::Answers;
use super::cores;

/// Between two looks at a process that is starting.
const PAUSE: Duration = Duration::from_millis(2);

/// A running Envoy; it ends when this value is dropped.
#[derive(Debug)]
pub struct Envoy {
    child: Child,
    started: Instant,
    workers: usize,
    listener: Option<SocketAddr>,
    folder: TempDir,
}

/// How an Envoy is started.
#[derive(Debug, Clone)]
pub struct Launch {
    /// Its program.
    pub program: PathBuf,
    /// Its workers, each of which has a copy of what a filter holds.
    pub workers: usize,
    /// The core that it must stay on.
    pub core: Option<usize>,
}

/// What a process holds, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// All pages that are in memory.
    pub resident: u64,
    /// Those, where a page that several processes share counts in part.
    pub proportional: u64,
    /// What Envoy's allocator has given out, by its own count: what is resident beyond that is free
    /// memory that it keeps, and what a machine for WebAssembly maps itself.
    pub heap: u64,
}

/// What the threads of a process have used so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessorTime {
    process: u32,
}

impl ProcessorTime {
    /// Of a process with this number.
    #[must_use]
    pub fn of(process: u32) -> Self {
        Self { process }
    }

    /// All its threads together. The scheduler's own count, in nanoseconds: exact once they sleep.
    ///
    /// # Errors
    /// Where there is no such process, or no Linux.
    pub fn used(self) -> Result<Duration> {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.process))
            .context("this measures processor time where /proc is: on Linux")?;
        let mut nanoseconds = 0;
        for task in tasks {
            // A thread that has ended since the folder was listed has no file any more.
            let Ok(text) = fs::read_to_string(task?.path().join("schedstat")) else { continue };
            let used = text.split(' ').next().unwrap_or_default();
            nanoseconds += used.parse::<u64>().context("/proc says no time")?;
        }
        Ok(Duration::from_nanos(nanoseconds))
    }
}

impl Envoy {
    /// Starts Envoy with `envoy.json` in this folder; does not wait.
    ///
    /// # Errors
    /// Where the program cannot be started.
    pub fn start(launch: &Launch, folder: TempDir) -> Result<Self> {
        let log = fs::File::create(folder.path().join("log"))?;
        let started = Instant::now();
        let child = cores::command(launch.program.as_os_str(), launch.core)
            .arg("--config-path")
            .arg(folder.path().join("envoy.json"))
            .arg("--admin-address-path")
            .arg(folder.path().join("admin"))
            .args(["--disable-hot-restart", "--log-level", "error", "--drain-time-s", "1"])
            .args(["--concurrency", &launch.workers.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .context("cannot start Envoy")?;
        Ok(Self { child, started, workers: launch.workers, listener: None, folder })
    }

    /// Asks until the answer has this status: how long that took since the start of the process;
    /// `None` where patience ends first.
    ///
    /// # Errors
    /// Where Envoy ends by itself.
    pub fn until(
        &mut self,
        message: &[u8],
        status: u16,
        patience: Duration,
    ) -> Result<Option<Duration>> {
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("Envoy ended by itself ({status}): {}", self.last_words());
            }
            if self.listener.is_none() {
                self.listener = self.find_listener();
            }
            if self.listener.is_some() && self.status(message).is_ok_and(|is| is == status) {
                return Ok(Some(self.started.elapsed()));
            }
            if self.started.elapsed() > patience {
                return Ok(None);
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// The status that a request gets, on a connection of its own.
    ///
    /// # Errors
    /// Where none comes.
    pub fn status(&self, message: &[u8]) -> Result<u16> {
        let mut connection = Answers::connect(self.listener()?)?;
        connection.send(message)?;
        connection.status()
    }

    /// Where it listens.
    ///
    /// # Errors
    /// Where it does not yet.
    pub fn listener(&self) -> Result<SocketAddr> {
        self.listener.context("Envoy does not listen yet")
    }

    /// The time that it has used.
    #[must_use]
    pub fn processor_time(&self) -> ProcessorTime {
        ProcessorTime::of(self.child.id())
    }

    /// The folder of its files.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Asks until every worker has answered; each request of `next` must get this status.
    ///
    /// # Errors
    /// Where one gets another status, or patience ends first.
    pub fn until_each_worker_answered(
        &self,
        mut next: impl FnMut() -> Vec<u8>,
        status: u16,
        patience: Duration,
    ) -> Result<()> {
        let begin = Instant::now();
        while !self.each_worker_answered()? {
            let is = self.status(&next())?;
            ensure!(is == status, "expected {status}, found {is}");
            ensure!(begin.elapsed() < patience, "a worker has not answered in {patience:?}");
        }
        Ok(())
    }

    /// Whether every worker has had a connection, and so has answered.
    fn each_worker_answered(&self) -> Result<bool> {
        let text = self.admin("/stats?filter=worker_.*downstream_cx_total")?;
        let counts = text.lines().filter(|line| line.contains("listener.127"));
        let counts = counts.filter_map(|line| line.rsplit_once(": ")?.1.trim().parse::<u64>().ok());
        Ok(counts.filter(|count| *count > 0).count() == self.workers)
    }

    /// What the process holds in memory.
    ///
    /// # Errors
    /// Where it or the system does not say.
    pub fn memory(&self) -> Result<Memory> {
        let rollup = fs::read_to_string(format!("/proc/{}/smaps_rollup", self.child.id()))
            .context("this measures memory where /proc is: on Linux")?;
        let field = |name: &str| -> Result<u64> {
            let line = rollup.lines().find_map(|line| line.strip_prefix(name));
            let kibibytes = line.and_then(|line| line.split_whitespace().next());
            let kibibytes = kibibytes.with_context(|| format!("/proc has no `{name}`"))?;
            Ok(kibibytes.parse::<u64>()? * 1024)
        };
        let text = self.admin("/memory")?;
        let heap = text.split("\"allocated\": \"").nth(1).and_then(|rest| rest.split('"').next());
        let heap = heap.context("Envoy does not say what it has allocated")?.parse()?;
        Ok(Memory { resident: field("Rss:")?, proportional: field("Pss:")?, heap })
    }

    /// What its administration interface answers.
    ///
    /// # Errors
    /// Where it does not.
    pub fn admin(&self, path: &str) -> Result<String> {
        let address = fs::read_to_string(self.folder.path().join("admin"))
            .ok()
            .and_then(|text| text.trim().parse::<SocketAddr>().ok());
        let mut stream =
            TcpStream::connect(address.context("Envoy has no administration interface yet")?)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let request = format!("GET {path} HTTP/1.1\r\nhost: admin\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut response = Vec::new();
        stream.read_to_end(&mut response)?;
        Ok(String::from_utf8_lossy(&response).into_owned())
    }

    /// A line `bench::127.0.0.1:PORT`.
    fn find_listener(&self) -> Option<SocketAddr> {
        let text = self.admin("/listeners").ok()?;
        let address = text.lines().find_map(|line| line.strip_prefix("bench::"))?;
        address.trim().parse().ok().filter(|address: &SocketAddr| address.port() != 0)
    }

    /// The end of its log.
    #[must_use]
    pub fn last_words(&self) -> String {
        let log = fs::read(self.folder.path().join("log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log).into_owned();
        // A complaint may quote a configuration of many megabytes.
        let lines = log.lines().map(|line| line.chars().take(600).collect::<String>());
        let lines: Vec<String> = lines.collect();
        lines.get(lines.len().saturating_sub(5)..).unwrap_or_default().join("\n")
    }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        // Nothing is left to do about one that has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
