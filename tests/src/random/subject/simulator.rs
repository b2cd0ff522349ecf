//! The filter in host-sim.
use anyhow::{Context, Result, anyhow, bail};
use host_sim::{Host, Module, Outcome};
use policy_compiler::Compiled;
use policy_compiler::emit::envoy::{Fields, json_settings};
use policy_compiler::model::Policy;
use policy_table::Reason;

use super::joined::joined;
use super::{Reading, passed};
use crate::engine::simulator::{received, sent, system_time};
use crate::judgement::Judgement;
use crate::request::Request;

pub(super) struct Simulator<'a> {
    host: Host,
    policy: &'a Policy,
}

impl<'a> Simulator<'a> {
    pub(super) fn start(module: &Module, compiled: &'a Compiled) -> Result<Self> {
        let settings =
            json_settings(&compiled.table, Fields { filter_state: true, ..Fields::default() });
        let host = Host::builder(module).configuration(settings).start();
        let host =
            host.map_err(|error| anyhow!("the filter does not start in host-sim: {error}"))?;
        Ok(Self { host, policy: &compiled.policy })
    }
}

impl Reading for Simulator<'_> {
    /// No blanks are taken off here.
    fn received(&self, request: &Request) -> Option<Request> {
        let headers = joined(request, |value| value);
        Some(Request { headers, ..request.clone() })
    }

    fn judge(&mut self, request: &Request) -> Result<Option<Judgement>> {
        self.host.set_time(system_time(request.now)?);
        let outcome = self.host.request(sent(request));
        let state = |name: &str| {
            let value = outcome.filter_state(name)?;
            Some(String::from_utf8_lossy(value).into_owned())
        };
        let code = state("portcullis.reason").context("the filter set no reason")?;
        let reason = reason(&code)?;
        check(&outcome, reason)?;
        let allow = outcome
            .response_header("allow")
            .map(|value| String::from_utf8_lossy(value).into_owned());
        let judgement = Judgement {
            reason,
            client: state("portcullis.client"),
            key: state("portcullis.key"),
            collection: state("portcullis.collection"),
            endpoint: None,
            allow,
        };
        if let Some(headers) = outcome.upstream_headers().filter(|_| outcome.continued()) {
            passed::check(self.policy, request, &judgement, &received(headers))?;
        }
        Ok(Some(judgement))
    }
}

/// The reason with a code.
pub(super) fn reason(code: &str) -> Result<Reason> {
    let found = Reason::ALL.iter().find(|reason| reason.code() == code);
    found.copied().with_context(|| format!("`{code}` is no reason"))
}

/// What the caller sees follows from the reason.
fn check(outcome: &Outcome, reason: Reason) -> Result<()> {
    let status = outcome.local_reply().map(|reply| reply.status);
    if status != reason.status() || outcome.continued() != status.is_none() {
        bail!("the reason is `{}`, the answer {status:?}, {:?}", reason.code(), outcome.verdict);
    }
    Ok(())
}
