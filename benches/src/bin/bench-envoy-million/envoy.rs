//! One Envoy process, asked and measured from outside.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use crate::configuration::Filter;

/// How long Envoy may take to be right: reading a configuration of a million keys takes its time.
const PATIENCE: Duration = Duration::from_secs(300);

/// Between two looks at a process that is starting.
const PAUSE: Duration = Duration::from_millis(2);

/// A running Envoy; it ends when this value is dropped.
pub(crate) struct Envoy {
    child: Child,
    started: Instant,
    workers: usize,
    listener: Option<SocketAddr>,
    folder: TempDir,
}

/// What a process holds, in bytes.
pub(crate) struct Memory {
    /// `VmRSS`.
    pub(crate) resident: u64,
    /// What Envoy's allocator has given out, by its own count: what is resident beyond that is free
    /// memory that it keeps, and what a machine for WebAssembly maps itself.
    pub(crate) heap: u64,
}

impl Envoy {
    /// Starts Envoy with so many workers, each of which has a copy of what a filter holds; does not wait.
    pub(crate) fn start(
        program: &Path,
        filter: &Filter,
        workers: usize,
        folder: TempDir,
    ) -> Result<Self> {
        let configuration = folder.path().join("envoy.json");
        filter.write(&configuration)?;
        let log = fs::File::create(folder.path().join("log"))?;
        let started = Instant::now();
        let child = Command::new(program)
            .arg("--config-path")
            .arg(&configuration)
            .arg("--admin-address-path")
            .arg(folder.path().join("admin"))
            .args(["--disable-hot-restart", "--log-level", "warning", "--concurrency"])
            .arg(workers.to_string())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .context("cannot start Envoy")?;
        Ok(Self { child, started, workers, listener: None, folder })
    }

    /// Asks until the answer is 200; how long that took since the start of the process.
    pub(crate) fn until_right(&mut self, key: &str) -> Result<Duration> {
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("Envoy ended by itself ({status}): {}", self.last_words());
            }
            if self.listener.is_none() {
                self.listener = self.find_listener();
            }
            if self.listener.is_some() && self.status(key).is_ok_and(|status| status == 200) {
                return Ok(self.started.elapsed());
            }
            let seconds = PATIENCE.as_secs();
            let waited = self.started.elapsed();
            ensure!(waited < PATIENCE, "no right answer in {seconds} s: {}", self.last_words());
            std::thread::sleep(PAUSE);
        }
    }

    /// The status that a request with this key gets, on a connection of its own.
    pub(crate) fn status(&self, key: &str) -> Result<u16> {
        let listener = self.listener.context("Envoy does not listen yet")?;
        let answer = ask(listener, "/orders/4711", &format!("x-api-key: {key}\r\n"))?;
        let status = answer.split(' ').nth(1).context("the answer is no HTTP response")?;
        status.parse().context("the answer has no status")
    }

    /// Whether every worker has had a connection, and so has answered.
    pub(crate) fn each_worker_answered(&self) -> Result<bool> {
        let admin = self.admin().context("Envoy has no administration interface")?;
        let text = ask(admin, "/stats?filter=worker_.*downstream_cx_total", "")?;
        let counts = text.lines().filter(|line| line.contains("listener.127"));
        let counts = counts.filter_map(|line| line.rsplit_once(": ")?.1.trim().parse::<u64>().ok());
        Ok(counts.filter(|count| *count > 0).count() == self.workers)
    }

    /// What the process holds in memory.
    pub(crate) fn memory(&self) -> Result<Memory> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .context("this measures memory where /proc is: on Linux")?;
        let field = |name: &str| -> Result<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kibibytes = line.and_then(|line| line.split_whitespace().next());
            let kibibytes = kibibytes.with_context(|| format!("/proc has no `{name}`"))?;
            Ok(kibibytes.parse::<u64>()? * 1024)
        };
        let admin = self.admin().context("Envoy has no administration interface")?;
        let text = ask(admin, "/memory", "")?;
        let heap = text.split("\"allocated\": \"").nth(1).and_then(|rest| rest.split('"').next());
        let heap = heap.context("Envoy does not say what it has allocated")?;
        Ok(Memory { resident: field("VmRSS:")?, heap: heap.parse()? })
    }

    fn admin(&self) -> Option<SocketAddr> {
        fs::read_to_string(self.folder.path().join("admin")).ok()?.trim().parse().ok()
    }

    /// A line `bench::127.0.0.1:PORT`.
    fn find_listener(&self) -> Option<SocketAddr> {
        let text = ask(self.admin()?, "/listeners", "").ok()?;
        let address = text.lines().find_map(|line| line.strip_prefix("bench::"))?;
        address.trim().parse().ok().filter(|address: &SocketAddr| address.port() != 0)
    }

    fn last_words(&self) -> String {
        let log = fs::read(self.folder.path().join("log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log).into_owned();
        // A complaint may quote a configuration of many megabytes.
        let lines =
            log.lines().rev().take(5).map(|line| line.chars().take(300).collect::<String>());
        lines.collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        // Nothing is left to do about one that has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A whole response on a connection of its own.
fn ask(server: SocketAddr, path: &str, headers: &str) -> Result<String> {
    let mut stream = TcpStream::connect_timeout(&server, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: api.example.com\r\n{headers}connection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response)?;
    Ok(String::from_utf8_lossy(&response).into_owned())
}
