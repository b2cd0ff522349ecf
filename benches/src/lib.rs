//! Tables and requests of any size, and what measures them.

pub mod asked;
pub mod document;
pub mod envoy;
pub mod envoy_plots;
pub mod fuel;
pub mod generations;
pub mod listed;
pub mod measure;
pub mod networks;
pub mod options;
pub mod plot;
pub mod policies;
pub mod record;
pub mod reference;
pub mod samples;
pub mod statistics;
pub mod wasm;
pub mod workspace;
