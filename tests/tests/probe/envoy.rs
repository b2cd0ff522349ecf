//! Probes in a real Envoy.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use portcullis_tests::engine::Instance;
use serde_json::{Value, json};

use crate::grpc;
use crate::report::Report;
use crate::scenario::{Leaves, Scenario, Traffic};

/// How long a probe may take to write what it is expected to write.
const PATIENCE: Duration = Duration::from_secs(20);

/// What Envoy can call.
struct Servers {
    upstream: SocketAddr,
    echo: SocketAddr,
    grpc: SocketAddr,
    silent: SocketAddr,
}

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
    let servers = Servers {
        upstream: server(answer)?,
        echo: server(echo)?,
        grpc: grpc::server()?,
        silent: server(listen)?,
    };
    let mut listeners = Vec::new();
    for scenario in scenarios {
        let file = folder.path().join(&scenario.name).with_extension("wasm");
        std::fs::write(&file, scenario.module()?)?;
        listeners.push(listener(scenario, &file));
    }
    let mut envoy = Instance::start(&bootstrap(&listeners, &servers))?;
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

fn bootstrap(listeners: &[Value], servers: &Servers) -> Value {
    let loopback = json!({ "socket_address": { "address": "127.0.0.1", "port_value": 0 } });
    // Nobody can listen at port 1 without being root, and hardly anybody does.
    let nobody = SocketAddr::from(([127, 0, 0, 1], 1));
    let http1 = json!({ "http_protocol_options": { "enable_trailers": true } });
    // The upstream closes after each answer: a connection kept for the next request would now and
    // then be one that is just being closed.
    let once = json!({ "max_requests_per_connection": 1 });
    let http2 = json!({ "http2_protocol_options": {} });
    json!({
        "admin": { "address": loopback },
        "node": { "id": "probe-node", "cluster": "probe-cluster" },
        "static_resources": {
            "listeners": listeners,
            "clusters": [
                speaking(cluster("upstream", servers.upstream), &http1, &once),
                speaking(cluster("grpc", servers.grpc), &http2, &json!({})),
                cluster("echo", servers.echo),
                cluster("silent", servers.silent),
                cluster("nobody", nobody),
            ],
        },
    })
}

/// A cluster that speaks this version of HTTP.
fn speaking(mut cluster: Value, protocol: &Value, common: &Value) -> Value {
    let options = json!({
        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
            "explicit_http_config": protocol,
            "common_http_protocol_options": common,
        },
    });
    if let Some(fields) = cluster.as_object_mut() {
        fields.insert("typed_extension_protocol_options".to_owned(), options);
    }
    cluster
}

fn cluster(name: &str, address: SocketAddr) -> Value {
    let socket = json!({ "address": "127.0.0.1", "port_value": address.port() });
    let endpoint = json!({ "endpoint": { "address": { "socket_address": socket } } });
    json!({
        "name": name,
        "connect_timeout": "5s",
        "load_assignment": { "cluster_name": name, "endpoints": [{ "lb_endpoints": [endpoint] }] },
    })
}

/// The filters of a TCP connection.
fn tcp_filters(scenario: &Scenario, module: &Path) -> Value {
    json!([
        {
            "name": "probe",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.network.wasm.v3.Wasm",
                "config": plugin(scenario, module),
            },
        },
        {
            "name": "proxy",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
                "stat_prefix": "probe",
                "cluster": "echo",
            },
        },
    ])
}

fn listener(scenario: &Scenario, module: &Path) -> Value {
    let filters = match scenario.traffic {
        Traffic::Tcp => tcp_filters(scenario, module),
        Traffic::Http | Traffic::Get => http_filters(scenario, module),
    };
    json!({
        "name": scenario.name,
        "address": { "socket_address": { "address": "127.0.0.1", "port_value": 0 } },
        "filter_chains": [{ "filters": filters }],
    })
}

/// The filters of an HTTP connection.
fn http_filters(scenario: &Scenario, module: &Path) -> Value {
    let router = json!({
        "name": "router",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router",
            "suppress_envoy_headers": true,
        },
    });
    let wasm = json!({
        "name": "probe",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
            "config": plugin(scenario, module),
        },
    });
    let manager = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "probe",
        "codec_type": "HTTP1",
        "http_protocol_options": { "enable_trailers": true },
        "generate_request_id": false,
        "server_header_transformation": "PASS_THROUGH",
        "http_filters": [wasm, router],
        "route_config": {
            "name": "routes",
            "virtual_hosts": [{
                "name": "host",
                "domains": ["*"],
                "routes": [{ "name": "route", "match": { "prefix": "/" }, "route": { "cluster": "upstream" } }],
            }],
        },
    });
    json!([{ "name": "manager", "typed_config": manager }])
}

fn plugin(scenario: &Scenario, module: &Path) -> Value {
    let text = |text: &str| json!({ "@type": "type.googleapis.com/google.protobuf.StringValue", "value": text });
    json!({
        "name": "probe-plugin",
        "root_id": "probe-root",
        "failure_policy": "FAIL_CLOSED",
        "configuration": text("the plugin's configuration"),
        "vm_config": {
            "vm_id": scenario.name,
            "runtime": "envoy.wasm.runtime.v8",
            "configuration": text("the VM's configuration"),
            "code": { "local": { "filename": module } },
            "environment_variables": { "key_values": { "PROBE": "variable" } },
        },
    })
}

/// A server on a free port of this machine.
fn server(serve: fn(TcpStream) -> Option<()>) -> Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || serve(stream));
        }
    });
    Ok(address)
}

/// Sends back what it gets, and closes when nothing more comes.
fn echo(mut stream: TcpStream) -> Option<()> {
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let mut other = stream.try_clone().ok()?;
    std::io::copy(&mut stream, &mut other).ok()?;
    stream.shutdown(Shutdown::Both).ok()
}

/// Never answers.
fn listen(mut stream: TcpStream) -> Option<()> {
    std::io::copy(&mut stream, &mut std::io::sink()).ok().map(drop)
}

/// Reads a whole request, with chunks and trailers, and gives the same answer to each.
fn answer(mut stream: TcpStream) -> Option<()> {
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let mut received = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let count = stream.read(&mut piece).ok().filter(|count| *count > 0)?;
        received.extend(piece.iter().take(count));
        if is_whole(&received) {
            break;
        }
    }
    stream
        .write_all(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nx-two: c\r\nx-two: d\r\nx-empty:\r\n\
              transfer-encoding: chunked\r\n\r\n6\r\nanswer\r\n0\r\nx-trailer: response\r\n\r\n",
        )
        .ok()
}

/// Ends with the empty line after trailers, or had no body.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let ends = body.starts_with("0\r\n") || body.contains("\r\n0\r\n");
    !head.contains("chunked") || (ends && body.ends_with("\r\n\r\n"))
}
