//! Envoy's administration interface.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::process::Process;
use crate::http::{Connection, Message};

/// How long Envoy may take to serve.
const PATIENCE: Duration = Duration::from_secs(20);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

#[derive(Debug)]
pub(super) struct Admin {
    address: SocketAddr,
}

impl Admin {
    /// Waits until Envoy says where its administration interface is.
    pub(super) fn find(process: &mut Process) -> Result<Self> {
        let file = process.admin_file();
        let address = until(process, "its administration address", || {
            Ok(std::fs::read_to_string(&file).ok().and_then(|text| text.trim().parse().ok()))
        })?;
        Ok(Self { address })
    }

    /// Waits until Envoy is ready, and says where its listener is.
    pub(super) fn wait_until_serving(&self, process: &mut Process) -> Result<SocketAddr> {
        until(process, "being ready", || {
            Ok((self.get("/ready").ok().as_deref() == Some("LIVE\n")).then_some(()))
        })?;
        until(process, "a listener", || self.listener())
    }

    /// The value of a counter or gauge.
    pub(super) fn statistic(&self, name: &str) -> Result<u64> {
        let text = self.get(&format!("/stats?filter=^{}$", name.replace('.', "\\.")))?;
        let value = text.trim().rsplit_once(": ").map(|(_, value)| value);
        value
            .and_then(|value| value.parse().ok())
            .with_context(|| format!("Envoy has no statistic `{name}`: `{text}`"))
    }

    /// Where each listener listens, by its name.
    pub(super) fn listeners(&self) -> Result<BTreeMap<String, SocketAddr>> {
        let listeners: Value = serde_json::from_str(&self.get("/listeners?format=json")?)?;
        let all = listeners.pointer("/listener_statuses").and_then(Value::as_array);
        all.into_iter().flatten().map(name_and_address).collect()
    }

    /// The first listener, once it has a port.
    fn listener(&self) -> Result<Option<SocketAddr>> {
        let listeners = self.listeners()?;
        Ok(listeners.into_values().next().filter(|address| address.port() != 0))
    }

    fn get(&self, path: &str) -> Result<String> {
        let message = Message::get(&self.address.to_string(), path).header("connection", "close");
        let response = Connection::open(self.address)?.send(&message)?;
        Ok(String::from_utf8_lossy(&response.body).into_owned())
    }
}

fn name_and_address(status: &Value) -> Result<(String, SocketAddr)> {
    let text = |path: &str| status.pointer(path).and_then(Value::as_str);
    let name = text("/name").unwrap_or_default().to_owned();
    let ip = text("/local_address/socket_address/address").context("a listener has no address")?;
    let port = status.pointer("/local_address/socket_address/port_value").and_then(Value::as_u64);
    Ok((name, SocketAddr::new(ip.parse()?, u16::try_from(port.unwrap_or_default())?)))
}

/// Looks again and again, until there is something, Envoy ends, or patience does.
fn until<T>(
    process: &mut Process,
    what: &str,
    mut look: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let start = Instant::now();
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        process.must_run()?;
        if start.elapsed() > PATIENCE {
            let (patience, words) = (PATIENCE.as_secs(), process.last_words());
            bail!("waited {patience} s for {what} in vain; Envoy says:\n{words}");
        }
        std::thread::sleep(PAUSE);
    }
}
