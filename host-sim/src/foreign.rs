//! Foreign functions: what a proxy offers beyond the ABI, by name.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::status::Status;

type Function = Arc<dyn Fn(&[u8]) -> Result<Vec<u8>, Status> + Send + Sync>;

/// The foreign functions that a module can call.
#[derive(Clone, Default)]
pub(crate) struct ForeignFunctions(BTreeMap<Vec<u8>, Function>);

impl ForeignFunctions {
    /// Those of Envoy's that mean something here: there are no routes, so no cache of them.
    pub(crate) fn of_envoy() -> Self {
        let mut functions = Self::default();
        functions.add("clear_route_cache", |_| Ok(Vec::new()));
        functions
    }

    pub(crate) fn add(
        &mut self,
        name: &str,
        function: impl Fn(&[u8]) -> Result<Vec<u8>, Status> + Send + Sync + 'static,
    ) {
        self.0.insert(name.as_bytes().to_vec(), Arc::new(function));
    }

    pub(crate) fn get(&self, name: &[u8]) -> Option<&Function> {
        self.0.get(name)
    }
}

impl fmt::Debug for ForeignFunctions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.keys().map(|name| String::from_utf8_lossy(name));
        formatter.debug_list().entries(names).finish()
    }
}
