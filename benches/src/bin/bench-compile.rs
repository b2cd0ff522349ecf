//! What compiling costs as a user meets it: the release binary as a process, beside `LC_ALL=C sort`
//! of the same key file in the same run.

use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Parser;
use portcullis_benches::options::{Options, Seed};
use portcullis_benches::policies::{AddressPolicy, ReferencePolicy};
use portcullis_benches::record::Record;
use portcullis_benches::statistics::{float, mebibytes};
use wait4::Wait4;

/// Measures `portcullis compile` by number of keys, beside sort of the same key file
#[derive(Debug, Parser)]
#[command(
    after_help = "Example:\n  cargo build --release -p policy-compiler && cargo run --release -p portcullis-benches --bin bench-compile -- --record benches/record\n\nThe least of several rounds is shown: what others do on the machine only ever adds."
)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    seed: Seed,
    /// The binary
    #[arg(long, value_name = "FILE", default_value = "target/release/portcullis")]
    portcullis: PathBuf,
    /// How often each command has its turn
    #[arg(long, value_name = "N", default_value_t = 5)]
    rounds: usize,
    /// The processor of runs on one
    #[arg(long, value_name = "N", default_value_t = 0)]
    processor: usize,
}

/// How many keys and prefixes the budgets are about.
const KEYS: usize = 1_000_000;
const PREFIXES: usize = 70_000;

/// Of 1,000,000 keys as CSV on one core, in seconds and MiB: 600 MB.
const CSV_BUDGET: (f64, f64) = (1.5, 572.0);

/// The same against sort of the key file.
const SORT_BUDGET: f64 = 1.0;

/// Of 1,000,000 keys as YAML, in seconds.
const YAML_BUDGET: f64 = 8.0;

/// Of 70,000 prefixes in 1,000 keys, in seconds.
const PREFIXES_BUDGET: f64 = 1.0;

/// What one run took.
#[derive(Debug, Clone, Copy)]
struct Cost {
    wall_seconds: f64,
    /// Of the processor, in user mode and in the kernel.
    cpu_seconds: f64,
    peak_mebibytes: f64,
}

/// On how many processors a command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Processors {
    /// On this one.
    One(usize),
    All,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let (quick, seed) = (arguments.options.quick, arguments.seed.number);
    let mut bench = Bench { arguments: &arguments, record: Record::new("compile") };
    println!(
        "  {:<36} {:>9} {:>8} {:>8} {:>8} {:>8}   {:>8} {:>8}   {:>6} {:>6}",
        "policy",
        "amount",
        "wall s",
        "CPU s",
        "us a key",
        "MiB",
        "sort s",
        "CPU s",
        "wall x",
        "CPU x"
    );
    let most = if quick { KEYS / 10 } else { KEYS };
    for keys in [most / 1_000, most / 100, most / 10, most, 4 * most] {
        bench.key_file("CSV in no order", keys, false, true)?;
    }
    bench.key_file("CSV by client", most, false, false)?;
    bench.key_file("CSV with dates in no order", most, true, true)?;
    for (what, dates) in [("YAML", false), ("YAML with dates", true)] {
        let policy = ReferencePolicy { keys: most, dates, shuffled: false, seed };
        bench.document(what, "keys", most, |folder| policy.write_yaml(folder))?;
    }
    for (what, split) in [("prefixes in 1000 keys", true), ("prefixes in one list", false)] {
        let policy = AddressPolicy { prefixes: PREFIXES, split, seed };
        bench.document(what, "prefixes", PREFIXES, |folder| policy.write(folder))?;
    }
    arguments.options.finish(&bench.record)
}

struct Bench<'a> {
    arguments: &'a Arguments,
    record: Record,
}

