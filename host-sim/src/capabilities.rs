//! What an operator lets a module do: Envoy's capability restriction.
//!
//! Source: proxy-wasm-cpp-host, `exports.h` (the stubs of restricted functions) and `wasm.cc`
//! (`capabilityAllowed`).

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::log::{Level, LogLine};

/// The host functions and callbacks that are allowed; all, where none is named.
#[derive(Clone, Debug, Default)]
pub(crate) struct Capabilities(Option<Arc<BTreeSet<String>>>);

/// How a function that is not allowed answers.
pub(crate) struct Refusal {
    pub(crate) status: u32,
    pub(crate) line: LogLine,
}

/// Internal failure.
const OF_PROXY: u32 = 10;
/// Not capable.
const OF_WASI: u32 = 76;

impl Capabilities {
    /// None where the function may be called.
    pub(crate) fn refusal(&self, function: &str) -> Option<Refusal> {
        let allowed = self.0.as_ref()?;
        // What only the runtime of a language needs is no capability.
        let free = matches!(function, "emscripten_notify_memory_growth" | "pthread_equal");
        if free || allowed.contains(function) {
            return None;
        }
        let (status, kind) = if function.starts_with("proxy_") {
            (OF_PROXY, "proxy-wasm")
        } else {
            (OF_WASI, "WASI")
        };
        let message = format!("Attempted call to restricted {kind} capability: {function}");
        Some(Refusal { status, line: LogLine { level: Level::Error, message: message.into() } })
    }

    /// Whether a callback is called. What starts a module is no capability.
    pub(crate) fn cover_callback(&self, export: &str) -> bool {
        let is_callback = export.starts_with("proxy_on_") && export != "proxy_on_memory_allocate";
        !is_callback || self.0.as_ref().is_none_or(|allowed| allowed.contains(export))
    }
}

impl FromIterator<String> for Capabilities {
    fn from_iter<Names: IntoIterator<Item = String>>(names: Names) -> Self {
        let names: BTreeSet<String> = names.into_iter().collect();
        Self((!names.is_empty()).then(|| Arc::new(names)))
    }
}
