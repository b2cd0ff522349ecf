//! What a case can be run through.

mod envoy;
mod explain;
mod native;
mod oracle;
pub mod simulator;

use anyhow::Result;

pub use envoy::{AccessLogEntry, Delivery, Envoy, EnvoyOptions, Instance, LdsFile, bootstrap};
pub use explain::Explain;
pub use native::Native;
pub use oracle::Oracle;
pub use simulator::Simulator;

use crate::case::Case;
use crate::observed::Observed;

/// Something that decides requests by a table.
pub trait Engine {
    /// What reports call it.
    fn name(&self) -> &'static str;

    /// Whether it can be given this case.
    fn runs(&self, case: &Case) -> bool;

    /// Sends one request and observes what comes of it.
    fn send(&mut self, case: &Case) -> Result<Observed>;
}
