//! Probes in host-sim.

use anyhow::{Context, Result, anyhow};
use host_sim::{Host, LogLine, Module, Request, Response};

use crate::report::Report;
use crate::scenario::{Scenario, Traffic};

/// Runs one scenario.
pub(crate) fn run(scenario: &Scenario) -> Result<Report> {
    let module = Module::from_bytes(scenario.module()?)?;
    let host = Host::builder(&module)
        .plugin_name("probe-plugin")
        .root_id("probe-root")
        .vm_id(&scenario.name)
        .configuration("the plugin's configuration")
        .vm_configuration("the VM's configuration")
        .environment("PROBE", "variable")
        .start();
    let mut host = host.map_err(|error| anyhow!("{error}")).context("the probe does not start")?;
    let mut lines = host.start_activity().logs.clone();
    match scenario.traffic {
        Traffic::Http | Traffic::Get | Traffic::Tcp => lines.extend(host.request(request()).logs),
    }
    let texts: Vec<_> = lines.iter().filter_map(text).collect();
    Ok(Report::read(texts.iter().map(String::as_str)))
}

/// What Envoy shows a probe of the request that the test sends it.
fn request() -> Request {
    Request::post("/probe?query=1")
        .authority("probe.example")
        .header("user-agent", "probe")
        .header("x-one", "1")
        .header("x-two", "a")
        .header("x-empty", "")
        .header("x-bytes", b"\xff\xfe")
        .header("x-two", "b")
        .header("x-forwarded-proto", "http")
        .body("first second")
        .answered_by(
            Response::new(200)
                .header("content-type", "text/plain")
                .header("x-two", "c")
                .header("x-two", "d")
                .header("x-empty", "")
                .header("transfer-encoding", "chunked")
                .body("answer"),
        )
}

/// A line of a probe, without its mark.
fn text(line: &LogLine) -> Option<String> {
    line.message.strip_prefix(b"@").map(|text| String::from_utf8_lossy(text).into_owned())
}
