//! `host-sim serve`: an HTTP front that runs a module for every request.

mod body;
mod connections;
mod convert;
mod desk;
mod front;
mod job;
mod relay;
mod upstream;
mod worker;

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use self::connections::{BOUNDS, accept};
use self::front::{Front, Wants};
use super::{Failure, PluginArguments, length_of_time, say_logs};

/// Serves HTTP/1.1 and HTTP/2, running a module for every request and proxying to an upstream
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  host-sim serve filter.wasm --config table.bin --listen 127.0.0.1:8080 --upstream 127.0.0.1:9000
  host-sim serve filter.wasm --listen 127.0.0.1:0 --upstream localhost:9000

The address it listens on and what the module logs go to standard error. Both versions of HTTP come to
the one port, without TLS (HTTP/2 with prior knowledge, not by `Upgrade: h2c`). The upstream is
asked by HTTP/1.1; one that is away is a 502. A body goes through piece by piece, unless the module has
a callback for it or its trailers; then it is held whole, up to 16 MiB.

Up to 1,000 connections are served at once; more wait. One on which the head of a request does not come
within 30 seconds is ended.

The module gets its ticks by the clock. Its calls to other services are sent nowhere, and end by their
timeouts. A stream that it holds is looked at again after each of these, for as long as --hold says,
and is a 504 after that; it is one at once where neither a tick nor a timeout is to come.

Exit status: 0 when it was interrupted or terminated, 1 when the module does not run, 2 when it cannot
listen or a file cannot be read.")]
pub(super) struct Arguments {
    #[command(flatten)]
    plugin: PluginArguments,
    /// Where to listen; port 0 for any that is free
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where requests go that the module lets pass: host and port, plain HTTP
    #[arg(long, value_name = "ADDR", value_parser = upstream::host_and_port)]
    upstream: String,
    /// The longest that the module may hold a request or a response; unless given, as long as Envoy
    /// waits by itself
    #[arg(long, value_name = "TIME", value_parser = length_of_time, default_value = "5m")]
    hold: Duration,
    /// Prints one JSON object a request to standard output
    #[arg(long)]
    json: bool,
}

pub(super) fn serve(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let builder = arguments.plugin.builder()?;
    let wants = Wants::of(&builder.module().capabilities());
    let host = builder.start().map_err(|error| arguments.plugin.does_not_hold(&error))?;
    say_logs(&host.start_activity().logs);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Misuse(format!("cannot start: {error}")))?;
    let worker = worker::spawn(host, arguments.hold, arguments.json)
        .map_err(|error| Failure::Misuse(format!("cannot start a thread: {error}")))?;
    runtime.block_on(async {
        let listener = TcpListener::bind(arguments.listen).await.map_err(|error| {
            Failure::Misuse(format!("cannot listen on `{}`: {error}", arguments.listen))
        })?;
        let local = listener.local_addr().unwrap_or(arguments.listen);
        let interrupted = interrupted()
            .map_err(|error| Failure::Misuse(format!("cannot wait for signals: {error}")))?;
        say!("listening on {local}");
        let front = Arc::new(Front { worker, upstream: arguments.upstream.clone(), wants });
        tokio::select! {
            () = accept(&listener, local, front, BOUNDS) => {}
            () = interrupted => {}
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Waits, from now on, for an interrupt, or for whoever runs this to end it.
#[cfg(unix)]
fn interrupted() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn interrupted() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    })
}
