//! Why a module does not run.

use std::fmt;

use thiserror::Error;

use crate::cost::Activity;
use crate::faults::Faults;
use crate::log::LogLine;
use crate::state::Lasting;
use crate::trap::Trap;

/// Why a module did not start or did not take a configuration, with what it said about it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{refusal}{}{}", Help(.refusal, .logs), Tail(.logs))]
pub struct StartError {
    /// What happened.
    pub refusal: Refusal,
    /// What the module logged until then.
    pub logs: Vec<LogLine>,
}

/// A start that came to nothing, and what it leaves.
pub(crate) struct Failed {
    pub(crate) refusal: Refusal,
    pub(crate) activity: Activity,
    pub(crate) lasting: Box<Lasting>,
    pub(crate) faults: Faults,
}

/// What kept a module from running.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The engine made no instance of it: memory beyond the limit, or a trap in a `start` section.
    #[error("the module could not be instantiated: {0}")]
    Instance(String),
    /// An export is missing or has another type than the ABI gives it.
    #[error("the export `{name}` does not fit the ABI: {message}")]
    Export {
        /// Its name.
        name: &'static str,
        /// What the engine found.
        message: String,
    },
    /// This callback returned false.
    #[error("`{0}` returned false: the module refuses")]
    Refused(&'static str),
    /// A callback trapped. The VM is dead.
    #[error("{0}")]
    Trapped(Trap),
    /// No plugin of the host has this name.
    #[error("the host has no plugin `{0}`")]
    NoSuchPlugin(String),
    /// The VM had died before.
    #[error("the VM is dead since an earlier trap; start a new host")]
    Dead,
}

impl From<Trap> for Refusal {
    fn from(trap: Trap) -> Self {
        Self::Trapped(trap)
    }
}

/// What to look at where a module refuses and does not say why.
struct Help<'a>(&'a Refusal, &'a [LogLine]);

impl fmt::Display for Help<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self(Refusal::Refused(_), []) => formatter.write_str(
                ", and logged nothing; check the configuration (`--config`) and the root id (`--root-id`)",
            ),
            _ => Ok(()),
        }
    }
}

/// The log lines behind an error's first line.
struct Tail<'a>(&'a [LogLine]);

impl fmt::Display for Tail<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|line| write!(formatter, "\n  {line}"))
    }
}
