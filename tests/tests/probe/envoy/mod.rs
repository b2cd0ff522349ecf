//! Probes in a real Envoy.

mod configuration;
mod servers;

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use portcullis_tests::engine::Instance;

use crate::report::Report;
use crate::scenario::{Leaves, Scenario, Traffic};
use servers::Servers;

/// How long a probe may take to write what it is expected to write.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs every scenario in one Envoy: each has a listener of its own.
pub(crate) fn run(scenarios: &[Scenario]) -> Result<BTreeMap<String, Report>> {
    let mut reports = BTreeMap::new();
    let unfinished = serve(scenarios, |name, report| {
        reports.insert(name.to_owned(), report?);
        Ok(())
    });
    unfinished.map(|()| reports)
}

/// The same, but a scenario that ends Envoy has an error in place of a report, and those after it get another Envoy.
pub(crate) fn run_each(scenarios: &[Scenario]) -> Result<BTreeMap<String, Result<Report>>> {
    let mut reports = BTreeMap::new();
    let mut rest = scenarios;
    while !rest.is_empty() {
        let mut done = 0;
        let ended = serve(rest, |name, report| {
            let ended = report.as_ref().err().map(ToString::to_string);
            reports.insert(name.to_owned(), report);
            done += 1;
            ended.map_or(Ok(()), |error| Err(anyhow!(error)))
        });
        if done == 0 {
            ended?;
        }
        rest = rest.get(done..).unwrap_or_default();
    }
    Ok(reports)
}

/// Starts Envoy, and hands over what comes of each scenario until somebody does not want to go on.
fn serve(
    scenarios: &[Scenario],
    mut take: impl FnMut(&str, Result<Report>) -> Result<()>,
) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let servers = Servers::start()?;
    let mut listeners = Vec::new();
    for scenario in scenarios {
        let file = folder.path().join(&scenario.name).with_extension("wasm");
        std::fs::write(&file, scenario.module()?)?;
        listeners.push(configuration::listener(scenario, &file));
    }
    let mut envoy = Instance::start(&configuration::bootstrap(&listeners, &servers))?;
    let addresses = envoy.listeners()?;
    let start = envoy.log();
    for scenario in scenarios {
        let address = addresses.get(&scenario.name).context("Envoy lost a listener")?;
        let mut watch = Watch::new(&mut envoy, scenario, &start);
        let report = match scenario.traffic {
            Traffic::Http => exchange(&mut watch, *address),
            Traffic::Get => get(&mut watch, *address),
            Traffic::Tcp => connection(&mut watch, *address),
        };
        let report = report.with_context(|| {
            let alive =
                envoy.must_run().map_or_else(|error| format!("; {error:#}"), |()| String::new());
            format!("scenario `{}`{alive}", scenario.name)
        });
        take(&scenario.name, report)?;
    }
    Ok(())
}

/// One exchange. The body comes in two pieces: the second one only when the probe has seen the first.
fn exchange(watch: &mut Watch<'_>, address: SocketAddr) -> Result<Report> {
    let mut client = TcpStream::connect_timeout(&address, PATIENCE)?;
    client.set_read_timeout(Some(PATIENCE))?;
    client.write_all(
        b"POST /probe?query=1 HTTP/1.1\r\nhost: probe.example\r\nuser-agent: probe\r\nx-one: 1\r\n\
          x-two: a\r\nx-empty:\r\nx-bytes: \xff\xfe\r\nx-two: b\r\ntransfer-encoding: chunked\r\n\r\n\
          6\r\nfirst \r\n",
    )?;
    if watch.until_last_or(|report| report.closes("proxy_on_request_body") == 1)? {
        client.write_all(b"6\r\nsecond\r\n0\r\nx-trailer: request\r\n\r\n")?;
        watch.until_last()?;
    }
    drop(client);
    watch.until_end()
}

/// An exchange without bodies.
fn get(watch: &mut Watch<'_>, address: SocketAddr) -> Result<Report> {
    let mut client = TcpStream::connect_timeout(&address, PATIENCE)?;
    client.write_all(b"GET /probe HTTP/1.1\r\nhost: probe.example\r\n\r\n")?;
    watch.until_last()?;
    drop(client);
    watch.until_end()
}

