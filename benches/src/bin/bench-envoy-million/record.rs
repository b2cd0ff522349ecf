//! Figures for people as they come, and for later as a CSV file that says how it was made.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

/// The figures of one run.
pub(crate) struct Record {
    keys: usize,
    rows: String,
}

impl Record {
    /// A run with so many keys.
    pub(crate) fn new(keys: usize) -> Self {
        Self { keys, rows: String::new() }
    }

    /// Prints and keeps one figure.
    pub(crate) fn row(&mut self, what: &str, measure: &str, value: f64, unit: &str) {
        println!("{what:<26} {measure:<36} {value:>16.2} {unit}");
        let keys = self.keys;
        // Writing to a text does not fail.
        let _ = writeln!(self.rows, "{what},keys,{keys},{measure},{value:.3},{unit},");
    }

    /// Writes `benches/record/envoy-million.csv`, or for another number of keys a file of its own.
    pub(crate) fn write(&self) -> Result<()> {
        let name = match self.keys {
            crate::KEYS => "envoy-million.csv".to_owned(),
            keys => format!("envoy-{keys}.csv"),
        };
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("record").join(name);
        let arguments: String =
            std::env::args().skip(1).map(|word| format!(" -- {word}")).collect();
        let text = format!(
            "# command: cargo run -p portcullis-benches --bin bench-envoy-million{arguments}\n\
             # machine: {}; {} cores, shared with other work\n\
             # commit: {}\n\
             what,by,amount,measure,value,unit,budget\n{}",
            processor(),
            std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            commit(),
            self.rows
        );
        std::fs::create_dir_all(file.parent().unwrap_or(Path::new(".")))?;
        std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
        println!("recorded in {}", file.display());
        Ok(())
    }
}

fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or(std::env::consts::ARCH, |(_, name)| name.trim()).to_owned()
}

fn commit() -> String {
    let output = Command::new("git").args(["rev-parse", "--short", "HEAD"]).output();
    let output = output.ok().filter(|output| output.status.success());
    output.map_or("unknown".to_owned(), |output| {
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    })
}
