//! How a host is set up.

use std::sync::Arc;
use std::time::Duration;

use crate::error::StartError;
use crate::host::Host;
use crate::log::Level;
use crate::module::Module;
use crate::properties::{Properties, PropertyPath, PropertyValue};
use crate::random::Random;
use crate::state::{Lasting, Plugin};

/// The memory that Envoy lets a VM have.
const MEMORY_LIMIT: usize = 1 << 30;
const DEADLINE: Duration = Duration::from_secs(10);

/// Sets up a [`Host`]; see [`Host::builder`].
#[derive(Clone, Debug)]
pub struct HostBuilder {
    module: Module,
    settings: Settings,
    seed: Option<u64>,
}

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) plugin: Plugin,
    pub(crate) configuration: Arc<[u8]>,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) properties: Properties,
    pub(crate) log_level: Level,
    pub(crate) failure_policy: FailurePolicy,
    pub(crate) fuel: bool,
    pub(crate) memory_limit: usize,
    pub(crate) deadline: Duration,
}

/// What a proxy does with requests once a VM has died, by Envoy's names. The request that
/// trapped gets a 503 under each of them (as measured in Envoy 1.40).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "command", derive(clap::ValueEnum))]
pub enum FailurePolicy {
    /// Every later request gets a 503. This is Envoy's default.
    #[default]
    FailClosed,
    /// A new VM is started for the next request. Envoy waits a second or more between two
    /// restarts; this host does not wait.
    FailReload,
    /// Every later request passes, unseen by the module.
    FailOpen,
}

impl HostBuilder {
    pub(crate) fn new(module: &Module) -> Self {
        let settings = Settings {
            plugin: Plugin::default(),
            configuration: Arc::from([]),
            environment: Vec::new(),
            properties: Properties::default(),
            log_level: Level::Info,
            failure_policy: FailurePolicy::default(),
            fuel: false,
            memory_limit: MEMORY_LIMIT,
            deadline: DEADLINE,
        };
        Self { module: module.clone(), settings, seed: None }
    }

    /// The plugin's configuration, which the module gets in `proxy_on_configure`.
    #[must_use]
    pub fn configuration(mut self, configuration: impl AsRef<[u8]>) -> Self {
        self.settings.configuration = Arc::from(configuration.as_ref());
        self
    }

    /// The VM's configuration, which the module gets in `proxy_on_vm_start`.
    #[must_use]
    pub fn vm_configuration(mut self, configuration: impl Into<Vec<u8>>) -> Self {
        self.settings.plugin.vm_configuration = configuration.into();
        self
    }

    /// The plugin's name: the property `plugin_name`.
    #[must_use]
    pub fn plugin_name(mut self, name: impl Into<String>) -> Self {
        self.settings.plugin.name = name.into();
        self
    }

    /// Which of the module's plugins to run: the property `plugin_root_id`.
    #[must_use]
    pub fn root_id(mut self, root_id: impl Into<String>) -> Self {
        self.settings.plugin.root_id = root_id.into();
        self
    }

    /// The VM's id: the property `plugin_vm_id`, and the owner of shared queues.
    #[must_use]
    pub fn vm_id(mut self, vm_id: impl Into<String>) -> Self {
        self.settings.plugin.vm_id = vm_id.into();
        self
    }

    /// Adds an environment variable. There are no others: the host's own are not shown.
    #[must_use]
    pub fn environment(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.environment.push((name.into(), value.into()));
        self
    }

    /// Sets a property that is there in every context, such as `node` or `xds.cluster_name`.
    #[must_use]
    pub fn property(
        mut self,
        path: impl Into<PropertyPath>,
        value: impl Into<PropertyValue>,
    ) -> Self {
        self.settings.properties.set(path.into(), value.into());
        self
    }

    /// What `proxy_get_log_level` tells the module; [`Level::Info`] unless set, as in Envoy.
    /// Every line that the module logs is kept nevertheless.
    #[must_use]
    pub fn log_level(mut self, level: Level) -> Self {
        self.settings.log_level = level;
        self
    }

    /// What happens after a trap.
    #[must_use]
    pub fn failure_policy(mut self, policy: FailurePolicy) -> Self {
        self.settings.failure_policy = policy;
        self
    }

    /// Counts fuel, about one unit for every instruction: the same in every run, so that a test
    /// can hold a module to it. It makes the module somewhat slower.
    #[must_use]
    pub fn fuel(mut self, fuel: bool) -> Self {
        self.settings.fuel = fuel;
        self
    }

    /// The most memory the guest may have, in bytes; 1 GiB unless set, as in Envoy. Beyond it
    /// `memory.grow` fails.
    #[must_use]
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.settings.memory_limit = bytes;
        self
    }

    /// The longest that one callback may run; 10 seconds unless set. It traps within 20
    /// milliseconds after that.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.settings.deadline = deadline;
        self
    }

    /// Makes `random_get` repeat the same bytes in every run. Otherwise they are the system's.
    #[must_use]
    pub fn random_seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Starts the module and gives it its configuration.
    ///
    /// # Errors
    /// When the module cannot be instantiated, traps, or refuses, with what it logged.
    pub fn start(self) -> Result<Host, StartError> {
        let random = self.seed.map_or(Random::System, Random::Seeded);
        Host::start(self.module, self.settings, Lasting::new(random))
    }
}
