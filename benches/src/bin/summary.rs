//! Draws what was recorded and says which budgets are met.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Parser;
use portcullis_benches::document::with_figures;
use portcullis_benches::envoy_plots;
use portcullis_benches::plot::{Line, Plot};
use portcullis_benches::record::{Row, machine};
use portcullis_benches::statistics::float;

/// Draws the plots of a folder of records, and prints the budgets in it, met or not
#[derive(Parser)]
#[command(
    after_help = "Example:\n  cargo run --release -p portcullis-benches --bin summary -- benches/record --document docs/performance.md"
)]
struct Arguments {
    /// Folder with the CSV files of the bench programs
    folder: PathBuf,
    /// Also put the figures into this document, where it says `<!-- figures: NAME -->`
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,
}

fn main() -> Result<()> {
    let Arguments { folder, document } = Arguments::parse();
    let mut files: Vec<PathBuf> = folder
        .read_dir()
        .with_context(|| format!("cannot read `{}`", folder.display()))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "csv"));
    files.sort();
    println!("{}", machine());
    for file in &files {
        // Other programs may keep files of other columns here.
        let Ok(rows) = Row::read(file) else { continue };
        let verdicts: Vec<String> = rows.iter().filter_map(Row::verdict).collect();
        if !verdicts.is_empty() {
            println!("\n{}", file.display());
        }
        for verdict in verdicts {
            println!("  {verdict}");
        }
        match file.file_stem().and_then(|name| name.to_str()) {
            Some("growth") => growth(&rows, &file.with_extension("svg"))?,
            Some("envoy") => envoy_plots::comparison(&rows, &folder)?,
            Some("envoy-soak-memory") => envoy_plots::soak(&rows, &file.with_extension("svg"))?,
            Some("load") => load(&rows, &file.with_extension("svg"))?,
            _ => {}
        }
    }
    if let Some(file) = document {
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("cannot read `{}`", file.display()))?;
        std::fs::write(&file, with_figures(&text, &folder)?)
            .with_context(|| format!("cannot write `{}`", file.display()))?;
    }
    Ok(())
}

/// How a decision grows with each thing that a policy has more of.
fn growth(rows: &[Row], file: &Path) -> Result<()> {
    let mut lines = Vec::from(["keys", "clients", "endpoints", "ranges"].map(|by| {
        let name = match by {
            "ranges" => "address ranges of the key's rule",
            by => by,
        };
        let decide = |row: &Row| row.what == "decide in WebAssembly" && row.measure == "p50";
        line(name, rows, |row| row.by == by && decide(row))
    }));
    lines.extend(floor(rows, &lines));
    Plot {
        title: "One decision in WebAssembly, by the size of the policy",
        size: "how many (nothing else grows)",
        cost: "nanoseconds, half of the decisions take less",
        lines,
        named_at_end: false,
    }
    .write(file)
}

/// The digest of the key alone, which every decision contains, over the sizes of the other lines.
fn floor(rows: &[Row], lines: &[Line]) -> Option<Line> {
    let digest = rows.iter().find(|row| row.what == "digest of the key in WebAssembly")?.value;
    let sizes = || lines.iter().flat_map(|line| &line.points).map(|(size, _)| *size);
    let (least, largest) = (sizes().reduce(f64::min)?, sizes().reduce(f64::max)?);
    let name = "SHA-256 of the key, a part of each decision".to_owned();
    Some(Line { name, points: vec![(least, digest), (largest, digest)], dashed: true })
}

/// How the proof of a table grows with its keys.
fn load(rows: &[Row], file: &Path) -> Result<()> {
    let of = |what: &'static str, dashed| {
        let line = line(what, rows, |row| row.what == what && row.measure == "p50");
        Line { dashed, ..line }
    };
    Plot {
        title: "Loading a table: proof of everything, against one SHA-256 of its bytes",
        size: "keys",
        cost: "milliseconds, half of the loads take less",
        lines: vec![
            of("load in WebAssembly", false),
            of("sha256 of the table in WebAssembly", true),
            of("load natively", false),
            of("sha256 of the table natively", true),
        ],
        named_at_end: false,
    }
    .write(file)
}

fn line(name: &str, rows: &[Row], belongs: impl Fn(&Row) -> bool) -> Line {
    let points = rows.iter().filter(|row| belongs(row)).map(|row| (float(row.amount), row.value));
    Line { name: name.to_owned(), points: points.collect(), dashed: false }
}
