//! Counts work that is the same in every run, and compares it with what is recorded.

use anyhow::{Context, Result};
use clap::Parser;
use portcullis_benches::fuel;
use portcullis_benches::options::Options;
use portcullis_benches::record::Row;

/// Counts the fuel of decisions and loads: about one unit an instruction, the same in every run
///
/// Fails where it is not as recorded in benches/record/fuel.csv.
#[derive(Parser)]
#[command(
    after_help = "Example, after the code has changed on purpose:\n  cargo run --release -p portcullis-benches --bin bench-fuel -- --accept"
)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Take the counts of this run for right, and record them in benches/record/fuel.csv
    #[arg(long)]
    accept: bool,
}

fn main() -> Result<()> {
    let Arguments { options, accept } = Arguments::parse();
    let counted = fuel::record()?;
    let file = fuel::recorded();
    let folder = file.parent().context("the record has no folder")?;
    if accept {
        counted.write(folder)?;
        return Ok(());
    }
    fuel::compare(counted.rows(), &Row::read(&file)?)?;
    // Many small steps within the band must not move it: only `--accept` does.
    let Some(elsewhere) = options.record else { return Ok(()) };
    if std::path::absolute(&elsewhere)? != std::path::absolute(folder)? {
        counted.write(&elsewhere)?;
    }
    Ok(())
}
