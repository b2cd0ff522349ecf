//! The Portcullis filter: a proxy-wasm module that authorizes each request from a compiled table.
//!
//! ```text
//! plugin configuration ──► settings ──► Loaded (table)             configure
//! header map ──► HostRequest ──► Decider::decide ──► Decision       authorize
//!                                  ├─► changes (forward, strip)    allowed
//!                                  ├─► reply (problem+json)        denied
//!                                  └─► counters                    handed over on the tick
//! ```
//!
//! All judgement is in `policy-table`. What crosses the boundary to the host does so in `abi`, for
//! `gateway`, `exchange` and `metrics`; every other module is pure and is tested without a host.

pub mod changes;
pub mod contexts;
pub mod counters;
pub mod pairs;
pub mod reply;
pub mod request;
pub mod settings;

#[cfg(target_arch = "wasm32")]
mod abi;
#[cfg(target_arch = "wasm32")]
mod exchange;
#[cfg(target_arch = "wasm32")]
mod gateway;
#[cfg(target_arch = "wasm32")]
mod metrics;
