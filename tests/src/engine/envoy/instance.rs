//! An Envoy with any configuration.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::admin::Admin;
use super::process::Process;
use crate::places;

/// A running Envoy with a configuration of the caller's; it ends when this value is dropped.
#[derive(Debug)]
pub struct Instance {
    process: Process,
    admin: Admin,
}

impl Instance {
    /// Starts Envoy and waits until it serves. The configuration has an administration interface.
    pub fn start(configuration: &Value) -> Result<Self> {
        let folder =
            tempfile::tempdir().context("cannot make a folder for Envoy's configuration")?;
        let file = folder.path().join("envoy.json");
        std::fs::write(&file, serde_json::to_vec_pretty(configuration)?)?;
        let mut process = Process::start(&places::envoy()?, &file, folder)?;
        let admin = Admin::find(&mut process)?;
        if let Err(error) = admin.wait_until_serving(&mut process) {
            bail!("{error:#}; Envoy says:\n{}", process.last_words());
        }
        Ok(Self { process, admin })
    }

    /// Where each listener listens, by its name.
    pub fn listeners(&self) -> Result<BTreeMap<String, SocketAddr>> {
        self.admin.listeners()
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
