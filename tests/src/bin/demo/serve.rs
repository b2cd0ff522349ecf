//! `--serve`: stays up with an upstream behind it, for curl.

use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use portcullis_tests::case::{Case, Cases};

use crate::server::Server;

/// Between two looks at whether the server still runs.
const PAUSE: Duration = Duration::from_millis(200);

/// An error when something else listens there already.
pub(crate) fn must_be_free(address: SocketAddr) -> Result<()> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(error) => bail!(
            "cannot listen on {address}: {error}; choose another with `--listen 127.0.0.1:PORT`"
        ),
    }
}

/// Serves until Ctrl-C; everything that was started ends with this function.
pub(crate) fn until_ended(
    table: &[u8],
    cases: &Cases,
    listen: SocketAddr,
    envoy: bool,
) -> Result<()> {
    let interrupted = interruptions()?;
    let mut server =
        if envoy { Server::envoy(table, listen)? } else { Server::host_sim(table, listen)? };
    announce(&server, cases);
    while interrupted.recv_timeout(PAUSE).is_err() {
        server.must_run()?;
    }
    Ok(())
}

fn interruptions() -> Result<Receiver<()>> {
    let (sender, receiver) = channel();
    ctrlc::set_handler(move || sender.send(()).unwrap_or_default())
        .context("cannot listen for Ctrl-C")?;
    Ok(receiver)
}

fn announce(server: &Server, cases: &Cases) {
    let (name, listen) = (server.name(), server.address());
    println!("\n{name} serves on http://{listen}; the upstream answers with what it got. Try:\n");
    for case in cases.requests.iter().filter(|case| case.address == "127.0.0.1") {
        println!("  {:78} # {}", curl(case, listen), case.name);
    }
    println!("\nCtrl-C ends it.");
}

fn curl(case: &Case, listen: SocketAddr) -> String {
    let mut words = vec!["curl -i".to_owned()];
    if case.method != "GET" {
        words.push(format!("-X {}", case.method));
    }
    words.push(format!("-H 'Host: {}'", case.host));
    words.extend(case.headers.iter().map(|(name, value)| format!("-H '{name}: {value}'")));
    words.push(format!("--path-as-is 'http://{listen}{}'", case.path));
    words.join(" ")
}
