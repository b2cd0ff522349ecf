//! How many keys fit a host that gives a plugin 16 MiB: the filter and its table together.

use std::net::SocketAddr;

use anyhow::{Context, Result, anyhow, ensure};
use clap::Parser;
use fastrand::Rng;
use host_sim::{Host, Module, Request};
use portcullis_benches::options::{Filter, Options};
use portcullis_benches::record::Record;
use portcullis_benches::reference::Reference;
use portcullis_benches::statistics::{float, mebibytes};

/// Finds how many keys the filter holds under a limit of memory, and how many survive an update
#[derive(Parser)]
#[command(
    after_help = "Build the filter first: cargo xtask build\n\nExamples:\n  cargo run --release -p portcullis-benches --bin bench-capacity\n  cargo run --release -p portcullis-benches --bin bench-capacity -- --limit 64 --filter target/portcullis.wasm"
)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Memory that the host allows, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 16)]
    limit: usize,
    #[command(flatten)]
    filter: Filter,
}

/// Keys that are to fit at least, as was asked of Portcullis.
const WANTED: f64 = 500_000.0;

fn main() -> Result<()> {
    let Arguments { options, limit, filter } = Arguments::parse();
    let file = filter.path()?;
    let bytes = std::fs::read(&file).with_context(|| {
        format!("cannot read `{}`; build it with `cargo xtask build`", file.display())
    })?;
    println!("{}: {} bytes; a host that allows {limit} MiB", file.display(), bytes.len());
    let module = Module::from_bytes(bytes).map_err(|error| anyhow!("{error}"))?;
    let trial = Trial { module, limit: limit << 20 };
    let step = if options.quick { 16_000 } else { 1_000 };
    let mut record = Record::new("capacity");
    for (title, updates) in [
        ("keys that fit", 0),
        ("keys that survive an update", 1),
        ("keys that survive 5 updates", 5),
    ] {
        let (keys, size, pages) = trial.most(updates, step)?;
        println!(
            "\n{title}: {keys} keys, a table of {:.2} MiB, {:.2} MiB of guest memory",
            mebibytes(size),
            mebibytes(pages << 16)
        );
        record.row(title, "MiB", limit, "their table", mebibytes(size), "MiB");
        record.row(title, "MiB", limit, "found", float(keys), "keys");
        if limit == 16 {
            record.budget(WANTED);
        }
    }
    options.finish(&record)
}

struct Trial {
    module: Module,
    /// Bytes that the host allows.
    limit: usize,
}

impl Trial {
    /// The most keys with which the filter starts, takes so many updates and then decides, found
    /// by halving; the size of their table and the pages of memory that were used.
    fn most(&self, updates: usize, step: usize) -> Result<(usize, usize, usize)> {
        let (mut fits, mut too_many) = (0, self.limit / 16 / step);
        let mut found = (0, 0, 0);
        while fits + 1 < too_many {
            let middle = usize::midpoint(fits, too_many);
            let keys = middle * step;
            let policies = [0, keys].map(|first| Reference { first, ..Reference::with_keys(keys) });
            if let Some((size, pages)) = self.holds(&policies, updates)? {
                fits = middle;
                found = (keys, size, pages);
            } else {
                too_many = middle;
            }
        }
        Ok(found)
    }

    /// Bytes of the table and pages of memory with these policies in turn; `None` where the filter
    /// does not start, or keeps the old table.
    fn holds(&self, policies: &[Reference; 2], updates: usize) -> Result<Option<(usize, usize)>> {
        let [first, second] = policies;
        let tables = [first.table()?, second.table()?];
        let [first_table, second_table] = &tables;
        let builder = Host::builder(&self.module).memory_limit(self.limit);
        let Ok(mut host) = builder.configuration(first_table).start() else {
            return Ok(None);
        };
        decides(&mut host, first, second)?;
        for update in 0..updates {
            let turn = if update % 2 == 0 { second_table } else { first_table };
            if host.configure(turn).is_err() {
                return Ok(None);
            }
            if update % 2 == 0 {
                decides(&mut host, second, first)?;
            } else {
                decides(&mut host, first, second)?;
            }
        }
        Ok(Some((first_table.len(), usize::try_from(host.memory_pages())?)))
    }
}

/// A key of the policy in force is granted, and the same key of the other policy is not.
fn decides(host: &mut Host, in_force: &Reference, other: &Reference) -> Result<()> {
    let mut status = |policy: &Reference| {
        let mut random = Rng::with_seed(1);
        let granted = policy.granted_request(policy.keys / 2, &mut random);
        let request = Request::get(granted.path)
            .authority("api.example.com")
            .header("x-api-key", granted.key)
            .source_address(SocketAddr::new(granted.address.into(), 40_000));
        host.request(request).local_reply().map(|reply| reply.status)
    };
    let (known, unknown) = (status(in_force), status(other));
    ensure!(known.is_none(), "a key of the table in force is refused: {known:?}");
    ensure!(unknown == Some(401), "a key of another table is not refused: {unknown:?}");
    Ok(())
}