/// A connection to a server that sends back what it gets and closes when its client does.
fn connection(watch: &mut Watch<'_>, address: SocketAddr) -> Result<Report> {
    let mut client = TcpStream::connect_timeout(&address, PATIENCE)?;
    client.write_all(b"to and fro")?;
    if watch.until_last_or(|report| report.closes("proxy_on_upstream_data") == 1)? {
        // Half closed, as a client does that has said everything.
        client.shutdown(Shutdown::Write)?;
    } else {
        drop(client);
    }
    watch.until_end()
}

/// The lines of one probe in Envoy's log.
struct Watch<'a> {
    envoy: &'a mut Instance,
    scenario: &'a Scenario,
    /// What it wrote before there was traffic, and how long Envoy's log was then.
    before: String,
    from: usize,
}

impl<'a> Watch<'a> {
    fn new(envoy: &'a mut Instance, scenario: &'a Scenario, start: &str) -> Self {
        let mark = mark(&scenario.name);
        let before = start.lines().filter(|line| line.contains(&mark));
        let before = before.fold(String::new(), |text, line| text + line + "\n");
        let from = envoy.log_size();
        Self { envoy, scenario, before, from }
    }

    /// Waits for the last callback that comes unless the client leaves, or for what the client waits for before it goes
    /// on: true when it is to go on.
    fn until_last_or(&mut self, goes_on: impl Fn(&Report) -> bool) -> Result<bool> {
        let leaves = self.scenario.leaves.clone();
        let report = self.until(|report| goes_on(report) || is_last(report, &leaves))?;
        Ok(goes_on(&report) && !is_last(&report, &leaves))
    }

    fn until_last(&mut self) -> Result<()> {
        self.until_last_or(|_| false).map(drop)
    }

    /// Waits for everything, also for what is expected after the end.
    fn until_end(&mut self) -> Result<Report> {
        let expected = match self.scenario.leaves {
            Leaves::AfterCallbacks(count, _) => count,
            Leaves::Never | Leaves::After(_) => 0,
        };
        self.until(|report| is_end(report) && report.returned() >= expected)
    }

    /// Reads until the probe has written what is waited for.
    fn until(&mut self, enough: impl Fn(&Report) -> bool) -> Result<Report> {
        // What is only guessed is no error where it does not come.
        let (guessed, patience) = match self.scenario.leaves {
            Leaves::AfterCallbacks(_, patience) => (true, patience),
            Leaves::Never | Leaves::After(_) => (false, PATIENCE),
        };
        let start = Instant::now();
        loop {
            let log = self.before.clone() + &self.envoy.log_from(self.from);
            let report = report(&log, &self.scenario.name);
            if enough(&report) {
                return Ok(report);
            }
            self.envoy.must_run()?;
            if start.elapsed() > patience {
                if guessed {
                    return Ok(report);
                }
                bail!("the probe stopped after:\n{}", report.last_lines());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn is_end(report: &Report) -> bool {
    report.closes("proxy_on_delete") == 1
}

/// Whether nothing more comes unless the client leaves.
fn is_last(report: &Report, leaves: &Leaves) -> bool {
    is_end(report)
        || match leaves {
            Leaves::Never => false,
            Leaves::After(callback) => report.closes(callback) == 1,
            Leaves::AfterCallbacks(count, _) => report.returned() >= *count,
        }
}

/// How lines of a probe look in Envoy's log.
fn mark(name: &str) -> String {
    format!(" {name}: @")
}

/// What the probe of a scenario wrote in the thread that serves. (The main thread has VMs of its own, which serve
/// nothing.)
fn report(log: &str, name: &str) -> Report {
    let mark = mark(name);
    let mut threads: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in log.lines() {
        let thread = line.split(['[', ']']).nth(3).unwrap_or_default();
        if let Some((_, text)) =
            line.split_once(&mark).filter(|(before, _)| before.contains("[wasm]"))
        {
            threads.entry(thread).or_default().push(text);
        }
    }
    let first = ["proxy_on_request_headers", "proxy_on_new_connection"];
    let serves = |lines: &&Vec<&str>| {
        lines.iter().any(|line| first.iter().any(|callback| line.contains(callback)))
    };
    threads
        .values()
        .find(serves)
        .map(|lines| Report::read(lines.iter().copied()))
        .unwrap_or_default()
}
