//! Rules that let no address in.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use super::intervals::{Sets, Union, after};
use super::keys::shown_name;
use super::{Lint, warning};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{AddressRule, Client, Policy};
use crate::source::{Place, quote};

/// Rules of gateway, client and key hold together. Where those of the gateway let nobody in,
/// nothing is said about its clients, and so on.
pub(super) fn check(policy: &Policy, sets: &mut Sets, diagnostics: &mut Diagnostics) {
    let gateway = Admission::new(&policy.gateway.rule, sets);
    if admits_nobody(&[&gateway]) {
        let rule = &policy.gateway.rule;
        let entry = rule.allowed.placed().chain(rule.blocked.placed()).next();
        if let Some((_, place)) = entry {
            diagnostics.push(report(place, "the gateway lets no address in".to_owned()));
        }
        return;
    }
    for client in policy.clients.iter().filter(|client| client.active) {
        let admission = Admission::new(&client.rule, sets);
        if admits_nobody(&[&admission, &gateway]) {
            let message =
                format!("client {} can call from no address", quote(client.name.as_str()));
            diagnostics.push(report(client.place.0, message));
        } else {
            check_keys(client, &[&admission, &gateway], sets, diagnostics);
        }
    }
}

fn check_keys(
    client: &Client,
    outer: &[&Admission],
    sets: &mut Sets,
    diagnostics: &mut Diagnostics,
) {
    // Keys share rules: each is looked at once.
    let mut known: HashMap<*const AddressRule, bool> = HashMap::new();
    for key in client.keys.iter().filter(|key| key.active) {
        let useless = *known.entry(Arc::as_ptr(&key.rule)).or_insert_with(|| {
            let own = Admission::new(&key.rule, sets);
            let all: Vec<&Admission> = std::iter::once(&own).chain(outer.iter().copied()).collect();
            own.says_something() && admits_nobody(&all)
        });
        if useless {
            let message = format!(
                "key {} of client {} can be used from no address",
                shown_name(client, key),
                quote(client.name.as_str())
            );
            diagnostics.push(report(key.place.0, message));
        }
    }
}

fn report(place: Place, message: String) -> Diagnostic {
    warning(Lint::AlwaysBlocked, place, message).help(
        "an address must be allowed, and not blocked, by the rules of gateway, client and key together: allow another one, or block less",
    )
}

/// Whom one rule lets in.
struct Admission {
    blocked: Union,
    /// Any address, if there is none.
    allowed: Option<Union>,
}

impl Admission {
    fn new(rule: &AddressRule, sets: &mut Sets) -> Self {
        let allowed = (!rule.allowed.entries().is_empty()).then(|| sets.of(&rule.allowed));
        Self { blocked: sets.of(&rule.blocked), allowed }
    }

    fn says_something(&self) -> bool {
        self.allowed.is_some() || self.blocked.intervals().next().is_some()
    }

    fn admits(&self, address: IpAddr) -> bool {
        let allowed = self.allowed.as_ref().is_none_or(|allowed| allowed.contains(address));
        allowed && !self.blocked.contains(address)
    }

    /// The only addresses at which a stretch that is let in can begin, beside the first of all.
    fn edges(&self) -> impl Iterator<Item = IpAddr> {
        let begins = self.allowed.iter().flat_map(Union::intervals).map(|(first, _)| first);
        begins.chain(self.blocked.intervals().filter_map(|(_, last)| after(last)))
    }
}

/// Whether no address is let in by all. If any is, one at an edge of a rule is.
fn admits_nobody(rules: &[&Admission]) -> bool {
    let first = [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)];
    let mut edges = first.into_iter().chain(rules.iter().flat_map(|rule| rule.edges()));
    !edges.any(|address| rules.iter().all(|rule| rule.admits(address)))
}
