//! What compiling costs as a user meets it: the release binary as a process, beside `LC_ALL=C sort`
//! of the same key file in the same run.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use portcullis_benches::policies::{AddressPolicy, ReferencePolicy};
use wait4::Wait4;

/// Measures `portcullis compile` by number of keys, beside sort of the same key file
#[derive(Debug, Parser)]
#[command(
    after_help = "Example:\n  cargo build --release -p policy-compiler && cargo run --release -p portcullis-benches --bin bench-compile -- --record benches/record\n\nThe least of several rounds is shown: what others do on the machine only ever adds."
)]
struct Arguments {
    /// The binary
    #[arg(long, value_name = "FILE", default_value = "target/release/portcullis")]
    portcullis: PathBuf,
    /// Sizes of the key file, in keys
    #[arg(long, value_name = "KEYS", value_delimiter = ',', default_values_t = [1_000, 10_000, 100_000, 1_000_000, 4_000_000])]
    keys: Vec<usize>,
    /// Keys of the policy in YAML alone
    #[arg(long, value_name = "KEYS", default_value_t = 1_000_000)]
    yaml: usize,
    /// Prefixes of the policy about addresses
    #[arg(long, value_name = "PREFIXES", default_value_t = 70_000)]
    prefixes: usize,
    /// How often each command has its turn
    #[arg(long, value_name = "N", default_value_t = 5)]
    rounds: usize,
    /// The processor of runs on one
    #[arg(long, value_name = "N", default_value_t = 0)]
    processor: usize,
    /// Seed of all policies
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Write the results to `compile.csv` in this folder
    #[arg(long, value_name = "FOLDER")]
    record: Option<PathBuf>,
}

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
    One(usize),
    All,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut bench = Bench { rows: String::new(), arguments: &arguments };
    println!(
        "{:<34} {:>9} {:<8} {:>8} {:>8} {:>8}   {:>8} {:>8}   {:>6} {:>6}",
        "policy", "amount", "on", "wall s", "CPU s", "MiB", "sort s", "CPU s", "wall x", "CPU x"
    );
    for &keys in &arguments.keys {
        bench.key_file("CSV, no order", keys, false, true)?;
    }
    for &keys in arguments.keys.iter().filter(|keys| **keys == 1_000_000) {
        bench.key_file("CSV, client by client", keys, false, false)?;
        bench.key_file("CSV with dates, no order", keys, true, true)?;
    }
    for (what, dates) in [("YAML", false), ("YAML with dates", true)] {
        let policy =
            ReferencePolicy { keys: arguments.yaml, dates, shuffled: false, seed: arguments.seed };
        bench.document(what, "keys", arguments.yaml, |folder| policy.write_yaml(folder))?;
    }
    for (what, split) in [("prefixes in 1,000 keys", true), ("prefixes in a list", false)] {
        let policy = AddressPolicy { prefixes: arguments.prefixes, split, seed: arguments.seed };
        bench.document(what, "prefixes", arguments.prefixes, |folder| policy.write(folder))?;
    }
    bench.finish()
}

struct Bench<'a> {
    rows: String,
    arguments: &'a Arguments,
}

impl Bench<'_> {
    fn key_file(&mut self, what: &str, keys: usize, dates: bool, shuffled: bool) -> Result<()> {
        let folder = tempfile::tempdir()?;
        let policy = ReferencePolicy { keys, dates, shuffled, seed: self.arguments.seed };
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
        let on = match processors {
            Processors::One(_) => "one core",
            Processors::All => "all",
        };
        print!(
            "{what:<34} {amount:>9} {on:<8} {:>8.3} {:>8.3} {:>8.0}",
            cost.wall_seconds, cost.cpu_seconds, cost.peak_mebibytes
        );
        let mut row = |measure: &str, value: f64, unit: &str| {
            let _ =
                writeln!(self.rows, "{what} on {on},{by},{amount},{measure},{value:.3},{unit},");
        };
        row("wall", cost.wall_seconds, "s");
        row("cpu", cost.cpu_seconds, "s");
        row("peak memory", cost.peak_mebibytes, "MiB");
        if let Some(sort) = Cost::least(sort) {
            let (wall, cpu) =
                (cost.wall_seconds / sort.wall_seconds, cost.cpu_seconds / sort.cpu_seconds);
            print!(
                "   {:>8.3} {:>8.3}   {wall:>6.2} {cpu:>6.2}",
                sort.wall_seconds, sort.cpu_seconds
            );
            row("wall of sort", sort.wall_seconds, "s");
            row("cpu of sort", sort.cpu_seconds, "s");
            row("wall to sort", wall, "x");
            row("cpu to sort", cpu, "x");
        }
        println!();
    }

    fn finish(self) -> Result<()> {
        let Some(folder) = &self.arguments.record else { return Ok(()) };
        let command: Vec<String> = std::env::args().skip(1).collect();
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = processors
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
            .map_or(std::env::consts::ARCH, |(_, name)| name.trim());
        let date = humantime::format_rfc3339_seconds(std::time::SystemTime::now());
        let text = format!(
            "# command: cargo run --release -p portcullis-benches --bin bench-compile -- {}\n# machine: {model}; {cores} cores; {}\n# date: {date}\nwhat,by,amount,measure,value,unit,budget\n{}",
            command.join(" "),
            std::env::consts::OS,
            self.rows
        );
        let file = folder.join("compile.csv");
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&file, text))
            .with_context(|| format!("cannot write `{}`", file.display()))?;
        println!("recorded in {}", file.display());
        Ok(())
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
    let child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot run {command:?}"))?;
    let ended = child.wait4().with_context(|| format!("cannot wait for {command:?}"))?;
    let wall_seconds = begun.elapsed().as_secs_f64();
    ensure!(ended.status.success(), "{command:?} failed: {}", ended.status);
    #[allow(clippy::cast_precision_loss, reason = "memory is far below 2^52 bytes")]
    let peak_mebibytes = ended.rusage.maxrss as f64 / 1_048_576.0;
    Ok(Cost {
        wall_seconds,
        cpu_seconds: (ended.rusage.utime + ended.rusage.stime).as_secs_f64(),
        peak_mebibytes,
    })
}
