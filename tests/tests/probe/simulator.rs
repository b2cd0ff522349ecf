//! Probes in host-sim.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use host_sim::{
    Connect, GrpcAnswer, GrpcStreamAnswer, Headers, Host, LogLine, Module, Peer, Request, Response,
};

use crate::grpc;
use crate::report::{Report, TIME};
use crate::scenario::{Scenario, Traffic};

/// What came of a scenario.
pub(crate) struct Run {
    pub(crate) report: Report,
    /// How many callbacks had returned when nothing more would come unless the client left.
    pub(crate) before_leaving: usize,
}

/// Runs one scenario.
pub(crate) fn run(scenario: &Scenario) -> Result<Run> {
    let module = Module::from_bytes(scenario.module()?)?;
    let host = Host::builder(&module)
        .plugin_name("probe-plugin")
        .root_id("probe-root")
        .vm_id(&scenario.name)
        .configuration("the plugin's configuration")
        .vm_configuration("the VM's configuration")
        .environment("PROBE", "variable")
        .upstream("upstream")
        .upstream("silent")
        .on_http_call("upstream", |_| answer().header(TIME, "0").into())
        .on_http_call("nobody", |_| nobody().into())
        .on_grpc_call("nobody", |_| GrpcAnswer::fail(14, NOBODY_IN_GRPC))
        .on_grpc_stream("nobody", |_| nobody_on_a_stream())
        .on_grpc_call("grpc", |call| grpc::to_call(&call.method).unwrap())
        .on_grpc_stream("grpc", |stream| grpc::to_stream(&stream.method).unwrap())
        .start();
    let mut host = host.map_err(|error| anyhow!("{error}")).context("the probe does not start")?;
    let mut lines = host.start_activity().logs.clone();
    let (later, left) = match scenario.traffic {
        Traffic::Http => exchange(&mut host, request()),
        Traffic::Get => exchange(&mut host, get()),
        Traffic::Tcp => connection(&mut host, client()),
    };
    lines.extend(later);
    let texts: Vec<_> = lines.iter().filter_map(text).collect();
    let report = Report::read(texts.iter().map(String::as_str));
    let farewells = if left { FAREWELLS } else { &[] };
    let farewells: usize = farewells.iter().map(|callback| report.closes(callback)).sum();
    let before_leaving = report.returned() - farewells;
    Ok(Run { report, before_leaving })
}

/// What comes when the client leaves.
const FAREWELLS: &[&str] =
    &["proxy_on_downstream_connection_close", "proxy_on_log", "proxy_on_done", "proxy_on_delete"];

/// What Envoy says of a server that cannot be reached.
const NOBODY: &str = "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure";
const NOBODY_IN_GRPC: &str = "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure{upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}}";

/// One exchange, and whether its client had to leave: what waits gets a second to go on.
fn exchange(host: &mut Host, request: Request) -> (Vec<LogLine>, bool) {
    let stream = host.open(request);
    let mut lines = Vec::new();
    for _ in 0..1000 {
        if host.is_over(&stream) {
            break;
        }
        lines.extend(host.advance(Duration::from_millis(1)).logs);
    }
    let left = !host.is_over(&stream);
    lines.extend(host.close(stream).logs);
    // What was asked while the exchange was on is answered though it is over.
    lines.extend(host.advance(Duration::from_secs(1)).logs);
    (lines, left)
}

/// A connection to a server that sends back what it gets and closes when its client does. The client leaves at once
/// when nothing gets there.
fn connection(host: &mut Host, client: SocketAddr) -> (Vec<LogLine>, bool) {
    let connection = host.connect(Connect::from(client));
    host.send_downstream(&connection, "to and fro");
    let (sent, _) = host.passed(&connection);
    let left = sent.is_empty() && !host.is_closed(&connection);
    if !left && !host.is_closed(&connection) {
        host.send_upstream(&connection, &sent);
    }
    if !left && !host.is_closed(&connection) {
        host.end_downstream(&connection);
        host.end_upstream(&connection);
        host.close_downstream(&connection, Peer::Local);
    }
    (host.disconnect(connection).logs, left)
}

fn client() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 40_000))
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
        .chunk("first ")
        .chunk("second")
        .trailer("x-trailer", "request")
        .answered_by(answer())
}

/// And of the request without a body.
fn get() -> Request {
    Request::get("/probe")
        .authority("probe.example")
        .header("x-forwarded-proto", "http")
        .answered_by(answer())
}

/// What the upstream answers to everything.
fn answer() -> Response {
    Response::new(200)
        .header("content-type", "text/plain")
        .header("x-two", "c")
        .header("x-two", "d")
        .header("x-empty", "")
        .header("transfer-encoding", "chunked")
        .chunk("answer")
        .trailer("x-trailer", "response")
}

/// What Envoy itself answers for a server that cannot be reached.
fn nobody() -> Response {
    Response::new(503)
        .header("content-length", NOBODY.len().to_string())
        .header("content-type", "text/plain")
        .body(NOBODY)
}

fn nobody_on_a_stream() -> GrpcStreamAnswer {
    let response = [
        (":status", "200"),
        ("content-type", "application/grpc"),
        ("grpc-status", "14"),
        ("grpc-message", NOBODY),
    ];
    GrpcStreamAnswer::new()
        .initial_metadata(Headers::new())
        .trailing_metadata(response.into_iter().collect())
        .fail(14, NOBODY_IN_GRPC)
}

/// A line of a probe, without its mark.
fn text(line: &LogLine) -> Option<String> {
    line.message.strip_prefix(b"@").map(|text| String::from_utf8_lossy(text).into_owned())
}
