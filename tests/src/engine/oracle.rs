//! The second reading of the rules, straight from the policy.

use std::time::Instant;

use anyhow::Result;
use policy_compiler::model::Policy;

use super::Engine;
use crate::case::Case;
use crate::observed::Observed;
use crate::oracle::judge;
use crate::request::Request;

/// The oracle on a typed policy.
#[derive(Debug)]
pub struct Oracle {
    policy: Policy,
}

impl Oracle {
    /// Takes a policy.
    pub fn new(policy: Policy) -> Self {
        Self { policy }
    }
}

impl Engine for Oracle {
    fn name(&self) -> &'static str {
        "oracle"
    }

    fn runs(&self, _: &Case) -> bool {
        true
    }

    fn send(&mut self, case: &Case) -> Result<Observed> {
        let request = Request::of_case(case)?;
        let start = Instant::now();
        let judgement = judge(&self.policy, &request);
        let time = start.elapsed();
        Ok(Observed::judged(judgement, time))
    }
}
