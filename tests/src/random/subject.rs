//! What the oracle is compared with.

mod envoy;
mod joined;
mod native;
mod passed;
mod simulator;

use anyhow::Result;
use clap::ValueEnum;
use policy_compiler::Compiled;

use crate::engine::simulator::module;
use crate::judgement::Judgement;
use crate::request::Request;

/// What can be compared with the oracle, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// The decision function on the table.
    Native,
    /// The filter in host-sim.
    Simulator,
    /// The filter in a real Envoy.
    Envoy,
}

/// Reads policies by way of their tables.
pub enum Subject {
    /// The decision function.
    Native,
    /// The finished filter, compiled for this machine.
    Simulator(host_sim::Module),
    /// A real Envoy for each policy.
    Envoy,
}

/// One policy, ready to judge requests.
pub trait Reading {
    /// The request as the filter gets it, if it can be sent at all: proxies join header lines, and have their own time.
    fn received(&self, request: &Request) -> Option<Request> {
        Some(request.clone())
    }

    /// Judges a request; none where the proxy refuses it before the filter is asked.
    fn judge(&mut self, request: &Request) -> Result<Option<Judgement>>;

    /// Whether its judgements name the endpoint.
    fn names_endpoints(&self) -> bool {
        false
    }
}

impl Subject {
    /// Prepares an engine.
    pub fn new(engine: Engine) -> Result<Self> {
        Ok(match engine {
            Engine::Native => Self::Native,
            Engine::Simulator => Self::Simulator(module()?),
            Engine::Envoy => Self::Envoy,
        })
    }

    /// Reads a policy.
    pub fn read<'a>(&self, compiled: &'a Compiled) -> Result<Box<dyn Reading + 'a>> {
        Ok(match self {
            Self::Native => Box::new(native::Native::new(&compiled.table)?),
            Self::Simulator(module) => Box::new(simulator::Simulator::start(module, compiled)?),
            Self::Envoy => Box::new(envoy::Proxied::start(compiled)?),
        })
    }
}
