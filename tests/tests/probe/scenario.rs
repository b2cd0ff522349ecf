//! What a probe does, and what it goes through.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use portcullis_tests::places;
use serde::Deserialize;

use crate::calls::{self, Call};
use crate::module::{self, CALLBACKS, Plan};

/// One module and the traffic that it sees.
#[derive(Debug)]
pub(crate) struct Scenario {
    /// Also the `vm_id` of its module.
    pub(crate) name: String,
    pub(crate) traffic: Traffic,
    pub(crate) plan: Plan,
    pub(crate) leaves: Leaves,
}

/// When the client goes away by itself, since nothing more would come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Leaves {
    Never,
    /// When the callback of this name has returned.
    After(String),
    /// When so many callbacks have returned, or when they have not come in this time.
    AfterCallbacks(usize, Duration),
}

/// A scenario of `scenarios.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    name: String,
    #[serde(default)]
    traffic: Traffic,
    /// Files of calls that every callback makes.
    #[serde(default)]
    everywhere: Vec<String>,
    /// Files of calls that some callbacks make.
    #[serde(default)]
    calls: BTreeMap<String, Vec<String>>,
    /// What callbacks return.
    #[serde(default)]
    returns: BTreeMap<String, i32>,
    /// The callback after which the client goes away.
    leaves_after: Option<String>,
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

impl Traffic {
    /// In small letters.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Get => "get",
            Self::Tcp => "tcp",
        }
    }
}

impl Scenario {
    /// Every scenario that is listed.
    pub(crate) fn all() -> Result<Vec<Self>> {
        let text = std::fs::read_to_string(folder().join("scenarios.yaml"))?;
        let listed: Vec<Listed> = serde_saphyr::from_str(&text).context("scenarios.yaml")?;
        listed.into_iter().map(Listed::read).collect()
    }

    /// The module in binary form.
    pub(crate) fn module(&self) -> Result<Vec<u8>> {
        Ok(wat::parse_str(module::text(&self.plan)?)?)
    }

    /// The host functions that it calls.
    pub(crate) fn functions(&self) -> impl Iterator<Item = &str> {
        self.plan.calls.values().flatten().map(|call| call.function.as_str())
    }
}

impl Listed {
    fn read(self) -> Result<Scenario> {
        let plan = self.plan()?;
        let leaves = self.leaves_after.map_or(Leaves::Never, Leaves::After);
        Ok(Scenario { name: self.name, traffic: self.traffic, plan, leaves })
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

/// The calls of a file; a line `include NAME` stands for those of another, `include NAME WORD` for the same with the word in
/// the place of each `%`.
fn read(name: &str) -> Result<Vec<Call>> {
    let (name, word) = name.split_once(' ').unwrap_or((name, "%"));
    let file = folder().join(name).with_extension("calls");
    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let text = text.replace('%', word);
    let mut calls = Vec::new();
    for part in text.split_inclusive('\n') {
        match part.strip_prefix("include ") {
            Some(other) => calls.extend(read(other.trim())?),
            None => calls.extend(calls::parse(part).with_context(|| file.display().to_string())?),
        }
    }
    Ok(calls)
}
