//! `--serve`: stays up with an upstream behind it, for curl.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use policy_compiler::emit::envoy::{Fields, json_settings};
use portcullis_tests::case::{Case, Cases};
use portcullis_tests::engine::{Delivery, Envoy, EnvoyOptions};
use portcullis_tests::places;
use portcullis_tests::upstream::Upstream;
use portcullis_tests::watched::{self, Watched};

/// How long a server may take to listen.
const PATIENCE: Duration = Duration::from_secs(30);

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
    if envoy {
        let options = EnvoyOptions {
            listen,
            proxy_protocol: false,
            delivery: Delivery::Json,
            ..EnvoyOptions::default()
        };
        let _envoy = Envoy::start(table, &options)?;
        announce("Envoy", cases, listen);
        return interrupted.recv().context("cannot wait for Ctrl-C");
    }
    let upstream = Upstream::start()?;
    let folder = tempfile::tempdir().context("cannot make a folder for the filter's settings")?;
    let settings = folder.path().join("settings.json");
    std::fs::write(
        &settings,
        json_settings(table, Fields { filter_state: true, ..Fields::default() }),
    )?;
    let mut server = host_sim(&settings, listen, upstream.address())?;
    announce("host-sim", cases, listen);
    loop {
        if interrupted.recv_timeout(Duration::from_millis(200)).is_ok() {
            return Ok(());
        }
        if let Some(status) = server.ended()? {
            bail!("host-sim ended by itself ({status})");
        }
    }
}

fn interruptions() -> Result<Receiver<()>> {
    let (sender, receiver) = channel();
    ctrlc::set_handler(move || sender.send(()).unwrap_or_default())
        .context("cannot listen for Ctrl-C")?;
    Ok(receiver)
}

fn host_sim(settings: &Path, listen: SocketAddr, upstream: SocketAddr) -> Result<Watched> {
    let own = std::env::current_exe()?;
    let program = own.with_file_name(format!("host-sim{}", std::env::consts::EXE_SUFFIX));
    if !program.is_file() {
        bail!("{} is missing; `cargo build --package host-sim` makes it", program.display());
    }
    let mut command = watched::command(&program);
    command
        .arg("serve")
        .arg(places::filter()?)
        .arg("--config")
        .arg(settings)
        .args(["--listen", &listen.to_string(), "--upstream", &upstream.to_string()])
        .stdout(Stdio::null());
    let mut server = Watched::start(command)?;
    let start = Instant::now();
    while TcpStream::connect(listen).is_err() {
        if let Some(status) = server.ended()? {
            bail!("host-sim ended by itself ({status})");
        }
        if start.elapsed() > PATIENCE {
            bail!("host-sim does not listen on {listen} after {} s", PATIENCE.as_secs());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(server)
}

fn announce(server: &str, cases: &Cases, listen: SocketAddr) {
    println!("\n{server} serves on http://{listen}; the upstream answers with what it got. Try:\n");
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
