//! What a further key takes, by how Envoy gets it: Envoy's own copies of a configuration are more than the filter's.

use std::time::Duration;

use anyhow::{Context, Result};
use portcullis_benches::envoy::{Delivery, Memory, Setup};
use portcullis_benches::statistics::float;

use crate::contenders::{Contender, World};
use crate::contest::Contest;
use crate::policy::Kind;
use crate::report::Report;
use crate::running::Starter;

/// Each by its name in the record.
const WAYS: [(&str, Delivery); 4] = [
    ("in the bootstrap", Delivery { watched_files: false, release: false }),
    ("in a watched file", Delivery { watched_files: true, release: false }),
    ("in the bootstrap + release", Delivery { watched_files: false, release: true }),
    ("in a watched file + release", Delivery { watched_files: true, release: true }),
];

const CONTENDERS: [Contender; 2] = [Contender::PortcullisKeys, Contender::ApiKeyAuth];

/// Until memory was given back: it is each second.
const RELEASED: Duration = Duration::from_secs(4);

/// Requests that each Envoy has answered before it is measured.
const REQUESTS: usize = 1_024;

/// Starts all of them at once, with few keys and with so many, and records what lies between.
pub(crate) fn measure(
    starter: &Starter,
    world: &World,
    keys: usize,
    report: &mut Report,
) -> Result<()> {
    const FEW: usize = 10;
    let mut contest = Contest::new(starter, "memory");
    let mut what = Vec::new();
    for (way, delivery) in WAYS {
        for contender in CONTENDERS {
            for keys in [FEW, keys] {
                let requests = contender.requests(world, keys, Kind::Granted);
                let requests = requests.context("no request")?;
                let name = format!("{} {way}", contender.name());
                let setup = Setup { delivery, ..contender.setup(world, keys)? };
                contest.enter(&name, setup, &requests)?;
                what.push((name, keys, requests));
            }
        }
    }
    let mut running = contest.start_all(0)?;
    for (running, (_, _, requests)) in running.iter_mut().flatten().zip(&what) {
        running.client.run(requests, REQUESTS)?;
    }
    std::thread::sleep(RELEASED);
    let memory: Result<Vec<Memory>> =
        running.iter().flatten().map(|running| running.memory()).collect();
    let further = float(keys.saturating_sub(FEW));
    for (pair, named) in memory?.chunks_exact(2).zip(what.chunks_exact(2)) {
        let ([few, many], [_, (name, ..)]) = (pair, named) else { continue };
        for (measure, of) in [
            ("RSS a further key", (|memory| memory.resident) as fn(&Memory) -> u64),
            ("heap in use a further key", |memory| memory.heap),
        ] {
            report.row(name, keys, measure, (float(of(many)) - float(of(few))) / further, "bytes");
        }
    }
    println!("\nmemory a further key, by how Envoy gets it");
    for (way, _) in WAYS {
        let of = |contender: Contender| {
            let name = format!("{} {way}", contender.name());
            report.value(&name, "keys", keys, "RSS a further key")
        };
        let [own, other] = CONTENDERS.map(of);
        let (own, other) = (own.context("not measured")?, other.context("not measured")?);
        println!(
            "  {way:<28} portcullis-keys {own:>6.0} bytes, api_key_auth {other:>6.0}: {:.2} x",
            own / other
        );
        let name = format!("portcullis-keys / api_key_auth {way}");
        report.row(&name, keys, "RSS a further key", own / other, "x");
    }
    Ok(())
}