impl Bench<'_> {
    fn key_file(&mut self, what: &str, keys: usize, dates: bool, shuffled: bool) -> Result<()> {
        let folder = tempfile::tempdir()?;
        let policy = ReferencePolicy { keys, dates, shuffled, seed: self.arguments.seed.number };
        let document = policy.write_csv(folder.path())?;
        for processors in [Processors::One(self.arguments.processor), Processors::All] {
            let mut compile = Vec::new();
            let mut sort = Vec::new();
            for _ in 0..self.arguments.rounds {
                compile.push(self.compile(&document, processors)?);
                sort.push(sort_rows(&folder.path().join("keys.csv"), processors)?);
            }
            self.show(what, "keys", keys, processors, &compile, &sort);
        }
        Ok(())
    }

    fn document(
        &mut self,
        what: &str,
        by: &str,
        amount: usize,
        write: impl FnOnce(&Path) -> std::io::Result<PathBuf>,
    ) -> Result<()> {
        let folder = tempfile::tempdir()?;
        let document = write(folder.path())?;
        for processors in [Processors::One(self.arguments.processor), Processors::All] {
            let runs = 0..self.arguments.rounds;
            let costs: Result<Vec<Cost>> =
                runs.map(|_| self.compile(&document, processors)).collect();
            self.show(what, by, amount, processors, &costs?, &[]);
        }
        Ok(())
    }

    fn compile(&self, document: &Path, processors: Processors) -> Result<Cost> {
        let mut command = processors.command(&self.arguments.portcullis);
        command.arg("compile").arg(document).arg("-o").arg(document.with_extension("table"));
        run(command)
    }

    fn show(
        &mut self,
        what: &str,
        by: &str,
        amount: usize,
        processors: Processors,
        compile: &[Cost],
        sort: &[Cost],
    ) {
        let Some(cost) = Cost::least(compile) else { return };
        let budgets = Budgets::of(what, amount, processors);
        let what = match processors {
            Processors::One(_) => format!("{what}: one core"),
            Processors::All => format!("{what}: all cores"),
        };
        let each = cost.cpu_seconds * 1e6 / float(amount);
        print!(
            "  {what:<36} {amount:>9} {:>8.3} {:>8.3} {each:>8.3} {:>8.0}",
            cost.wall_seconds, cost.cpu_seconds, cost.peak_mebibytes
        );
        let sort = Cost::least(sort);
        if let Some(sort) = sort {
            print!(
                "   {:>8.3} {:>8.3}   {:>6.2} {:>6.2}",
                sort.wall_seconds,
                sort.cpu_seconds,
                cost.wall_seconds / sort.wall_seconds,
                cost.cpu_seconds / sort.cpu_seconds
            );
        }
        println!();
        let mut row = |measure: &str, value: f64, unit: &str, budget: Option<f64>| {
            self.record.row(&what, by, amount, measure, value, unit);
            if let Some(budget) = budget {
                self.record.budget(budget);
            }
        };
        row("wall", cost.wall_seconds, "s", budgets.wall);
        row("cpu", cost.cpu_seconds, "s", None);
        row("cpu of each", each, "us", None);
        row("peak memory", cost.peak_mebibytes, "MiB", budgets.memory);
        if let Some(sort) = sort {
            row("wall of sort", sort.wall_seconds, "s", None);
            row("cpu of sort", sort.cpu_seconds, "s", None);
            row("wall to sort", cost.wall_seconds / sort.wall_seconds, "x", budgets.sort);
            row("cpu to sort", cost.cpu_seconds / sort.cpu_seconds, "x", None);
        }
    }
}

/// The most that a run may take, where that is said.
#[derive(Debug, Clone, Copy, Default)]
struct Budgets {
    wall: Option<f64>,
    memory: Option<f64>,
    sort: Option<f64>,
}

impl Budgets {
    fn of(what: &str, amount: usize, processors: Processors) -> Self {
        match (what, amount, processors) {
            ("CSV in no order", KEYS, Processors::One(_)) => Self {
                wall: Some(CSV_BUDGET.0),
                memory: Some(CSV_BUDGET.1),
                sort: Some(SORT_BUDGET),
            },
            ("YAML", KEYS, Processors::One(_)) => {
                Self { wall: Some(YAML_BUDGET), ..Self::default() }
            }
            ("prefixes in 1000 keys", ..) => {
                Self { wall: Some(PREFIXES_BUDGET), ..Self::default() }
            }
            _ => Self::default(),
        }
    }
}

impl Processors {
    fn command(self, program: &Path) -> Command {
        match self {
            Self::One(processor) => {
                let mut command = Command::new("taskset");
                command.arg("-c").arg(processor.to_string()).arg(program);
                command
            }
            Self::All => Command::new(program),
        }
    }
}

impl Cost {
    /// The least of each.
    fn least(costs: &[Self]) -> Option<Self> {
        costs.iter().copied().reduce(|one, other| Self {
            wall_seconds: one.wall_seconds.min(other.wall_seconds),
            cpu_seconds: one.cpu_seconds.min(other.cpu_seconds),
            peak_mebibytes: one.peak_mebibytes.min(other.peak_mebibytes),
        })
    }
}

fn sort_rows(file: &Path, processors: Processors) -> Result<Cost> {
    let mut command = processors.command(Path::new("sort"));
    command.env("LC_ALL", "C").arg(file).arg("-o").arg(file.with_extension("sorted"));
    run(command)
}

fn run(mut command: Command) -> Result<Cost> {
    let begun = Instant::now();
    let mut said = tempfile::tempfile().context("no place for what a program says")?;
    let child = command
        .stdout(Stdio::null())
        .stderr(said.try_clone()?)
        .spawn()
        .with_context(|| format!("cannot run {command:?}"))?;
    let ended = child.wait4().with_context(|| format!("cannot wait for {command:?}"))?;
    let wall_seconds = begun.elapsed().as_secs_f64();
    if !ended.status.success() {
        let mut text = String::new();
        said.rewind().and_then(|()| said.read_to_string(&mut text))?;
        bail!("{command:?} failed ({}): {text}", ended.status);
    }
    let peak_mebibytes = mebibytes(ended.rusage.maxrss);
    Ok(Cost {
        wall_seconds,
        cpu_seconds: (ended.rusage.utime + ended.rusage.stime).as_secs_f64(),
        peak_mebibytes,
    })
}
