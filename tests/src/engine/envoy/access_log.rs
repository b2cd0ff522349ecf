//! Envoy's access log: one JSON line a request, on its standard output.

use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;

/// How long Envoy may take to log a request.
const PATIENCE: Duration = Duration::from_secs(10);

/// A request in the access log.
#[derive(Debug, Clone, Deserialize)]
pub struct AccessLogEntry {
    /// The path without its query.
    #[serde(default)]
    pub path: Option<String>,
    /// The path with its query, where the options ask for it.
    #[serde(default)]
    pub target: Option<String>,
    /// The response-code details: for a denial the reason.
    #[serde(default)]
    pub details: String,
    /// The reason, from the filter state.
    #[serde(default)]
    pub reason: Option<String>,
    /// The client, from the filter state.
    #[serde(default)]
    pub client: Option<String>,
    /// The key's name, from the filter state.
    #[serde(default)]
    pub key: Option<String>,
    /// The collection, from the filter state.
    #[serde(default)]
    pub collection: Option<String>,
    /// The id of the table that decided, from the filter state.
    #[serde(default)]
    pub table: Option<String>,
    /// The line itself.
    #[serde(skip)]
    pub line: String,
}

#[derive(Debug)]
pub(super) struct AccessLog {
    lines: Receiver<String>,
}

impl AccessLog {
    pub(super) fn follow(stream: impl Read + Send + 'static) -> Self {
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            // A path may hold bytes that are not UTF-8.
            for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
                if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                    return;
                }
            }
        });
        Self { lines }
    }

    /// The next request in the log: requests are sent one after the other, so it is the last one sent.
    pub(super) fn next_entry(&self) -> Result<AccessLogEntry> {
        let line = self.lines.recv_timeout(PATIENCE).context("Envoy logged no request")?;
        let mut entry: AccessLogEntry = serde_json::from_str(&line)
            .with_context(|| format!("`{line}` is no line of the access log"))?;
        entry.line = line;
        Ok(entry)
    }
}
