//! What the demo serves with: a real Envoy or host-sim.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use policy_compiler::emit::envoy::{Fields, json_settings};
use portcullis_tests::engine::{Envoy, EnvoyOptions};
use portcullis_tests::places;
use portcullis_tests::upstream::Upstream;
use portcullis_tests::watched::{self, Watched};
use tempfile::TempDir;

/// How long host-sim may take to listen.
const PATIENCE: Duration = Duration::from_secs(30);

/// What host-sim writes before the address that it listens on.
const LISTENING: &str = "listening on ";

/// A running server with an upstream behind it; both end when this value is dropped.
pub(crate) enum Server {
    Envoy(Box<Envoy>),
    HostSim { process: Watched, address: SocketAddr, _upstream: Upstream, _settings: TempDir },
}

impl Server {
    /// Starts a real Envoy.
    pub(crate) fn envoy(table: &[u8], listen: SocketAddr) -> Result<Self> {
        let options = EnvoyOptions { listen, proxy_protocol: false, ..EnvoyOptions::default() };
        Ok(Self::Envoy(Box::new(Envoy::start(table, &options)?)))
    }

    /// Starts host-sim.
    pub(crate) fn host_sim(table: &[u8], listen: SocketAddr) -> Result<Self> {
        let own = std::env::current_exe()?;
        let program = own.with_file_name(format!("host-sim{}", std::env::consts::EXE_SUFFIX));
        if !program.is_file() {
            bail!("{} is missing; `cargo build --package host-sim` makes it", program.display());
        }
        let upstream = Upstream::start()?;
        let folder =
            tempfile::tempdir().context("cannot make a folder for the filter's settings")?;
        let settings = folder.path().join("settings.json");
        let fields = Fields { filter_state: true, ..Fields::default() };
        std::fs::write(&settings, json_settings(table, fields))?;
        let mut command = watched::command(&program);
        command
            .arg("serve")
            .arg(places::filter()?)
            .arg("--config")
            .arg(settings)
            .args(["--listen", &listen.to_string()])
            .args(["--upstream", &upstream.address().to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut process = Watched::start(command)?;
        let words = process.stderr().context("host-sim has no standard error")?;
        let address = listening(words).recv_timeout(PATIENCE);
        let address = address.with_context(|| format!("host-sim does not listen on {listen}"))?;
        Ok(Self::HostSim { process, address, _upstream: upstream, _settings: folder })
    }

    /// What a person calls it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Envoy(_) => "Envoy",
            Self::HostSim { .. } => "host-sim",
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        match self {
            Self::Envoy(envoy) => envoy.address(),
            Self::HostSim { address, .. } => *address,
        }
    }

    /// An error when it ended by itself.
    pub(crate) fn must_run(&mut self) -> Result<()> {
        match self {
            Self::Envoy(envoy) => envoy.must_run(),
            Self::HostSim { process, .. } => match process.ended()? {
                Some(status) => bail!("host-sim ended by itself ({status})"),
                None => Ok(()),
            },
        }
    }
}

/// Passes on what host-sim says, and tells the address in it; nothing when host-sim ends without one.
fn listening(words: impl Read + Send + 'static) -> Receiver<SocketAddr> {
    let (sender, address) = channel();
    std::thread::spawn(move || pass_on(words, &sender));
    address
}

fn pass_on(words: impl Read, found: &Sender<SocketAddr>) {
    for line in BufReader::new(words).lines().map_while(Result::ok) {
        let address = line.split_once(LISTENING).and_then(|(_, rest)| rest.trim().parse().ok());
        match address {
            // Nobody may wait for it any more.
            Some(address) => drop(found.send(address)),
            None => eprintln!("{line}"),
        }
    }
}
