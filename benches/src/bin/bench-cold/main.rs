//! What a request costs where the processor's caches are full of other things, as in a proxy.

mod crowd;

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use clap::Parser;
use fastrand::Rng;
use host_sim::{Host, Module, Request};
use portcullis_benches::options::{Filter, Options, Seed};
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
    seed: Seed,
    #[command(flatten)]
    filter: Filter,
}

/// Other code and as much other data, in KiB: none, as much as a proxy may go through for a request, and more than the
/// second level of caches holds.
const CROWDS: [usize; 3] = [0, 256, 1_024];
const FLOOR: &str = "floor";
const FILTER: &str = "portcullis";
/// Hosts of each contender: how fast one is depends on where it lies in memory.
const HOSTS: usize = 5;
/// Requests of each host.
const REQUESTS: usize = 3_000;

/// A host and the times of its requests.
struct Contender {
    name: &'static str,
    host: Host,
    samples: Samples,
}

fn main() -> Result<()> {
    let Arguments { options, seed, filter } = Arguments::parse();
    let reference = Reference { address_rules: 0, ..Reference::with_keys(1_000) };
    let (floor, filter) = (build_module("portcullis-bench-floor")?, filter.path()?);
    let table = reference.table()?;
    let mut contenders = Vec::new();
    for _ in 0..HOSTS {
        contenders.push(Contender::start(FLOOR, &floor, b"key")?);
        contenders.push(Contender::start(FILTER, &filter, &table)?);
    }
    let mut random = seed.random();
    let mut record = Record::new("cold");
    let requests = if options.quick { REQUESTS / 10 } else { REQUESTS };
    println!("seed {}, {requests} requests of each of {HOSTS} hosts", seed.number);
    for kib in CROWDS {
        println!("\n{kib} KiB of other code and as much other data before each request");
        let mut crowd = Crowd::new(kib)?;
        for contender in &mut contenders {
            contender.samples = Samples::new();
        }
        for _ in 0..requests {
            for contender in &mut contenders {
                let request = granted(&reference, &mut random);
                crowd.pass()?;
                contender.ask(request)?;
            }
        }
        let [floor, filter] = [FLOOR, FILTER].map(|name| median(&contenders, name));
        let above = "portcullis above the floor";
        for (what, time) in [(FLOOR, floor), (FILTER, filter), (above, filter - floor)] {
            println!("  {what:<28} {time:>6.0} ns");
            record.row(what, "KiB", kib, "p50", time, "ns");
        }
    }
    options.finish(&record)
}

/// The mean of what half of the requests take at most, over the hosts of a name.
fn median(contenders: &[Contender], name: &str) -> f64 {
    let named = contenders.iter().filter(|contender| contender.name == name);
    named.map(|contender| contender.samples.summary(0.0).p50).sum::<f64>() / float(HOSTS)
}

impl Contender {
    /// A host that has the module compiled for itself.
    fn start(name: &'static str, file: &Path, configuration: &[u8]) -> Result<Self> {
        let bytes = std::fs::read(file).with_context(|| {
            format!("cannot read `{}`; build the filter with `cargo xtask build`", file.display())
        })?;
        let module = Module::from_bytes(bytes).map_err(|error| anyhow!("{error}"))?;
        let host = Host::builder(&module).timed(true).configuration(configuration).start();
        let host = host.map_err(|error| anyhow!("{error}"))?;
        Ok(Self { name, host, samples: Samples::new() })
    }

    fn ask(&mut self, request: Request) -> Result<()> {
        let outcome = self.host.request(request);
        ensure!(outcome.local_reply().is_none(), "{} denies", self.name);
        self.samples.push(Duration::from_nanos(outcome.cost.nanoseconds));
        Ok(())
    }
}

/// A request with fields such as a proxy adds.
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
