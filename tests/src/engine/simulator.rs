//! The filter in host-sim.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, anyhow, bail};
use host_sim::{Host, Module, Outcome, PropertyValue};
use policy_compiler::emit::envoy::{Fields, json_settings};

use super::Engine;
use crate::case::Case;
use crate::latin1;
use crate::observed::{Observed, Verdict};
use crate::places;
use crate::request::Request;
use crate::upstream::Received;

/// Runs of a request that its time is the median of.
const RUNS: usize = 11;

/// The port of every client.
const CLIENT_PORT: u16 = 40_000;

/// The filter in two hosts: one tells the reason in its filter state, the other has the default settings and is measured.
pub struct Simulator {
    name: &'static str,
    telling: Host,
    measured: Host,
}

impl Simulator {
    /// Starts the finished filter with a table.
    pub fn start(table: &[u8]) -> Result<Self> {
        Self::of("host-sim", &module()?, table)
    }

    /// Starts the filter for any host with a table.
    pub fn portable(table: &[u8]) -> Result<Self> {
        Self::of("host-sim, the portable filter", &portable_module()?, table)
    }

    fn of(name: &'static str, module: &Module, table: &[u8]) -> Result<Self> {
        let start = |settings: &[u8]| {
            let host = Host::builder(module).configuration(settings).timed(true).start();
            host.map_err(|error| anyhow!("the filter does not start in host-sim: {error}"))
        };
        let telling = start(
            json_settings(table, Fields { filter_state: true, ..Fields::default() }).as_bytes(),
        )?;
        Ok(Self { name, telling, measured: start(table)? })
    }
}

impl Engine for Simulator {
    fn name(&self) -> &'static str {
        self.name
    }

    fn runs(&self, _: &Case) -> bool {
        true
    }

    fn send(&mut self, case: &Case) -> Result<Observed> {
        let request = sent(&Request::of_case(case)?);
        let time = case.time.map(|time| system_time(time.as_second())).transpose()?;
        for host in [&mut self.telling, &mut self.measured] {
            match time {
                Some(time) => host.set_time(time),
                None => host.use_wall_clock(),
            }
        }
        let told = self.telling.request(request.clone());
        let measured = self.measured.request(request.clone());
        if told.status() != measured.status() || told.details() != measured.details() {
            bail!(
                "settings change a decision: {:?} {} with filter state, {:?} {} without",
                told.status(),
                told.details(),
                measured.status(),
                measured.details()
            );
        }
        let mut times: Vec<u64> =
            (0..RUNS).map(|_| self.measured.request(request.clone()).cost.nanoseconds).collect();
        times.sort_unstable();
        let time = Duration::from_nanos(times.get(RUNS / 2).copied().unwrap_or_default());
        observed(&told, measured.cost.all_calls(), time)
    }
}

/// The finished filter, compiled for this machine.
pub fn module() -> Result<Module> {
    compile(&places::filter()?)
}

/// The filter for any host, compiled for this machine.
pub fn portable_module() -> Result<Module> {
    compile(&places::portable_filter()?)
}

fn compile(file: &Path) -> Result<Module> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    Module::from_bytes(bytes).map_err(|error| anyhow!("{} is no filter: {error}", file.display()))
}

/// A request as host-sim sends it.
pub fn sent(request: &Request) -> host_sim::Request {
    let mut sent = host_sim::Request::new(&request.method, &request.path).authority(&request.host);
    for (name, value) in &request.headers {
        sent = sent.header(name, value);
    }
    match request.address {
        Some(address) => sent.source_address(SocketAddr::new(address, CLIENT_PORT)),
        None => sent.property("source.address", PropertyValue::Absent),
    }
}

/// A time that host-sim can be told, by its seconds since 1970.
pub fn system_time(seconds: i64) -> Result<SystemTime> {
    let seconds = u64::try_from(seconds).context("a time before 1970")?;
    Ok(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

fn observed(outcome: &Outcome, host_calls: u64, time: Duration) -> Result<Observed> {
    let state = |name: &str| {
        let value = outcome.filter_state(name)?;
        Some(String::from_utf8_lossy(value).into_owned())
    };
    let reason =
        state("portcullis.reason").context("the filter set no filter state `portcullis.reason`")?;
    if let Some(reply) = outcome.local_reply() {
        let details = String::from_utf8_lossy(&reply.details);
        if details != reason {
            bail!("a denial's response-code details are `{details}`, its reason is `{reason}`");
        }
    } else if !outcome.continued() {
        bail!("the filter neither answered nor let the request pass: {:?}", outcome.verdict);
    }
    let reply = outcome.local_reply();
    let response = reply.and(outcome.response.as_ref());
    Ok(Observed {
        verdict: if reply.is_some() { Verdict::Deny } else { Verdict::Allow },
        status: reply.map(|reply| reply.status),
        reason,
        client: state("portcullis.client"),
        key: state("portcullis.key"),
        collection: state("portcullis.collection"),
        response_headers: response.map(|response| {
            let lines = response.headers.iter();
            lines.map(|(name, value)| (latin1::text(name), value.to_vec())).collect()
        }),
        body: reply.map(|reply| reply.body.clone()).unwrap_or_default(),
        upstream: outcome.upstream_headers().map(received),
        host_calls: Some(host_calls),
        time,
    })
}

/// The request as an HTTP/1.1 upstream gets it: pseudo headers become the request line and `host`.
pub(crate) fn received(headers: &host_sim::Headers) -> Received {
    let first = |name: &str| headers.first(name).map(latin1::text).unwrap_or_default();
    let line = |(name, value): (&[u8], &[u8])| match name {
        b":authority" => Some(("host".to_owned(), latin1::text(value))),
        name if name.starts_with(b":") => None,
        name => Some((latin1::text(name), latin1::text(value))),
    };
    Received {
        method: first(":method"),
        path: first(":path"),
        headers: headers.iter().filter_map(line).collect(),
    }
}
