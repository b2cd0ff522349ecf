//! The demo: telling requests through the filter, in host-sim and on request in a real Envoy.
//!
//! `cargo xtask demo` builds what this needs and starts it.
#![forbid(unsafe_code)]

mod rows;
mod serve;
mod server;
mod show;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Parser;
use portcullis_tests::case::Cases;
use portcullis_tests::engine::{Envoy, EnvoyOptions, Simulator};

use crate::rows::Rows;

/// Sends the requests of an example through the filter and shows what it decides
#[derive(Parser)]
#[command(name = "demo", after_help = "Example:\n  cargo xtask demo --envoy")]
struct Arguments {
    /// The folder with policy.yaml and requests.yaml
    #[arg(long, value_name = "FOLDER", default_value = "examples/acme")]
    example: PathBuf,
    /// Also send them through a real Envoy
    #[arg(long)]
    envoy: bool,
    /// Stay up until Ctrl-C
    #[arg(long)]
    serve: bool,
    /// One JSON line a request
    #[arg(long)]
    json: bool,
    /// Where `--serve` listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:10000")]
    listen: SocketAddr,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    if arguments.serve {
        serve::must_be_free(arguments.listen)?;
    }
    let cases = Cases::read(&arguments.example.join("requests.yaml"))?;
    let table = cases.table()?;
    let mut all = vec![Rows::send(&mut Simulator::start(&table)?, &cases)?];
    if arguments.envoy {
        all.push(Rows::send(&mut Envoy::start(&table, &EnvoyOptions::default())?, &cases)?);
    }
    for rows in &all {
        if arguments.json {
            show::json(rows)?;
        } else {
            show::table(rows);
        }
    }
    judge(&all)?;
    if !arguments.json {
        show::agreement(&all);
    }
    if arguments.serve {
        serve::until_ended(&table, &cases, arguments.listen, arguments.envoy)?;
    }
    Ok(())
}

/// An error when a request was not decided as expected, or the engines disagree.
fn judge(all: &[Rows]) -> Result<()> {
    let mut wrong: Vec<String> = all.iter().flat_map(Rows::wrong).collect();
    if let [first, second] = all {
        wrong.extend(first.disagreements(second));
    }
    if !wrong.is_empty() {
        bail!("{} of the rows are not as expected:\n  {}", wrong.len(), wrong.join("\n  "));
    }
    Ok(())
}
