//! Counts work that is the same in every run.

use anyhow::Result;
use clap::Parser;
use portcullis_benches::fuel;
use portcullis_benches::options::Options;

/// Counts the fuel of decisions and loads: about one unit an instruction, the same in every run
#[derive(Parser)]
#[command(
    after_help = "Example, after the code has changed on purpose:\n  cargo run --release -p portcullis-benches --bin bench-fuel -- --record benches/record"
)]
struct Arguments {
    #[command(flatten)]
    options: Options,
}

fn main() -> Result<()> {
    let Arguments { options } = Arguments::parse();
    options.finish(&fuel::record()?)
}
