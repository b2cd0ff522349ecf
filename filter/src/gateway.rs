//! The root context: takes the configuration and gives each request the table in force.

use std::rc::Rc;

use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::ContextType;

use crate::abi::{self, Level};
use crate::counters::Counters;
use crate::exchange::Exchange;
use crate::metrics;
use crate::settings::Loaded;

proxy_wasm::main! {{
    proxy_wasm::set_root_context(|_| Box::new(Gateway::default()));
}}

/// How often counts are handed to the host, in milliseconds.
const TICK_PERIOD: u32 = 5_000;

/// The plugin: holds the last good configuration.
#[derive(Default)]
struct Gateway {
    in_force: Option<Rc<InForce>>,
}

/// A configuration that requests are decided by, and what was decided by it.
pub(crate) struct InForce {
    pub(crate) loaded: Loaded,
    pub(crate) counters: Counters,
}

impl InForce {
    /// Hands the counts since the last time to the host.
    fn report(&self) {
        self.counters.take(self.loaded.table(), metrics::add);
    }
}

/// A table that was replaced is let go by its last request: its last counts must not be lost.
impl Drop for InForce {
    fn drop(&mut self) {
        self.report();
    }
}

impl Context for Gateway {}

impl RootContext for Gateway {
    /// A refused configuration leaves the last good one in force; the host keeps its own as well.
    fn on_configure(&mut self, _size: usize) -> bool {
        let configuration = abi::plugin_configuration().unwrap_or_default();
        let loaded = match Loaded::from_configuration(configuration) {
            Ok(loaded) => loaded,
            Err(error) => {
                abi::log(Level::Error, &format!("portcullis: configuration refused: {error}"));
                return false;
            }
        };
        log_loaded(&loaded);
        metrics::table_loaded(&loaded.table().id().to_string());
        let counters = Counters::new(loaded.settings.client_metrics);
        self.in_force = Some(Rc::new(InForce { loaded, counters }));
        // A host without ticks gets the counts when the table is replaced.
        let _ = abi::set_tick_period(TICK_PERIOD);
        true
    }

    fn on_tick(&mut self) {
        if let Some(in_force) = &self.in_force {
            in_force.report();
        }
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }

    fn create_http_context(&self, _context_id: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Exchange::new(self.in_force.clone())))
    }
}

fn log_loaded(loaded: &Loaded) {
    let counts = loaded.table().counts();
    let message = format!(
        "portcullis: table {} in force, mode {}: {} clients, {} keys, {} endpoints",
        loaded.table().id(),
        loaded.settings.mode.name(),
        counts.clients,
        counts.keys,
        counts.endpoints
    );
    abi::log(Level::Info, &message);
}
