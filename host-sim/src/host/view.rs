//! What can be seen of a host from outside.

use super::Host;
use crate::cost::Activity;
#[cfg(feature = "command")]
use crate::log::LogLine;
use crate::metrics::Metric;
use crate::shared::Proxy;

impl Host {
    /// What the module did while it started.
    pub fn start_activity(&self) -> &Activity {
        &self.start
    }

    /// The proxy that this host is a worker of.
    pub fn proxy(&self) -> &Proxy {
        &self.vm.world_ref().lasting.proxy
    }

    /// A metric, by the name the module gave it. Envoy puts `wasmcustom.` before it.
    pub fn metric(&self, name: &str) -> Option<Metric> {
        self.proxy().metric(name)
    }

    /// All metrics by name.
    pub fn metrics(&self) -> Vec<(Vec<u8>, Metric)> {
        let metrics = self.proxy().metrics();
        metrics.all().map(|(name, metric)| (name.to_vec(), metric.clone())).collect()
    }

    /// A value of the shared data that the module sees.
    pub fn shared_data(&self, key: &str) -> Option<Vec<u8>> {
        self.proxy().shared_data(&self.vm.world_ref().vm.id, key)
    }

    /// Root contexts that are alive: more than one for a plugin while an old configuration takes
    /// its leave.
    pub fn root_contexts(&self) -> usize {
        self.vm.world_ref().contexts.roots().count()
    }

    /// Guest memory in pages of 64 KiB.
    pub fn memory_pages(&self) -> u64 {
        self.vm.memory_pages()
    }

    /// Whether the module has trapped, and has not been started again.
    pub fn is_dead(&self) -> bool {
        self.vm.is_dead()
    }

    /// Listens to what the module logs from now on, in whichever VM.
    #[cfg(feature = "command")]
    pub(crate) fn listen(&mut self) {
        self.vm.world().lasting.heard.get_or_insert_default();
    }

    /// What the module has logged since the last time, each line once.
    #[cfg(feature = "command")]
    pub(crate) fn take_heard(&mut self) -> Vec<LogLine> {
        self.vm.world().lasting.heard.as_mut().map(std::mem::take).unwrap_or_default()
    }
}
