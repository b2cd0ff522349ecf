//! What lives in the `Store`: all state of one VM, and nothing outside it.

use std::cell::Cell;

use wasmtime::{Memory, StoreLimits, TypedFunc};

use crate::clock::Clock;
use crate::contexts::Contexts;
use crate::cost::Cost;
use crate::log::{Level, LogLine};
use crate::metrics::Metrics;
use crate::module::AbiVersion;
use crate::properties::Properties;
use crate::random::Random;
use crate::shared::{Queues, SharedData};

/// The simulated proxy, and the host's side of the boundary to the guest.
pub(crate) struct State {
    pub(crate) proxy: Proxy,
    pub(crate) limits: StoreLimits,
    /// None while the module is being instantiated.
    pub(crate) guest: Option<Guest>,
    pub(crate) permission: Permission,
    /// Of the callback that is running.
    pub(crate) cost: Cost,
    /// Bytes read from guest memory in this callback; a cell, since several reads may be held at once.
    pub(crate) bytes_read: Cell<u64>,
}

/// What the host needs of the guest inside a host function.
#[derive(Clone)]
pub(crate) struct Guest {
    pub(crate) memory: Memory,
    pub(crate) allocate: TypedFunc<u32, u32>,
}

/// Which host functions may be called now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Permission {
    All,
    /// While `_initialize`, `main` or `_start` runs: logging, and what language runtimes need.
    Start,
    /// While the guest allocates for the host: none at all.
    Allocation,
}

/// Everything that host functions act on. It knows nothing of WebAssembly.
pub(crate) struct Proxy {
    pub(crate) plugin: Plugin,
    pub(crate) abi: AbiVersion,
    pub(crate) log_level: Level,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) properties: Properties,
    pub(crate) contexts: Contexts,
    pub(crate) logs: Vec<LogLine>,
    pub(crate) lasting: Box<Lasting>,
}

/// How the plugin is called, and what its VM was started with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plugin {
    pub(crate) name: String,
    pub(crate) root_id: String,
    pub(crate) vm_id: String,
    pub(crate) vm_configuration: Vec<u8>,
}

/// What a proxy keeps when a VM has died and another takes its place.
#[derive(Debug)]
pub(crate) struct Lasting {
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) metrics: Metrics,
    pub(crate) shared: SharedData,
    pub(crate) queues: Queues,
}

impl Lasting {
    /// Stands in where the real one is taken out for a moment.
    pub(crate) fn empty() -> Box<Self> {
        Self::new(Random::System)
    }

    pub(crate) fn new(random: Random) -> Box<Self> {
        Box::new(Self {
            clock: Clock::wall(),
            random,
            metrics: Metrics::default(),
            shared: SharedData::default(),
            queues: Queues::default(),
        })
    }
}
