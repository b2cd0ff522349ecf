//! Envoys with a contender in each, and the server that one of them asks.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use portcullis_benches::envoy::{
    Client, Cores, Envoy, Launch, Memory, Places, ProcessorTime, Requests, Setup,
};
use tempfile::TempDir;

/// Who is not ready by then takes no part.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// What is recorded of them.
pub(crate) const NOT_STARTED: &str = "did not start within 60 s";

/// An Envoy that answers, with connections to it.
pub(crate) struct Running {
    pub(crate) envoy: Envoy,
    pub(crate) client: Client,
    /// From its start to the first right answer.
    pub(crate) start: Duration,
}

/// A configuration from which Envoys can be started.
pub(crate) struct Prepared {
    folder: TempDir,
    /// Its size.
    pub(crate) bytes: usize,
}

/// Starts Envoys, all with one worker on the same core.
pub(crate) struct Starter {
    pub(crate) places: Places,
    pub(crate) cores: Option<Cores>,
}

/// The name that [`Envoy::start`] looks for.
const CONFIGURATION: &str = "envoy.json";

impl Starter {
    /// Writes a configuration once for all Envoys that shall have it.
    pub(crate) fn prepare(&self, setup: Setup) -> Result<Prepared> {
        let folder = self.places.folder()?;
        let bytes = setup.write(&folder.path().join(CONFIGURATION))?;
        Ok(Prepared { folder, bytes })
    }

    /// Starts an Envoy and asks it until it is right; `None` where that takes too long.
    pub(crate) fn start(
        &self,
        prepared: &Prepared,
        requests: &Requests,
    ) -> Result<Option<Running>> {
        let folder = self.places.folder()?;
        let written = prepared.folder.path().join(CONFIGURATION);
        std::fs::hard_link(written, folder.path().join(CONFIGURATION))
            .context("cannot give Envoy its configuration")?;
        let core = self.cores.map(|cores| cores.envoy);
        let launch = Launch { program: self.places.envoy.clone(), workers: 1, core };
        let mut envoy = Envoy::start(&launch, folder)?;
        let Some(start) = envoy.until(requests.at(0), requests.status, PATIENCE)? else {
            return Ok(None);
        };
        let client = Client::connect(envoy.listener()?)?;
        Ok(Some(Running { envoy, client, start }))
    }
}

impl Running {
    /// What it holds in memory.
    pub(crate) fn memory(&self) -> Result<Memory> {
        self.envoy.memory()
    }
}

/// The server that `ext_authz` asks; it ends when this value is dropped, or this process ends.
pub(crate) struct Authorizer {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Authorizer {
    /// Starts the program `authorizer`, which was built beside this one.
    pub(crate) fn start() -> Result<Self> {
        let program = std::env::current_exe()?.with_file_name("authorizer");
        let mut child = Command::new(&program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let Ok(address) = line.trim().parse() else {
            let _ = child.kill();
            bail!("the authorizer does not say where it listens: `{line}`");
        };
        Ok(Self { child, address })
    }

    /// The time that it has used.
    pub(crate) fn processor_time(&self) -> ProcessorTime {
        ProcessorTime::of(self.child.id())
    }
}

impl Drop for Authorizer {
    fn drop(&mut self) {
        // Nothing is left to do about one that has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
