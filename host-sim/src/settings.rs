//! What a host is set up with.

use std::sync::Arc;
use std::time::Duration;

use crate::callouts::Services;
use crate::capabilities::Capabilities;
use crate::faults::Faults;
use crate::foreign::ForeignFunctions;
use crate::log::Level;
use crate::plugin::Plugin;
use crate::profile::Profile;
use crate::properties::Properties;

const DEADLINE: Duration = Duration::from_secs(10);

/// How a host is set up.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) profile: Profile,
    pub(crate) vm: VmIdentity,
    /// The first is the one that `configuration` and its like set.
    pub(crate) plugin: Plugin,
    pub(crate) more_plugins: Vec<Plugin>,
    pub(crate) environment: Arc<[(String, String)]>,
    pub(crate) properties: Arc<Properties>,
    pub(crate) services: Arc<Services>,
    pub(crate) foreign: Arc<ForeignFunctions>,
    pub(crate) headers_stop_alone: bool,
    pub(crate) log_level: Level,
    pub(crate) failure_policy: FailurePolicy,
    pub(crate) capabilities: Capabilities,
    pub(crate) faults: Faults,
    pub(crate) fuel: bool,
    pub(crate) timed: bool,
    /// Whether callbacks tell how large each header map was.
    pub(crate) map_sizes: bool,
    /// In bytes; none for that of the proxy.
    pub(crate) memory_limit: Option<usize>,
    pub(crate) deadline: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            profile: Profile::default(),
            vm: VmIdentity::default(),
            plugin: Plugin::default(),
            more_plugins: Vec::new(),
            environment: Arc::from([]),
            properties: Arc::default(),
            services: Arc::default(),
            foreign: Arc::new(ForeignFunctions::of_envoy()),
            headers_stop_alone: false,
            log_level: Level::Info,
            failure_policy: FailurePolicy::default(),
            capabilities: Capabilities::default(),
            faults: Faults::default(),
            fuel: false,
            timed: false,
            map_sizes: false,
            memory_limit: None,
            deadline: DEADLINE,
        }
    }
}

impl Settings {
    /// In bytes.
    pub(crate) fn memory_limit(&self) -> usize {
        self.memory_limit.unwrap_or(self.profile.rules().memory_limit)
    }
}

/// What a VM was started with. VMs of the same id share data and queues.
#[derive(Clone, Debug, Default)]
pub(crate) struct VmIdentity {
    pub(crate) id: String,
    pub(crate) configuration: Arc<[u8]>,
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
    /// Every later request passes, unseen by the module. One that the module saw before ends with a 503, as
    /// in Envoy, whose reference host looks at the old setting `fail_open` there.
    FailOpen,
}
