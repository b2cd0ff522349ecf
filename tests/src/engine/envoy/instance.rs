//! An Envoy with any configuration.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;
use tempfile::TempDir;

use super::access_log::AccessLogEntry;
use super::admin::Admin;
use super::configuration::SHORT_DRAIN;
use super::process::Process;
use crate::places;

/// A running Envoy with a configuration of the caller's; it ends when this value is dropped.
#[derive(Debug)]
pub struct Instance {
    process: Process,
    admin: Admin,
    first_listener: SocketAddr,
}

impl Instance {
    /// Starts Envoy and waits until it serves. The configuration has an administration interface.
    pub fn start(configuration: &Value) -> Result<Self> {
        Self::start_in(folder()?, configuration, SHORT_DRAIN)
    }

    /// Starts Envoy in a folder that holds other files of its configuration; it is removed after Envoy ended.
    pub(super) fn start_in(
        folder: TempDir,
        configuration: &Value,
        drain: Duration,
    ) -> Result<Self> {
        let file = folder.path().join("envoy.json");
        std::fs::write(&file, serde_json::to_vec_pretty(configuration)?)?;
        let mut process = Process::start(&places::envoy()?, &file, folder, drain)?;
        let admin = Admin::find(&mut process)?;
        let first_listener = admin.wait_until_serving(&mut process)?;
        Ok(Self { process, admin, first_listener })
    }

    /// Where each listener listens, by its name.
    pub fn listeners(&self) -> Result<BTreeMap<String, SocketAddr>> {
        self.admin.listeners()
    }

    /// Where the first listener listens.
    pub(super) fn first_listener(&self) -> SocketAddr {
        self.first_listener
    }

    /// The value of a counter or gauge.
    pub(super) fn statistic(&self, name: &str) -> Result<u64> {
        self.admin.statistic(name)
    }

    /// The next request in the access log: requests are sent one after the other, so it is the last one sent.
    pub(super) fn next_entry(&self) -> Result<AccessLogEntry> {
        self.process.access_log().next_entry()
    }

    /// Everything that Envoy logged so far.
    pub fn log(&self) -> String {
        self.process.log_from(0)
    }

    /// How many bytes Envoy logged so far.
    pub fn log_size(&self) -> usize {
        self.process.log_from(0).len()
    }

    /// What Envoy logged since its log had this size.
    pub fn log_from(&self, size: usize) -> String {
        self.process.log_from(size)
    }

    /// An error when Envoy ended by itself.
    pub fn must_run(&mut self) -> Result<()> {
        self.process.must_run()
    }
}

/// A folder for the files of one Envoy.
pub(super) fn folder() -> Result<TempDir> {
    tempfile::tempdir().context("cannot make a folder for Envoy's configuration")
}
