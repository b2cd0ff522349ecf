//! Where two reports differ, and which of the differences are known.

use std::collections::BTreeSet;
use std::fmt;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::report::Report;
use crate::scenario;

/// One thing that is not the same in both hosts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Difference {
    pub(crate) scenario: String,
    /// The callback, and which of several of its name.
    pub(crate) callback: String,
    pub(crate) call: String,
    pub(crate) envoy: String,
    pub(crate) host_sim: String,
}

/// A difference that is meant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Known {
    /// The scenario, the call and what came of it; `*` stands for anything.
    scenario: String,
    call: String,
    envoy: String,
    host_sim: String,
    /// The callbacks; none for all.
    #[serde(default)]
    callbacks: Vec<String>,
    /// Why it is so.
    pub(crate) reason: String,
}

/// The differences that are meant.
pub(crate) fn known() -> Result<Vec<Known>> {
    let text = std::fs::read_to_string(scenario::folder().join("differences.yaml"))?;
    serde_saphyr::from_str(&text).context("differences.yaml")
}

/// Every difference between two reports of a scenario.
pub(crate) fn differences(scenario: &str, envoy: &Report, host_sim: &Report) -> Vec<Difference> {
    let difference =
        |callback: &str, call: &str, envoy: Option<&String>, host_sim: Option<&String>| {
            let shown =
                |result: Option<&String>| result.map_or("no such call", |text| text).to_owned();
            Difference {
                scenario: scenario.to_owned(),
                callback: callback.to_owned(),
                call: call.to_owned(),
                envoy: shown(envoy),
                host_sim: shown(host_sim),
            }
        };
    let mut all = Vec::new();
    if envoy.callbacks != host_sim.callbacks {
        let text = |report: &Report| Some(report.callbacks.join(", "));
        let (envoy, host_sim) = (text(envoy), text(host_sim));
        all.push(difference("", "callbacks", envoy.as_ref(), host_sim.as_ref()));
    }
    let keys: BTreeSet<_> = envoy.results.keys().chain(host_sim.results.keys()).collect();
    for key in keys {
        let (found_in_envoy, found_here) = (envoy.results.get(key), host_sim.results.get(key));
        if found_in_envoy != found_here {
            let (callback, call, _) = key;
            all.push(difference(callback, call, found_in_envoy, found_here));
        }
    }
    all
}

impl Known {
    /// Whether it is one of random scenarios, which may have it or not.
    pub(crate) fn is_of_chance(&self) -> bool {
        self.scenario.starts_with("random_")
    }

    /// Whether it is this difference.
    pub(crate) fn covers(&self, difference: &Difference) -> bool {
        matches(&self.scenario, &difference.scenario)
            && (self.callbacks.is_empty() || self.callbacks.contains(&difference.callback))
            && matches(&self.call, &difference.call)
            && matches(&self.envoy, &difference.envoy)
            && matches(&self.host_sim, &difference.host_sim)
    }
}

/// Word for word, but that `*` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        let found =
            last.map_or(Some(rest), |last: &str| rest.split_once(last).map(|(_, after)| after));
        let Some(after) = found else {
            return false;
        };
        rest = after;
        last = Some(part);
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}

#[test]
fn a_star_stands_for_anything() {
    let cases = [
        ("", "", true),
        ("a", "ab", false),
        ("a*", "ab", true),
        ("*b", "ab", true),
        ("a*c*e", "abcde", true),
        ("a*x*e", "abcde", false),
        ("*", "", true),
        ("a*a", "a", false),
    ];
    for (pattern, text, expected) in cases {
        assert_eq!(matches(pattern, text), expected, "`{pattern}` and `{text}`");
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scenario, callback, call, envoy, host_sim } = self;
        write!(
            formatter,
            "{scenario}: {callback}: {call}\n  envoy    {envoy}\n  host-sim {host_sim}"
        )
    }
}

impl fmt::Display for Known {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scenario, call, reason, .. } = self;
        write!(formatter, "{scenario}: {call} ({reason})")
    }
}
