//! What a request costs where the processor's caches are full of other things, as in a proxy.

mod crowd;

use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use clap::Parser;
use fastrand::Rng;
use host_sim::{Host, Module, Request};
use portcullis_benches::options::{Filter, Options};
use portcullis_benches::record::Record;
use portcullis_benches::reference::Reference;
use portcullis_benches::samples::Samples;
use portcullis_benches::statistics::float;
use portcullis_benches::wasm::build_module;

use crowd::Crowd;

/// Times a granted request in host-sim, the floor beside the filter: one after the other, and with other code and data
/// gone through before each
#[derive(Parser)]
#[command(
    after_help = "Build the filter first: cargo xtask build\n\nExamples:\n  cargo run --release -p portcullis-benches --bin bench-cold -- --quick\n  cargo run --release -p portcullis-benches --bin bench-cold -- --filter other.wasm"
)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    filter: Filter,
}

/// Other code and as much other data, in KiB: none, as much as a proxy may go through for a request, and more than the
/// second level of caches holds.
const CROWDS: [usize; 3] = [0, 256, 1_024];
/// Hosts of each contender: how fast one is depends on where it lies in memory.
const HOSTS: usize = 5;
/// Requests of each host.
const REQUESTS: usize = 3_000;

struct Contender {
    name: &'static str,
    hosts: Vec<Host>,
}

fn main() -> Result<()> {
    let Arguments { options, filter } = Arguments::parse();
    let reference = Reference { address_rules: 0, ..Reference::with_keys(1_000) };
    let floor = build_module("portcullis-bench-floor")?;
    let mut contenders = [
        Contender::start("floor", &floor, b"key")?,
        Contender::start("portcullis", &filter.path(), &reference.table()?)?,
    ];
    let mut random = Rng::with_seed(options.seed);
    let mut record = Record::new("cold");
    let requests = if options.quick { REQUESTS / 10 } else { REQUESTS };
    println!("seed {}, {requests} requests of each of {HOSTS} hosts", options.seed);
    for kib in CROWDS {
        let mut crowd = Crowd::new(kib)?;
        println!("\n{kib} KiB of other code and as much other data before each request");
        let mut samples = vec![vec![Samples::new(); HOSTS]; contenders.len()];
        for _ in 0..requests {
            for host in 0..HOSTS {
                for (contender, samples) in contenders.iter_mut().zip(&mut samples) {
                    let request = granted(&reference, &mut random);
                    crowd.pass()?;
                    let place = contender.hosts.get_mut(host).zip(samples.get_mut(host));
                    let (host, samples) = place.context("a host is missing")?;
                    let outcome = host.request(request);
                    ensure!(outcome.local_reply().is_none(), "{} denies", contender.name);
                    samples.push(std::time::Duration::from_nanos(outcome.cost.nanoseconds));
                }
            }
        }
        let mut medians = Vec::new();
        for (contender, samples) in contenders.iter().zip(&samples) {
            let sum: f64 = samples.iter().map(|samples| samples.summary(0.0).p50).sum();
            let median = sum / float(HOSTS);
            println!("  {:<24} {median:>6.0} ns", contender.name);
            record.row(contender.name, "KiB", kib, "p50", median, "ns");
            medians.push(median);
        }
        if let [floor, filter] = medians.as_slice() {
            println!("  {:<24} {:>6.0} ns", "above the floor", filter - floor);
            record.row("portcullis above the floor", "KiB", kib, "p50", filter - floor, "ns");
        }
    }
    options.finish(&record)
}

impl Contender {
    /// Hosts that have the module compiled each for itself.
    fn start(name: &'static str, file: &Path, configuration: &[u8]) -> Result<Self> {
        let bytes = std::fs::read(file).with_context(|| {
            format!("cannot read `{}`; build the filter with `cargo xtask build`", file.display())
        })?;
        let host = |_| {
            let module = Module::from_bytes(bytes.clone()).map_err(|error| anyhow!("{error}"))?;
            let host = Host::builder(&module).timed(true).configuration(configuration).start();
            host.map_err(|error| anyhow!("{error}"))
        };
        Ok(Self { name, hosts: (0..HOSTS).map(host).collect::<Result<_>>()? })
    }
}

/// A request as Envoy hands it over.
fn granted(reference: &Reference, random: &mut Rng) -> Request {
    let granted = reference.granted_request(random.usize(..reference.keys), random);
    Request::get(granted.path)
        .authority("api.example.com")
        .header("user-agent", "wrk")
        .header("x-forwarded-proto", "http")
        .header("x-request-id", "6b6ad4e9-0a6c-4c47-8b39-6f4f5d1a2b3c")
        .header("x-api-key", granted.key)
        .source_address(SocketAddr::new(granted.address.into(), 40_000))
}
