//! What looking up an address costs in lists of real size.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;
use fastrand::Rng;
use policy_table::Reason;
use policy_table::Table;
use portcullis_bench_guest::Block;
use portcullis_benches::listed::{Origin, Place, Says, request_from, table};
use portcullis_benches::measure::Batch;
use portcullis_benches::networks::Networks;
use portcullis_benches::options::{Options, Seed};
use portcullis_benches::record::Record;
use portcullis_benches::samples::Samples;
use portcullis_benches::statistics::float;
use portcullis_benches::wasm::{Call, Guest, GuestModule};

/// Times the look-up of addresses in WebAssembly: a decision with lists, less the same without
#[derive(Parser)]
#[command(
    after_help = "Examples:\n  cargo run --release -p portcullis-benches --bin bench-networks -- --quick\n  cargo run --release -p portcullis-benches --bin bench-networks -- --networks lists/"
)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    seed: Seed,
    /// Folder of `.txt` files with one prefix a line; left out, a list of the shape of real ones is made from the seed
    #[arg(long, value_name = "FOLDER")]
    networks: Option<PathBuf>,
}

/// The most that a look-up may take, in nanoseconds.
const BUDGET: f64 = 70.0;
/// Keys over which the list is split.
const PARTS: usize = 1_000;
/// Requests of a kind, used again in each round.
const REQUESTS: usize = 2_000;

/// One kind of request, which passes with lists and without, so that all work but the look-up is the same.
struct Question {
    from: Origin,
    batch: Batch,
    with: Samples,
    without: Samples,
}

/// The same lists twice: an address in them passes where they are allowed, any other where they are blocked.
struct Listed {
    allowed: Guest,
    blocked: Guest,
}

fn main() -> Result<()> {
    let Arguments { options, seed, networks } = Arguments::parse();
    let (networks, name) = match networks {
        Some(folder) => (Networks::read(&folder)?, "networks-given"),
        None => (Networks::made(seed.number), "networks-made"),
    };
    let parts = networks.split(PARTS);
    let mut record = Record::new(name);
    let nowhere = table(PARTS, Place::Nowhere, Says::Allowed)?;
    let [on_the_gateway, split] = [Place::Gateway(&networks), Place::Keys(&parts)];
    for (title, place) in [("one list", on_the_gateway), ("split over 1000 keys", split)] {
        let bytes = table(PARTS, place, Says::Allowed)?;
        let bytes_of_lists = bytes.len() - nowhere.len();
        weigh(title, &Table::from_bytes(&bytes)?, bytes_of_lists, &networks, &mut record);
    }
    let module = GuestModule::build(false)?;
    let start = |bytes: &[u8]| {
        let mut guest = module.start()?;
        guest.load(bytes)?;
        anyhow::Ok(guest)
    };
    let mut without = start(&nowhere)?;
    let mut random = seed.random();
    let same: Vec<&Networks> = vec![&networks; PARTS];
    for (title, place, questions) in [
        ("one list of the gateway", on_the_gateway, on_gateway(&networks, &mut random)?),
        (
            "one list on every key",
            Place::Keys(std::slice::from_ref(&networks)),
            on_keys(&same, &mut random)?,
        ),
        (
            "1000 lists on 1000 keys",
            split,
            on_keys(&parts.iter().collect::<Vec<_>>(), &mut random)?,
        ),
    ] {
        let mut with = Listed {
            allowed: start(&table(PARTS, place, Says::Allowed)?)?,
            blocked: start(&table(PARTS, place, Says::Blocked)?)?,
        };
        let questions = asked(questions, &mut with, &mut without, &options)?;
        report(title, &questions, &networks, &mut record);
    }
    options.finish(&record)
}

/// Reports what the lists weigh in a table.
fn weigh(title: &str, table: &Table<'_>, bytes: usize, networks: &Networks, record: &mut Record) {
    let (counts, prefixes) = (table.counts(), networks.prefixes().len());
    println!(
        "{title}: {prefixes} prefixes become {} intervals of {} rules, {bytes} bytes of table",
        counts.address_ranges, counts.address_rules
    );
    for (measure, count) in [("intervals", counts.address_ranges), ("bytes", bytes)] {
        record.row(title, "prefixes", prefixes, measure, float(count), measure);
    }
}

/// Requests that end right behind the gateway's rule, so that there is little else to time.
fn on_gateway(networks: &Networks, random: &mut Rng) -> Result<Vec<Question>> {
    let mut questions = Vec::new();
    for from in Origin::ALL {
        let mut blocks = Vec::new();
        for _ in 0..REQUESTS {
            let address = from.address(networks, random).context("no such address in the list")?;
            let path = b"/;";
            let (method, host, key, headers) = (b"GET", b"a", b"k", &[]);
            blocks.push(
                Block { address: Some(address), method, host, path, key, headers }.to_bytes(),
            );
        }
        questions.push(Question::new(from, blocks, Reason::PathAmbiguous));
    }
    Ok(questions)
}

/// Whole requests, each with a key and an address for the list of that key.
fn on_keys(parts: &[&Networks], random: &mut Rng) -> Result<Vec<Question>> {
    let mut questions = Vec::new();
    for from in Origin::ALL {
        let mut blocks = Vec::new();
        while blocks.len() < REQUESTS {
            let number = random.usize(..parts.len());
            let part = parts.get(number).context("no such part")?;
            // Not every part has a network of each kind.
            if let Some(address) = from.address(part, random) {
                blocks.push(request_from(address, number));
            }
        }
        questions.push(Question::new(from, blocks, Reason::Granted));
    }
    Ok(questions)
}

impl Question {
    fn new(from: Origin, blocks: Vec<Vec<u8>>, reason: Reason) -> Self {
        let (with, without) = (Samples::new(), Samples::new());
        Self { from, batch: Batch { blocks, reason }, with, without }
    }
}

/// Times all kinds in turn, with lists and without.
fn asked(
    mut questions: Vec<Question>,
    with: &mut Listed,
    without: &mut Guest,
    options: &Options,
) -> Result<Vec<Question>> {
    for _ in 0..options.rounds() * 2 {
        for question in &mut questions {
            let hit = question.from.is_hit();
            let with = if hit { &mut with.allowed } else { &mut with.blocked };
            question.batch.time(with, Call::Decide, &mut question.with)?;
            question.batch.time(without, Call::Decide, &mut question.without)?;
        }
    }
    Ok(questions)
}

/// Reports the differences.
fn report(title: &str, questions: &[Question], networks: &Networks, record: &mut Record) {
    println!("\n{title}: ns of the look-up alone (the decision with the list, less that without)");
    for Question { from, with, without, .. } in questions {
        let name = from.name();
        let (with, without) = (with.summary(0.0), without.summary(0.0));
        let (p50, mean) = (with.p50 - without.p50, with.mean - without.mean);
        println!("  {name:<15} p50 {p50:>5.0}  mean {mean:>5.0}");
        let what = format!("look-up in {title} {name}");
        let prefixes = networks.prefixes().len();
        record.row(&what, "prefixes", prefixes, "mean", mean, "ns");
        record.row(&what, "prefixes", prefixes, "p50", p50, "ns");
        record.budget(BUDGET);
    }
}
