//! The filter in a real Envoy, with a real upstream behind it.

mod access_log;
mod admin;
mod configuration;
mod instance;
mod process;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

pub use access_log::AccessLogEntry;
pub use configuration::{Delivery, EnvoyOptions, LdsFile, bootstrap};
pub use instance::Instance;

use super::Engine;
use crate::case::Case;
use crate::http::{Connection, Message, Response};
use crate::observed::{Observed, Verdict};
use crate::upstream::{Received, Upstream};

/// A running Envoy; it ends when this value is dropped.
#[derive(Debug)]
pub struct Envoy {
    instance: Instance,
    upstream: Upstream,
    lds: Option<LdsFile>,
}

impl Envoy {
    /// What reports call it.
    pub const NAME: &'static str = "envoy";

    /// Starts Envoy with a table and waits until it serves.
    pub fn start(table: &[u8], options: &EnvoyOptions) -> Result<Self> {
        let upstream = Upstream::start()?;
        let folder = instance::folder()?;
        let prepared = configuration::prepare(table, options, upstream.address(), folder.path())?;
        let instance = Instance::start_in(folder, &prepared.bootstrap, options.drain)?;
        Ok(Self { instance, upstream, lds: prepared.lds })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.instance.first_listener()
    }

    /// The server behind it.
    pub fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    /// The file that a new listener is put into, when Envoy was started to watch one.
    pub fn lds(&self) -> Option<&LdsFile> {
        self.lds.as_ref()
    }

    /// The value of a counter or gauge.
    pub fn statistic(&self, name: &str) -> Result<u64> {
        self.instance.statistic(name)
    }

    /// An error when Envoy ended by itself.
    pub fn must_run(&mut self) -> Result<()> {
        self.instance.must_run()
    }

    /// Everything that Envoy logged so far.
    pub fn log(&self) -> String {
        self.instance.log()
    }

    /// Sends a request as a client with this address.
    pub fn exchange(
        &mut self,
        client: IpAddr,
        message: &Message,
    ) -> Result<(Response, AccessLogEntry)> {
        let response = Connection::open_for(self.address(), client)?.send(message)?;
        Ok((response, self.instance.next_entry()?))
    }

    /// Sends a request as a client with this address, and observes what comes of it.
    pub fn observe(&mut self, client: IpAddr, message: &Message) -> Result<Observed> {
        let reached = self.upstream.count();
        let start = Instant::now();
        let response = Connection::open_for(self.address(), client)?.send(message)?;
        let time = start.elapsed();
        let entry = self.instance.next_entry()?;
        let passed = self.upstream.count() > reached;
        observed(response, entry, passed, time)
    }
}

impl Engine for Envoy {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn runs(&self, case: &Case) -> bool {
        case.runs_in_envoy()
    }

    fn send(&mut self, case: &Case) -> Result<Observed> {
        let mut message = Message {
            method: case.method.clone(),
            target: case.path.as_bytes().to_vec(),
            headers: vec![(b"host".to_vec(), case.host.as_bytes().to_vec())],
        };
        message.headers.extend(case.headers());
        let client = case.address()?.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        self.observe(client, &message)
    }
}

/// Brings the answer, the log and the upstream's word together, and makes sure that they agree.
fn observed(
    response: Response,
    entry: AccessLogEntry,
    passed: bool,
    time: Duration,
) -> Result<Observed> {
    let reason = match &entry.reason {
        Some(reason) => reason.clone(),
        // The filter did not decide: Envoy's own words say what happened instead.
        None => entry.details.clone(),
    };
    if !passed && entry.details != reason {
        bail!("a denial's response-code details are `{}`, its reason is `{reason}`", entry.details);
    }
    let upstream: Option<Received> = match passed {
        true if response.body.is_empty() => None, // HEAD
        true => Some(
            serde_json::from_slice(&response.body).context("the upstream's answer was changed")?,
        ),
        false => None,
    };
    Ok(Observed {
        verdict: if passed { Verdict::Allow } else { Verdict::Deny },
        status: (!passed).then_some(response.status),
        reason,
        client: entry.client,
        key: entry.key,
        collection: entry.collection,
        response_headers: (!passed).then_some(response.headers),
        body: if passed { Vec::new() } else { response.body },
        upstream,
        host_calls: None,
        time,
    })
}
