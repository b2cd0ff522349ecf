//! Who runs on which core: a measured process must not share one with what measures it.

use std::ffi::OsStr;
use std::process::Command;

/// A core for Envoy, and another for everything that is not measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cores {
    /// Envoy's.
    pub envoy: usize,
    /// The client's and everyone else's.
    pub others: usize,
}

impl Cores {
    /// The last two cores; `None` where there are not two, or `taskset` (util-linux) is missing or
    /// refuses.
    #[must_use]
    pub fn choose() -> Option<Self> {
        let count = std::thread::available_parallelism().ok()?.get();
        let cores = Self { envoy: count.checked_sub(1)?, others: count.checked_sub(2)? };
        let works = |core: usize| {
            let check = Command::new("taskset").args(["-c", &core.to_string(), "true"]).output();
            check.is_ok_and(|output| output.status.success())
        };
        (works(cores.envoy) && works(cores.others)).then_some(cores)
    }

    /// Puts this process, and what it starts from now on, on the core of the others.
    #[must_use]
    pub fn take_own(self) -> bool {
        let own = std::process::id().to_string();
        let pin = Command::new("taskset").args(["-pc", &self.others.to_string(), &own]).output();
        pin.is_ok_and(|output| output.status.success())
    }
}

/// A command that ends when the thread that starts it does, and runs on a core of its own where one
/// is given. Both need programs of util-linux; without `setpriv` a program that is killed leaves
/// its children behind.
pub(super) fn command(program: &OsStr, core: Option<usize>) -> Command {
    let dies_with_us = ["--pdeathsig", "KILL"];
    let mut words: Vec<&OsStr> = Vec::new();
    let tried = Command::new("setpriv").args(dies_with_us).arg("true").output();
    if tried.is_ok_and(|output| output.status.success()) {
        words.push("setpriv".as_ref());
        words.extend(dies_with_us.map(OsStr::new));
    }
    let core = core.map(|core| core.to_string());
    if let Some(core) = &core {
        words.extend(["taskset", "-c", core].map(OsStr::new));
    }
    words.push(program);
    let mut words = words.into_iter();
    let mut command = Command::new(words.next().unwrap_or(program));
    command.args(words);
    command
}
