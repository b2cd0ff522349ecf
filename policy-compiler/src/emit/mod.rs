//! Configurations of proxies that load filter and table.

pub mod envoy;
