//! The filter in a real Envoy.

use std::net::{IpAddr, Ipv4Addr};

use anyhow::{Result, bail};
use policy_compiler::Compiled;
use policy_compiler::model::Policy;
use policy_table::{Reason, Table};

use super::joined::joined;
use super::simulator::reason;
use super::{Reading, passed};
use crate::engine::{Envoy, EnvoyOptions};
use crate::http::Message;
use crate::judgement::Judgement;
use crate::request::Request;

pub(super) struct Proxied<'a> {
    envoy: Envoy,
    policy: &'a Policy,
}

impl<'a> Proxied<'a> {
    pub(super) fn start(compiled: &'a Compiled) -> Result<Self> {
        let table = &compiled.table;
        let client_address = match Table::from_bytes(table) {
            Ok(table) => table.settings().client_address,
            Err(error) => bail!("the table is refused: {error}"),
        };
        let options = EnvoyOptions { client_address, ..EnvoyOptions::default() };
        let envoy = Envoy::start(table, &options)?;
        Ok(Self { envoy, policy: &compiled.policy })
    }
}

impl Reading for Proxied<'_> {
    /// Other targets than paths are for proxies: Envoy takes the host out of them. A blank
    /// or tab ends a target. And no connection comes from an
    /// address that is nobody's own: Envoy refuses a PROXY protocol header with one.
    fn received(&self, request: &Request) -> Option<Request> {
        let address = request.address.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
        let is_path = request.path.starts_with(b"/") && !request.path.iter().any(is_blank);
        if !is_path || !is_unicast(address) {
            return None;
        }
        Some(Request {
            headers: joined(request, <[u8]>::trim_ascii),
            host: request.host.trim_ascii().to_vec(),
            address: Some(address),
            now: jiff::Timestamp::now().as_second(),
            ..request.clone()
        })
    }

    fn judge(&mut self, request: &Request) -> Result<Option<Judgement>> {
        let mut headers = vec![(b"host".to_vec(), request.host.clone())];
        headers.extend(request.headers.iter().cloned());
        let method = String::from_utf8_lossy(&request.method).into_owned();
        let message = Message { method, target: request.path.clone(), headers };
        let client = request.address.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let before = self.envoy.upstream().count();
        let (response, entry) = self.envoy.exchange(client, &message)?;
        let passed = self.envoy.upstream().count() > before;
        let Some(code) = entry.reason else {
            if passed {
                bail!(
                    "the filter was not asked, and the request reached the upstream: {}",
                    entry.line
                );
            }
            // What the filter refuses without a word of its own, such as by a trap, is no refusal of Envoy's.
            let by_envoy = (400..500).contains(&response.status) && !is_reason(&entry.details);
            if !by_envoy {
                bail!("neither the filter nor Envoy itself refused the request: {}", entry.line);
            }
            return Ok(None);
        };
        let reason = reason(&code)?;
        if passed != reason.status().is_none()
            || reason.status().is_some_and(|status| status != response.status)
        {
            bail!(
                "the reason is `{code}`, the answer {}, reached the upstream: {passed}",
                response.status
            );
        }
        let allow = response.header("allow").filter(|_| !passed);
        let allow = allow.map(|value| String::from_utf8_lossy(value).into_owned());
        let judgement = Judgement {
            reason,
            client: entry.client,
            key: entry.key,
            collection: entry.collection,
            endpoint: None,
            allow,
        };
        // An answer to HEAD has no body to tell.
        if passed && !response.body.is_empty() {
            let received = serde_json::from_slice(&response.body)?;
            passed::check(self.policy, request, &judgement, &received)?;
        }
        Ok(Some(judgement))
    }
}

fn is_reason(details: &str) -> bool {
    Reason::ALL.iter().any(|reason| reason.code() == details)
}

fn is_unicast(address: IpAddr) -> bool {
    let address = address.to_canonical();
    !address.is_unspecified()
        && !address.is_multicast()
        && address != IpAddr::V4(Ipv4Addr::BROADCAST)
}
