//! What authorization costs in a real Envoy, beside all that would be used in its place.
//!
//! ```text
//! cargo xtask bench-envoy --quick       # three minutes
//! cargo xtask bench-envoy               # everything
//! ```
//!
//! Every contender has an Envoy of its own with one worker on a core of its own; in each round all
//! of them have their turn. After some rounds all Envoys end, and the next generation starts. What is
//! measured is the processor time of the whole Envoy process for a request, as the scheduler counts
//! it; each answer's status is checked.
//!
//! ```text
//! comparison   all contenders, by number of keys and kind of request; memory, start, latency
//! floor        the filter beside a bare module that makes the same host calls
//! growth       the filter with more keys, endpoints, address ranges
//! memory       what a further key takes, by how Envoy gets it
//! checks       what must hold, met or not
//! ```
#![forbid(unsafe_code)]

mod checks;
mod comparison;
mod contenders;
mod contest;
mod delivery;
mod floor;
mod growth;
mod latency;
mod policy;
mod progress;
mod report;
mod resources;
mod rounds;
mod running;
mod table;

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Parser;
use portcullis_benches::envoy::{Cores, Places};
use portcullis_benches::envoy_plots;
use portcullis_benches::generations::Ratio;
use portcullis_benches::options::Options;
use portcullis_benches::wasm::build_module;

use comparison::{Entry, compare};
use contenders::tokens::Tokens;
use contenders::{Contender, World};
use floor::Variant;
use report::Report;
use rounds::Effort;
use running::{Authorizer, Starter};

/// Compares the filter in a real Envoy with everything that would be used in its place
#[derive(Parser)]
#[command(
    after_help = "Examples:\n  bench-envoy --quick\n  bench-envoy --part floor\n  bench-envoy --only portcullis,api_key_auth --keys 1000\n  bench-envoy --record benches/record"
)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Generations, in each of which each contender has a new Envoy [default: 3, of growth 6, of the floor 12; in a
    /// quick run 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    generations: Option<u32>,
    /// Rounds of each generation, in which each contender has its turn [default: 5, of the floor 25, of growth 20; in a
    /// quick run 3]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,
    /// Only these parts: comparison, floor, growth, memory
    #[arg(long = "part", value_name = "PART", value_delimiter = ',')]
    parts: Vec<Part>,
    /// Only these contenders, beside `none`, and neither floor nor growth nor memory
    #[arg(long, value_name = "CONTENDER", value_delimiter = ',')]
    only: Vec<Contender>,
    /// Numbers of keys, one client each [default: 10,1000,10000,100000; 10,1000 in a quick run]
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(10..))]
    keys: Vec<u32>,
}

/// What can be measured by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// All contenders.
    Comparison,
    /// The filter beside the bare module.
    Floor,
    /// The filter as policies grow.
    Growth,
    /// What a further key takes, by how Envoy gets it.
    Memory,
}

/// The number of keys with which everything is compared: also latency, and the filter with very many.
const MAIN: usize = 1_000;

impl Arguments {
    fn is_part(&self, part: Part) -> bool {
        self.parts.is_empty() || self.parts.contains(&part)
    }

    /// Whether a part is wanted that has no contenders to choose from.
    fn is_whole_part(&self, part: Part) -> bool {
        self.is_part(part) && self.only.is_empty()
    }

    fn takes_part(&self, contender: Contender) -> bool {
        contender == Contender::None || self.only.is_empty() || self.only.contains(&contender)
    }

    /// The numbers of keys of the comparison.
    fn sizes(&self) -> Vec<usize> {
        match (self.keys.as_slice(), self.options.quick) {
            _ if !self.is_part(Part::Comparison) => Vec::new(),
            ([], true) => vec![10, MAIN],
            ([], false) => vec![10, MAIN, 10_000, 100_000],
            (keys, _) => keys.iter().filter_map(|keys| usize::try_from(*keys).ok()).collect(),
        }
    }

    /// How often and how long, for a part that has so many generations and rounds in a full run.
    fn effort(&self, generations: usize, rounds: usize, milliseconds: u64) -> Effort {
        let quick = self.options.quick;
        let times = |chosen: Option<u32>, full: usize, in_quick: usize| {
            let chosen = chosen.and_then(|times| usize::try_from(times).ok());
            chosen.unwrap_or(if quick { in_quick } else { full })
        };
        Effort {
            generations: times(self.generations, generations, 2),
            rounds: times(self.rounds, rounds, 3),
            turn: Duration::from_millis(if quick { 150 } else { milliseconds }),
        }
    }

    /// All contenders with so many keys, and the filter with very many beside the main number.
    fn entries(&self, keys: usize) -> Vec<Entry> {
        let contenders = Contender::ALL.into_iter().filter(|one| self.takes_part(*one));
        let mut entries: Vec<Entry> =
            contenders.map(|contender| Entry { contender, keys }).collect();
        if keys == MAIN && self.takes_part(Contender::Portcullis) {
            let keys = if self.options.quick { 100_000 } else { 1_000_000 };
            entries.push(Entry { contender: Contender::Portcullis, keys });
        }
        entries
    }
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if !arguments.only.is_empty() && !arguments.is_part(Part::Comparison) {
        bail!(
            "`--only` chooses among the contenders of the comparison; leave it out, or add `--part comparison`"
        );
    }
    let begin = Instant::now();
    let mut report = Report::new();
    let measured = measure(&arguments, &mut report);
    // Also what came before a failure: it took minutes.
    table::print(&report);
    checks::add(&mut report, &measured?);
    println!("\n{:.0} s", begin.elapsed().as_secs_f64());
    arguments.options.finish(&report.record)?;
    match &arguments.options.record {
        Some(folder) => envoy_plots::comparison(report.record.rows(), folder),
        None => Ok(()),
    }
}

/// Measures all parts that are wanted; what is said of the filter beside its floor.
fn measure(arguments: &Arguments, report: &mut Report) -> Result<Vec<(Variant, Ratio)>> {
    let quick = arguments.options.quick;
    let cores = Cores::choose().filter(|cores| cores.take_own());
    match cores {
        Some(Cores { envoy, others }) => {
            println!("Envoy on core {envoy}, all others on core {others}")
        }
        None => println!("no cores of their own: fewer than two, or no `taskset`"),
    }
    let authorizer = Authorizer::start()?;
    let places = Places::find()?;
    let world = World {
        filter: places.filter.clone(),
        floor: build_module("portcullis-bench-floor")?,
        authorizer: authorizer.address,
        tokens: Tokens::new()?,
    };
    let starter = Starter { places, cores };
    for keys in arguments.sizes() {
        let entries = arguments.entries(keys);
        let effort = arguments.effort(3, 5, 300);
        let time = Duration::from_millis(if quick { 900 } else { 6_000 });
        let latency = (keys == MAIN).then_some(time);
        compare(&starter, &world, &authorizer, &entries, effort, latency, report)?;
    }
    let mut beside_floors = Vec::new();
    if arguments.is_whole_part(Part::Floor) {
        // Turns so short that a neighbour on the same hardware disturbs all of a round or none.
        let effort = arguments.effort(12, 25, 40);
        beside_floors = floor::measure(&starter, &world, effort, report)?;
    }
    if arguments.is_whole_part(Part::Growth) {
        growth::measure(&starter, &world, quick, arguments.effort(6, 20, 40), report)?;
    }
    if arguments.is_whole_part(Part::Memory) {
        delivery::measure(&starter, &world, 100_000, report)?;
    }
    Ok(beside_floors)
}
