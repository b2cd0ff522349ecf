//! What lives in the `Store`: all state of one VM, and nothing outside it.

use std::cell::Cell;
use std::sync::Arc;

use wasmtime::{Memory, TypedFunc};

use crate::abi::AbiVersion;
use crate::callouts::{Callouts, Services};
use crate::capabilities::Capabilities;
use crate::clock::Clock;
use crate::contexts::Contexts;
use crate::cost::Cost;
use crate::faults::Faults;
use crate::foreign::ForeignFunctions;
use crate::holdings::{self, Holdings, Room, TooMuch};
use crate::limits::Limits;
use crate::log::{Level, LogLine};
use crate::lookups::Lookups;
use crate::metrics::MetricIds;
use crate::profile::Rules;
use crate::properties::Properties;
use crate::random::Random;
use crate::settings::{Settings, VmIdentity};
use crate::shared::Proxy;

/// The simulated world, and the host's side of the boundary to the guest.
pub(crate) struct State {
    pub(crate) world: World,
    pub(crate) limits: Limits,
    /// None while the module is being instantiated.
    pub(crate) guest: Option<Guest>,
    pub(crate) permission: Permission,
    /// The guest's allocator has trapped in the callback that is running. As in the reference host
    /// the callback goes on, without any more memory, and the VM is dead at its end.
    pub(crate) allocator_trap: Option<wasmtime::Error>,
    /// What the operator lets the module call.
    pub(crate) capabilities: Capabilities,
    pub(crate) faults: Faults,
    /// Of the callback that is running.
    pub(crate) cost: Cost,
    /// Bytes of each header map in the callback that is running; none where nobody wants to know.
    pub(crate) map_sizes: Option<Vec<u64>>,
    /// Bytes read from guest memory in this callback; a cell, since several reads may be held at once.
    pub(crate) bytes_read: Cell<u64>,
    /// What the host function that is running may yet copy.
    pub(crate) room: Room,
}

impl State {
    /// A VM in which nothing has happened yet.
    pub(crate) fn new(abi: AbiVersion, settings: &Settings, lasting: Box<Lasting>) -> Self {
        let holdings = Holdings::new(settings.memory_limit());
        Self {
            room: holdings.room(),
            world: World {
                rules: settings.profile.rules(),
                abi,
                vm: settings.vm.clone(),
                vm_number: lasting.proxy.number_vm(),
                starting: false,
                headers_stop_alone: settings.headers_stop_alone,
                log_level: settings.log_level,
                environment: Arc::clone(&settings.environment),
                properties: Arc::clone(&settings.properties),
                services: Arc::clone(&settings.services),
                foreign: Arc::clone(&settings.foreign),
                contexts: Contexts::default(),
                callouts: Callouts::default(),
                lookups: Lookups::default(),
                metrics: MetricIds::default(),
                logs: Vec::new(),
                holdings,
                lasting,
            },
            limits: Limits::new(settings.memory_limit()),
            guest: None,
            permission: Permission::StartSection,
            capabilities: settings.capabilities.clone(),
            faults: settings.faults.clone(),
            allocator_trap: None,
            cost: Cost::default(),
            map_sizes: settings.map_sizes.then(Vec::new),
            bytes_read: Cell::new(0),
        }
    }
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
    /// While the module is instantiated: none at all.
    StartSection,
    /// While `_initialize`, `main` or `_start` runs: logging, and what language runtimes need.
    Start,
    /// While the guest allocates for the host: logging, and the time.
    Allocation,
}

/// Everything that host functions act on: the proxy as one VM sees it. It knows nothing of
/// WebAssembly.
pub(crate) struct World {
    /// The behaviour of the proxy that is simulated.
    pub(crate) rules: &'static Rules,
    pub(crate) abi: AbiVersion,
    pub(crate) vm: VmIdentity,
    /// Tells the VMs of a proxy apart.
    pub(crate) vm_number: u64,
    /// `proxy_on_vm_start` is running.
    pub(crate) starting: bool,
    /// Envoy's setting `allow_on_headers_stop_iteration`.
    pub(crate) headers_stop_alone: bool,
    pub(crate) log_level: Level,
    pub(crate) environment: Arc<[(String, String)]>,
    pub(crate) properties: Arc<Properties>,
    pub(crate) services: Arc<Services>,
    pub(crate) foreign: Arc<ForeignFunctions>,
    pub(crate) contexts: Contexts,
    pub(crate) callouts: Callouts,
    pub(crate) lookups: Lookups,
    pub(crate) metrics: MetricIds,
    pub(crate) logs: Vec<LogLine>,
    /// Of all this, how much there may be.
    pub(crate) holdings: Holdings,
    pub(crate) lasting: Box<Lasting>,
}

/// What a worker keeps when a VM has died and another takes its place.
#[derive(Debug)]
pub(crate) struct Lasting {
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) proxy: Proxy,
    /// What was logged and not told of yet, by whatever context; none where nobody listens.
    pub(crate) heard: Option<Vec<LogLine>>,
}

impl World {
    /// A call has read so many bytes from the guest, and may have left them here.
    ///
    /// # Errors
    /// When that is too much.
    pub(crate) fn keep(&mut self, bytes: u64) -> Result<(), TooMuch> {
        if self.holdings.take(bytes)? {
            return Ok(());
        }
        let held = self.held();
        self.holdings.count(held)
    }

    fn held(&self) -> usize {
        let proxy = &self.lasting.proxy;
        let vm = holdings::lines(&self.logs) + self.contexts.held() + self.callouts.held();
        let vm = vm + self.lookups.held();
        let shared = proxy.data().held() + proxy.queues().held() + proxy.metrics().held();
        vm + self.metrics.held() + shared
    }
}

impl Lasting {
    /// Stands in where the real one is taken out for a moment.
    pub(crate) fn empty() -> Box<Self> {
        Self::new(Random::System, Proxy::new(), Clock::wall())
    }

    pub(crate) fn new(random: Random, proxy: Proxy, clock: Clock) -> Box<Self> {
        Box::new(Self { clock, random, proxy, heard: None })
    }
}
