//! `portcullis emit`: configurations of proxies that load filter and table.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{Outcome, output, table};
use crate::emit::envoy::{Options, Settings, Upstream, bootstrap};

/// Writes the configuration of a proxy that loads filter and table
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  portcullis emit envoy policy.table > envoy.yaml")]
pub(super) struct EmitArguments {
    #[command(subcommand)]
    proxy: Proxy,
}

#[derive(Debug, Subcommand)]
enum Proxy {
    Envoy(EnvoyArguments),
}

/// Writes a complete, runnable Envoy configuration to stdout
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  portcullis emit envoy policy.table > envoy.yaml && envoy -c envoy.yaml\n  portcullis emit envoy policy.table --upstream orders.internal:8080 --filter-state\n\nThe configuration holds the table itself: emit it again after every compile."
)]
struct EnvoyArguments {
    /// The table that `portcullis compile` wrote
    table: PathBuf,
    /// The filter's module, as Envoy will find it
    #[arg(long, value_name = "FILE", default_value = "target/portcullis.wasm")]
    filter: PathBuf,
    /// Where Envoy listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:10000")]
    listen: SocketAddr,
    /// Where granted requests go: host and port
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8080")]
    upstream: Upstream,
    /// Where Envoy's administration interface listens; none without this
    #[arg(long, value_name = "ADDRESS")]
    admin: Option<SocketAddr>,
    /// How the table is handed to the filter: as bytes, unless `--filter-state` asks for JSON
    #[arg(long, value_name = "FORM")]
    settings: Option<SettingsForm>,
    /// Let the filter set the decision as filter state, and log it
    #[arg(long)]
    filter_state: bool,
    /// Take client addresses from the PROXY protocol header that a load balancer sends
    #[arg(long)]
    proxy_protocol: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SettingsForm {
    /// The table's bytes, nothing else
    Bytes,
    /// JSON around the table
    Json,
}

pub(super) fn run(arguments: &EmitArguments) -> Outcome {
    match &arguments.proxy {
        Proxy::Envoy(arguments) => envoy(arguments),
    }
}

fn envoy(arguments: &EnvoyArguments) -> Outcome {
    // A configuration with a table that the filter refuses would only fail later.
    table::open(&arguments.table, |bytes, table| {
        let options = Options {
            filter: arguments.filter.clone(),
            listen: arguments.listen,
            upstream: arguments.upstream.clone(),
            admin: arguments.admin,
            settings: settings(arguments)?,
            proxy_protocol: arguments.proxy_protocol,
            client_address: table.settings().client_address,
        };
        Ok(output::data(bootstrap(bytes, &options).trim_end()))
    })
}

fn settings(arguments: &EnvoyArguments) -> Result<Settings, Outcome> {
    match (arguments.settings, arguments.filter_state) {
        (Some(SettingsForm::Bytes), true) => Err(output::refuse(
            "`--filter-state` is a setting, and bytes are the table alone: use `--settings json`",
        )),
        (None | Some(SettingsForm::Bytes), false) => Ok(Settings::Bytes),
        (_, filter_state) => Ok(Settings::Json { filter_state }),
    }
}
