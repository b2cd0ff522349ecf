//! `portcullis emit`: configurations of proxies that load filter and table.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use super::{Outcome, output, table};
use crate::emit::envoy::{Fields, Filter, Mode, Options, Settings, Upstream, bootstrap, resource};

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
    EnvoyFilter(EnvoyFilterArguments),
}

/// Writes a complete, runnable Envoy configuration to stdout
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  portcullis emit envoy policy.table > envoy.yaml && envoy -c envoy.yaml\n  portcullis emit envoy policy.table --upstream orders.internal:8080 --filter-state\n  portcullis emit envoy policy.table --mode shadow\n\nThe configuration holds the table itself: emit it again after every compile. With `--watch` it holds\nneither filter nor table: emit these by `portcullis emit envoy-filter`, before Envoy starts and after\nevery compile. What concerns the filter is said there, and `--filter-state` in both places."
)]
struct EnvoyArguments {
    #[command(flatten)]
    filter: FilterArguments,
    /// Where Envoy listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:10000")]
    listen: SocketAddr,
    /// Where granted requests go: host and port
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8080")]
    upstream: Upstream,
    /// Where Envoy's administration interface listens; none without this
    #[arg(long, value_name = "ADDRESS")]
    admin: Option<SocketAddr>,
    /// Let Envoy take filter and table from this file, and watch it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["filter", "settings", "mode", "client_metrics"])]
    watch: Option<PathBuf>,
    /// Take client addresses from the PROXY protocol header that a load balancer sends
    #[arg(long)]
    proxy_protocol: bool,
}

/// Writes filter and table for an Envoy that watches a file for them to stdout
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  portcullis emit envoy-filter policy.table > next.yaml && mv next.yaml /etc/envoy/portcullis.yaml\n\nFor the configuration that `portcullis emit envoy --watch /etc/envoy/portcullis.yaml` writes. Always\nreplace the file by renaming. A new table decides at once, on open connections too."
)]
struct EnvoyFilterArguments {
    #[command(flatten)]
    filter: FilterArguments,
}

/// Where `cargo xtask build` puts the filter, as seen from a checkout.
const BUILT: &str = "target/portcullis.wasm";

#[derive(Debug, Args)]
struct FilterArguments {
    /// The table that `portcullis compile` wrote
    table: PathBuf,
    /// The filter's module, as Envoy will find it
    #[arg(long, value_name = "FILE", default_value = BUILT)]
    filter: PathBuf,
    /// How the table is handed to the filter: as bytes, unless another setting asks for JSON
    #[arg(long, value_name = "FORM")]
    settings: Option<SettingsForm>,
    /// What becomes of denied requests
    #[arg(long, value_name = "MODE", default_value = "enforce")]
    mode: ModeName,
    /// Let the filter set the decision as filter state, and log it
    #[arg(long)]
    filter_state: bool,
    /// How many clients are counted one by one, in the order of names
    #[arg(long, value_name = "COUNT", default_value_t = 0, value_parser = clap::value_parser!(u16).range(..=10_000))]
    client_metrics: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SettingsForm {
    /// The table's bytes, nothing else
    Bytes,
    /// JSON around the table
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ModeName {
    /// The filter answers them
    Enforce,
    /// They are counted, logged and let through
    Shadow,
}

pub(super) fn run(arguments: &EmitArguments) -> Outcome {
    match &arguments.proxy {
        Proxy::Envoy(arguments) => envoy(arguments),
        Proxy::EnvoyFilter(arguments) => envoy_filter(&arguments.filter),
    }
}

fn envoy(arguments: &EnvoyArguments) -> Outcome {
    if arguments.listen.port() != 0 && arguments.admin == Some(arguments.listen) {
        let address = arguments.listen;
        return output::refuse(format!(
            "`--listen` and `--admin` are both `{address}`, where Envoy can listen once: choose another port for one"
        ));
    }
    if let Some(admin) = arguments.admin.filter(|admin| !admin.ip().is_loopback()) {
        output::say_line(format!(
            "note: whoever reaches {admin} can read the configuration and end Envoy; `--admin 127.0.0.1:{}` is for this machine alone",
            admin.port()
        ));
    }
    if arguments.watch.is_none() {
        note_missing(&arguments.filter.filter);
    }
    // A configuration with a table that the filter refuses would only fail later.
    table::open(&arguments.filter.table, |bytes, table| {
        let options = Options {
            filter: filter(&arguments.filter)?,
            watched: arguments.watch.clone(),
            listen: arguments.listen,
            upstream: arguments.upstream.clone(),
            admin: arguments.admin,
            proxy_protocol: arguments.proxy_protocol,
            client_address: table.settings().client_address,
        };
        Ok(output::data(bootstrap(bytes, &options).trim_end()))
    })
}

fn envoy_filter(arguments: &FilterArguments) -> Outcome {
    note_missing(&arguments.filter);
    table::open(&arguments.table, |bytes, _| {
        Ok(output::data(resource(bytes, &filter(arguments)?).trim_end()))
    })
}

fn filter(arguments: &FilterArguments) -> Result<Filter, Outcome> {
    let mode = match arguments.mode {
        ModeName::Enforce => Mode::Enforce,
        ModeName::Shadow => Mode::Shadow,
    };
    let FilterArguments { filter_state, client_metrics, .. } = *arguments;
    let fields = Fields { mode, filter_state, client_metrics };
    let settings = match (arguments.settings, fields == Fields::default()) {
        (Some(SettingsForm::Bytes), false) => {
            return Err(output::refuse(
                "`--mode`, `--filter-state` and `--client-metrics` are settings, and bytes are the table alone: use `--settings json`",
            ));
        }
        (None | Some(SettingsForm::Bytes), true) => Settings::Bytes,
        (_, _) => Settings::Json(fields),
    };
    Ok(Filter { module: arguments.filter.clone(), settings })
}

/// Of a path that is given nobody can tell here whether it is one of another machine.
fn note_missing(filter: &Path) {
    if filter == Path::new(BUILT) && !filter.exists() {
        output::say_line(format!(
            "note: there is no `{BUILT}` here, and without it Envoy serves nothing: say by `--filter` where it finds the filter"
        ));
    }
}
