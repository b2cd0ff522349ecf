//! Results as CSV files that say how they were made.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::statistics::float;
use crate::workspace;

/// The results of one program.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    name: &'static str,
    rows: Vec<Row>,
}

/// One result.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What was measured, such as `decide in WebAssembly`.
    pub what: String,
    /// What was varied, such as `keys`.
    pub by: String,
    /// How many of them there were.
    pub amount: u64,
    /// What is said of it, such as `p50`.
    pub measure: String,
    /// The result.
    pub value: f64,
    /// Its unit; `x` for a ratio.
    pub unit: String,
    /// The most that it may be, or for a unit of which more is better, the least.
    pub budget: Option<f64>,
}

/// The columns, in the order of the fields of [`Row`].
const COLUMNS: &str = "what,by,amount,measure,value,unit,budget";

impl Record {
    /// A record without results; `name` becomes the name of its file.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self { name, rows: Vec::new() }
    }

    /// Adds a result.
    pub fn row(
        &mut self,
        what: &str,
        by: &str,
        amount: usize,
        measure: &str,
        value: f64,
        unit: &str,
    ) {
        self.rows.push(Row {
            what: what.to_owned(),
            by: by.to_owned(),
            amount: amount as u64,
            measure: measure.to_owned(),
            value,
            unit: unit.to_owned(),
            budget: None,
        });
    }

    /// Adds a count of fuel.
    pub fn count(&mut self, what: &str, by: &str, amount: usize, fuel: u64) {
        println!("  {what:<32} {amount:>9} {by:<10} {fuel:>10}");
        self.row(what, by, amount, "fuel", float(fuel), "fuel");
    }

    /// The results so far.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The last result has a budget. Prints whether it is met.
    pub fn budget(&mut self, budget: f64) {
        if let Some(row) = self.rows.last_mut() {
            row.budget = Some(budget);
            println!("  {}", row.verdict().unwrap_or_default());
        }
    }

    /// Writes `<folder>/<name>.csv`: how it was made in lines that begin with `#`, then the rows.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<PathBuf> {
        let mut text = String::new();
        for (name, value) in provenance() {
            writeln!(text, "# {name}: {value}")?;
        }
        writeln!(text, "{COLUMNS}")?;
        for row in &self.rows {
            let Row { what, by, amount, measure, value, unit, budget } = row;
            let budget = budget.map(|budget| budget.to_string()).unwrap_or_default();
            writeln!(text, "{what},{by},{amount},{measure},{value:.3},{unit},{budget}")?;
        }
        let file = folder.join(format!("{}.csv", self.name));
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&file, text))
            .with_context(|| format!("cannot write `{}`", file.display()))?;
        println!("recorded in {}", file.display());
        Ok(file)
    }
}

impl Row {
    /// The rows of a recorded file.
    ///
    /// # Errors
    /// Where it cannot be read or a line is no row.
    pub fn read(file: &Path) -> Result<Vec<Self>> {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read `{}`", file.display()))?;
        let lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#')).skip(1);
        lines
            .map(|(number, line)| {
                Self::parse(line).with_context(|| {
                    format!(
                        "{}:{}: expected `{COLUMNS}`, found `{line}`",
                        file.display(),
                        number + 1
                    )
                })
            })
            .collect()
    }

    /// Whether the budget is met; `None` where there is none.
    #[must_use]
    pub fn verdict(&self) -> Option<String> {
        let budget = self.budget?;
        let what = format!("{} {}, {} {}", self.what, self.measure, self.amount, self.by);
        let verdict = if self.is_met(budget) { "met    " } else { "not met" };
        let bound = self.bound(budget);
        Some(format!("budget {verdict}  {what}: {}, {bound}", self.shown()))
    }

    /// A budget in words, as `at most 3 x`.
    #[must_use]
    pub fn bound(&self, budget: f64) -> String {
        let words = if self.more_is_better() { "at least" } else { "at most" };
        let digits = budget.to_string();
        // Groups of three are for long whole numbers.
        let digits = if digits.contains('.') { digits } else { figure(digits) };
        format!("{words} {digits} {}", self.unit)
    }

    /// The result with its unit, with as many digits as say something.
    #[must_use]
    pub fn shown(&self) -> String {
        let Self { value, unit, .. } = self;
        match unit.as_str() {
            "x" | "times" | "MiB" | "ms" | "s" | "us" => format!("{value:.2} {unit}"),
            "fuel" => figure(format!("{value:.0}")),
            _ => format!("{} {unit}", figure(format!("{value:.0}"))),
        }
    }

    /// Whether the result is within this budget.
    #[must_use]
    pub fn is_met(&self, budget: f64) -> bool {
        if self.more_is_better() { self.value >= budget } else { self.value <= budget }
    }

    /// Only of how many keys fit, and how many times dearer something else is, more is better.
    fn more_is_better(&self) -> bool {
        matches!(self.unit.as_str(), "keys" | "times")
    }

    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split(',');
        let mut next = || fields.next().map(str::to_owned);
        let (what, by) = (next()?, next()?);
        let amount = next()?.parse().ok()?;
        let measure = next()?;
        let value = next()?.parse().ok()?;
        let unit = next()?;
        let budget = match next()?.as_str() {
            "" => None,
            budget => Some(budget.parse().ok()?),
        };
        Some(Self { what, by, amount, measure, value, unit, budget })
    }
}

/// A whole number with its digits in groups of three.
#[must_use]
pub fn figure(digits: String) -> String {
    if let Some(digits) = digits.strip_prefix('-') {
        return format!("-{}", figure(digits.to_owned()));
    }
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The command, the machine, the day and the commit.
fn provenance() -> [(&'static str, String); 4] {
    let mut words = std::env::args();
    let program = words.next().unwrap_or_default();
    let program =
        Path::new(&program).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let options: Vec<String> = words.collect();
    let options =
        if options.is_empty() { String::new() } else { format!(" -- {}", options.join(" ")) };
    [
        ("command", format!("cargo run --release -p portcullis-benches --bin {program}{options}")),
        ("machine", machine()),
        ("date", humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string()),
        ("commit", commit()),
    ]
}

/// The processor, as Linux names it, and how many of them.
#[must_use]
pub fn machine() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    // Of the machine: a bench may have put itself on one of them.
    let listed = text.lines().filter(|line| line.starts_with("processor")).count();
    let cores = match listed {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        cores => cores,
    };
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or(std::env::consts::ARCH, |(_, name)| name.trim());
    format!("{model}; {cores} cores; {}", std::env::consts::OS)
}

/// That of the checkout that was built, wherever the program was started.
fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(workspace::root()).args(arguments).output();
        let output = output.ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short", "HEAD"]) else {
        return "unknown".to_owned();
    };
    let changed = git(&["status", "--porcelain", "--untracked-files=no"])
        .is_some_and(|text| !text.is_empty());
    if changed { format!("{commit}, with changes") } else { commit }
}
