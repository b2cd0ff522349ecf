//! What `portcullis explain` tells of a request, check by check.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use policy_compiler::explain::{Check, Outcome, RequestData, explain};
use policy_table::Table;

use super::Engine;
use crate::case::Case;
use crate::judgement::Judgement;
use crate::observed::Observed;
use crate::request::Request;

/// The explanation of a decision: its checks must lead to it, and name no credential.
#[derive(Debug)]
pub struct Explain {
    table: Vec<u8>,
}

impl Explain {
    /// Takes a table's bytes.
    pub fn new(table: &[u8]) -> Self {
        Self { table: table.to_vec() }
    }
}

impl Engine for Explain {
    fn name(&self) -> &'static str {
        "explain"
    }

    fn runs(&self, _: &Case) -> bool {
        true
    }

    fn send(&mut self, case: &Case) -> Result<Observed> {
        let table = Table::from_bytes(&self.table)
            .map_err(|error| anyhow!("the table is refused: {error}"))?;
        let Request { method, host, path, headers, address, now } = Request::of_case(case)?;
        let request = RequestData { method, host, path, headers, address, time: now };
        let (decision, checks) = explain(&table, &request);
        lead_to(&checks, decision.reason.code())?;
        for credential in case.credentials() {
            // Shorter ones can be part of any word.
            if credential.len() > 8 && checks.iter().any(|check| check.detail.contains(&credential))
            {
                bail!("the explanation repeats the credential");
            }
        }
        Ok(Observed::judged(Judgement::of_decision(&table, &decision), Duration::ZERO))
    }
}

/// Twelve checks: some that passed, the one that ended it and says why, none after it.
fn lead_to(checks: &[Check], reason: &str) -> Result<()> {
    let end = checks.iter().position(|check| check.outcome == Outcome::Ended);
    let end = end.context("no check ended it")?;
    let (passed, rest) = checks.split_at(end);
    let [ended, after @ ..] = rest else { bail!("no check ended it") };
    if checks.len() != 12
        || !passed.iter().all(|check| check.outcome == Outcome::Passed)
        || !after.iter().all(|check| check.outcome == Outcome::NotReached)
    {
        bail!("the checks are not in order: {checks:?}");
    }
    if !ended.detail.starts_with(reason) {
        bail!("check {} says `{}`, the reason is `{reason}`", ended.check, ended.detail);
    }
    Ok(())
}
