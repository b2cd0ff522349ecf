//! One Envoy process and what it writes.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use super::access_log::AccessLog;
use crate::watched::{self, Watched};

/// Lines of Envoy's log that an error quotes.
const LAST_WORDS: usize = 12;

#[derive(Debug)]
pub(super) struct Process {
    watched: Watched,
    log: Arc<Mutex<String>>,
    access_log: AccessLog,
    folder: TempDir,
}

impl Process {
    /// Starts Envoy; `folder` holds its files and is removed after it ended.
    pub(super) fn start(
        envoy: &Path,
        configuration: &Path,
        folder: TempDir,
        drain: Duration,
    ) -> Result<Self> {
        let mut command = watched::command(envoy);
        command
            .arg("--config-path")
            .arg(configuration)
            .arg("--admin-address-path")
            .arg(folder.path().join("admin"))
            .args([
                "--disable-hot-restart",
                "--concurrency",
                "1",
                "--file-flush-interval-msec",
                "10",
            ])
            .args(["--drain-time-s", &drain.as_secs().to_string(), "--log-level", "info"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut watched = Watched::start(command)?;
        let stdout = watched.stdout().context("Envoy has no standard output")?;
        let stderr = watched.stderr().context("Envoy has no standard error")?;
        Ok(Self { watched, log: follow(stderr), access_log: AccessLog::follow(stdout), folder })
    }

    /// The file that Envoy writes its administration address to.
    pub(super) fn admin_file(&self) -> PathBuf {
        self.folder.path().join("admin")
    }

    pub(super) fn access_log(&self) -> &AccessLog {
        &self.access_log
    }

    /// The log without its first bytes.
    pub(super) fn log_from(&self, size: usize) -> String {
        let log = self.log.lock();
        log.map(|log| log.get(size..).unwrap_or_default().to_owned()).unwrap_or_default()
    }

    /// The end of Envoy's log.
    pub(super) fn last_words(&self) -> String {
        let log = self.log_from(0);
        let lines: Vec<_> = log.lines().collect();
        lines.get(lines.len().saturating_sub(LAST_WORDS)..).unwrap_or_default().join("\n")
    }

    /// An error when Envoy ended by itself.
    pub(super) fn must_run(&mut self) -> Result<()> {
        if let Some(status) = self.watched.ended()? {
            bail!("Envoy ended by itself ({status}); it says:\n{}", self.last_words());
        }
        Ok(())
    }
}

fn follow(stream: impl Read + Send + 'static) -> Arc<Mutex<String>> {
    let log = Arc::new(Mutex::new(String::new()));
    let written = Arc::clone(&log);
    std::thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
            if let Ok(mut log) = written.lock() {
                log.push_str(&String::from_utf8_lossy(&line));
                log.push('\n');
            }
        }
    });
    log
}
