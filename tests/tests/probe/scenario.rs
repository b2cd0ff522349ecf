//! What a probe does, and what it goes through.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use portcullis_tests::places;
use serde::Deserialize;

use crate::calls::{self, Call};
use crate::module::{self, CALLBACKS, Plan};

/// One module and the traffic that it sees.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    /// Also the `vm_id` of its module.
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) traffic: Traffic,
    /// Files of calls that every callback makes.
    #[serde(default)]
    everywhere: Vec<String>,
    /// Files of calls that some callbacks make.
    #[serde(default)]
    calls: BTreeMap<String, Vec<String>>,
    /// What callbacks return.
    #[serde(default)]
    returns: BTreeMap<String, i32>,
    /// The client goes away when this callback has returned, since nothing more would come.
    pub(crate) leaves_after: Option<String>,
}

/// What happens to a module.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Traffic {
    /// One HTTP exchange with bodies and trailers both ways.
    #[default]
    Http,
    /// One HTTP exchange whose request has no body.
    Get,
    /// One TCP connection with data both ways.
    Tcp,
}

impl Scenario {
    /// Every scenario there is.
    pub(crate) fn all() -> Result<Vec<Self>> {
        let text = std::fs::read_to_string(folder().join("scenarios.yaml"))?;
        serde_saphyr::from_str(&text).context("scenarios.yaml")
    }

    /// The module in binary form.
    pub(crate) fn module(&self) -> Result<Vec<u8>> {
        Ok(wat::parse_str(module::text(&self.plan()?)?)?)
    }

    /// The host functions that it calls.
    pub(crate) fn functions(&self) -> Result<Vec<String>> {
        Ok(self.plan()?.calls.into_values().flatten().map(|call| call.function).collect())
    }

    fn plan(&self) -> Result<Plan> {
        let mut plan = Plan { calls: BTreeMap::new(), returns: self.returns.clone() };
        for (callback, ..) in CALLBACKS {
            let files =
                self.everywhere.iter().chain(self.calls.get(*callback).into_iter().flatten());
            for file in files {
                plan.calls.entry((*callback).to_owned()).or_default().extend(read(file)?);
            }
        }
        Ok(plan)
    }
}

/// Where the files of the probe are.
pub(crate) fn folder() -> PathBuf {
    places::root().join("tests").join("probe")
}

/// The calls of a file; a line `include NAME` stands for those of another.
fn read(name: &str) -> Result<Vec<Call>> {
    let file = folder().join(name).with_extension("calls");
    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let mut calls = Vec::new();
    for part in text.split_inclusive('\n') {
        match part.strip_prefix("include ") {
            Some(other) => calls.extend(read(other.trim())?),
            None => calls.extend(calls::parse(part).with_context(|| file.display().to_string())?),
        }
    }
    Ok(calls)
}
