//! What the workers of one proxy share: data, queues, metrics.

mod data;
mod queues;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(crate) use data::SharedData;
pub(crate) use queues::{Queues, Reader};

use crate::metrics::{Metric, MetricValues};

/// A proxy with any number of workers: each [`Host`](crate::Host) that is built
/// [`in_proxy`](crate::HostBuilder::in_proxy) is one of them, on whatever thread it may be.
///
/// Workers share metrics, and shared data and queues by VM id. A host that is in no proxy has
/// one of its own.
///
/// ```
/// # use host_sim::{Host, Module, Proxy, Request};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let wasm = wat::parse_str(r#"(module (memory (export "memory") 1)
/// #   (func (export "proxy_abi_version_0_2_1")) (func (export "malloc") (param i32) (result i32) (i32.const 8)))"#)?;
/// let module = Module::from_bytes(wasm)?;
/// let proxy = Proxy::new();
/// let mut one = Host::builder(&module).vm_id("auth").in_proxy(&proxy).start()?;
/// let mut two = Host::builder(&module).vm_id("auth").in_proxy(&proxy).start()?;
/// one.request(Request::get("/"));
/// two.run_pending(); // what the other worker has put into a queue arrives
/// assert_eq!(proxy.metric("requests"), None);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Proxy(Arc<Inner>);

#[derive(Default)]
struct Inner {
    data: Mutex<SharedData>,
    queues: Mutex<Queues>,
    metrics: Mutex<MetricValues>,
    vms: AtomicU64,
}

impl Proxy {
    /// A proxy without workers.
    pub fn new() -> Self {
        Self::default()
    }

    /// A metric, by the name that modules gave it.
    pub fn metric(&self, name: &str) -> Option<Metric> {
        self.metrics().by_name(name).cloned()
    }

    /// A value of the shared data of the VMs with this id.
    pub fn shared_data(&self, vm_id: &str, key: &str) -> Option<Vec<u8>> {
        let data = self.data();
        data.get(vm_id, key.as_bytes()).ok().map(|(value, _)| value.to_vec())
    }

    /// Sets a value of the shared data, as a module would.
    pub fn set_shared_data(&self, vm_id: &str, key: &str, value: impl AsRef<[u8]>) {
        // Without a number to compare with, nothing can differ.
        let _ = self.data().set(vm_id, key.as_bytes(), value.as_ref(), 0);
    }

    pub(crate) fn data(&self) -> MutexGuard<'_, SharedData> {
        locked(&self.0.data)
    }

    pub(crate) fn queues(&self) -> MutexGuard<'_, Queues> {
        locked(&self.0.queues)
    }

    pub(crate) fn metrics(&self) -> MutexGuard<'_, MetricValues> {
        locked(&self.0.metrics)
    }

    /// A number for a new VM, which no other VM of the proxy has.
    pub(crate) fn number_vm(&self) -> u64 {
        self.0.vms.fetch_add(1, Ordering::Relaxed)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Proxy").finish_non_exhaustive()
    }
}

/// Nothing is left half done under these locks, so a panic elsewhere does not spoil them.
fn locked<Value>(mutex: &Mutex<Value>) -> MutexGuard<'_, Value> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
